#pragma once

#include <string>
#include <vector>

namespace coldforge::agent {

/// A rule of the kernel surface that a source breaks.
struct SourceFinding {
  int line = 0;         ///< from 1; 0 = the whole file
  std::string message;  ///< names what was found and what to do instead
};

/// The static part of the hack gate: what no honest kernel needs. Comments and literals are set
/// aside first.
///
///   - bytes: printable ASCII, at most kMostSourceBytes; no backslash outside literals (splices,
///   universal names), no digraphs
///   - preprocessor: only #include of <npu.h>, "task.h" and <stdint.h>; no macro, pragma, embed,
///   condition
///   - no assembly, no attributes but the standard hints, no names reserved to compiler and
///   start-up code
///   - no extern, no raw string literals, no modules
/// Returns every finding, in order of lines, at most 20. The compile step scans the object file
/// again: two locks.
std::vector<SourceFinding> check_source(const std::string& source);

/// The source with each comment replaced by a blank (line feeds kept), so that lines stay numbered.
/// Literals stay. What remains of an unterminated comment or literal is dropped.
std::string strip_comments(const std::string& source);

inline constexpr std::size_t kMostSourceBytes = 128 * 1024;

}  // namespace coldforge::agent
