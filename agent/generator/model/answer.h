#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace coldforge::agent {

/// A kernel as a model's answer holds it, or why it holds none.
struct AnswerKernel {
  std::string source;
  /// Empty if there is a kernel, else one of
  ///   "it holds no fenced block of C++"
  ///   "it holds N blocks of C++, one is wanted"
  ///   "its block of C++ is empty"
  ///   "its block of C++ never ends"
  ///   "it was cut off before its block of C++ ended"
  ///   "its block of C++ has N bytes, 131072 are allowed"
  ///   "it has more than 1048576 bytes"
  std::string fault;
};

/// Finds the kernel in an answer: the one fenced block of C++ (``` or ~~~, marked cpp, c++, cc,
/// cxx, c or not at all). Of several blocks the only one that defines `void kernel(` is taken:
/// models like to quote before they answer. Any bytes are an answer; works in linear time.
///
///   is_truncated   the model stopped at its limit; a block that ended before counts
AnswerKernel kernel_of_answer(std::string_view answer, bool is_truncated);

/// A longer answer is not read; see trimmed_answer().
inline constexpr std::size_t kMostAnswerBytes = 1 << 20;
/// The verifier takes no longer source.
inline constexpr std::size_t kMostKernelBytes = 128 * 1024;

/// An answer as it is kept and used: valid UTF-8 (what is not becomes U+FFFD), its first
/// kMostAnswerBytes + 1 bytes at most, so that an answer that is too long still shows it.
std::string trimmed_answer(std::string_view text);

}  // namespace coldforge::agent
