#include "agent/generator/model/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

namespace coldforge::agent {
namespace {

/// A fence line: its indentation is at most three blanks, its mark at least three long.
struct Fence {
  char mark = 0;  ///< '`' or '~'; 0: the line is none
  std::size_t length = 0;
  std::string_view info;  ///< the words behind it, trimmed
};

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

Fence fence_of(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && line[at] == ' ') ++at;
  if (at > 3 || at == line.size() || (line[at] != '`' && line[at] != '~')) return {};
  Fence fence;
  fence.mark = line[at];
  while (at < line.size() && line[at] == fence.mark) ++at, ++fence.length;
  if (fence.length < 3) return {};
  fence.info = trimmed(line.substr(at));
  // ```inline``` in a line of text opens nothing.
  if (fence.mark == '`' && fence.info.find('`') != std::string_view::npos) return {};
  return fence;
}

bool is_cpp(std::string_view info) {
  std::string word(info.substr(0, info.find_first_of(" \t{:,")));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::string_view kNames[] = {"", "cpp", "c++", "cc", "cxx", "c", "cpp20", "c++20"};
  return std::find(std::begin(kNames), std::end(kNames), word) != std::end(kNames);
}

struct Block {
  std::string_view code;
  bool is_ended = false;
};

std::vector<Block> cpp_blocks(std::string_view answer) {
  std::vector<Block> blocks;
  Fence open;
  std::size_t begin = 0;  // of the code in the open block
  for (std::size_t at = 0; at < answer.size();) {
    const std::size_t feed = std::min(answer.find('\n', at), answer.size());
    const Fence fence = fence_of(answer.substr(at, feed - at));
    if (open.mark == 0 && fence.mark != 0) {
      open = fence;
      begin = std::min(feed + 1, answer.size());
    } else if (open.mark != 0 && fence.mark == open.mark && fence.length >= open.length &&
               fence.info.empty()) {
      if (is_cpp(open.info)) blocks.push_back({answer.substr(begin, at - begin), true});
      open = {};
    }
    at = feed + 1;
  }
  if (open.mark != 0 && is_cpp(open.info)) blocks.push_back({answer.substr(begin), false});
  return blocks;
}

bool defines_kernel(const Block& block) {
  return block.code.find("void kernel(") != std::string_view::npos;
}

/// Length of the valid UTF-8 sequence at `at`, 0 if there is none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond Unicode.
  const unsigned char second = byte(at + 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
      (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
    return 0;
  return length;
}

}  // namespace

AnswerKernel kernel_of_answer(std::string_view answer, bool is_truncated) {
  if (answer.size() > kMostAnswerBytes)
    return {"", fmt::format("it has more than {} bytes", kMostAnswerBytes)};
  std::vector<Block> blocks = cpp_blocks(answer);
  if (blocks.empty())
    return {"", is_truncated ? "it was cut off before its block of C++ ended"
                             : "it holds no fenced block of C++"};
  if (blocks.size() > 1) {
    std::vector<Block> kernels;
    std::copy_if(blocks.begin(), blocks.end(), std::back_inserter(kernels), defines_kernel);
    if (kernels.size() != 1)
      return {"", fmt::format("it holds {} blocks of C++, one is wanted", blocks.size())};
    blocks = kernels;
  }
  const Block& block = blocks.front();
  if (!block.is_ended)
    return {"", is_truncated ? "it was cut off before its block of C++ ended"
                             : "its block of C++ never ends"};
  if (block.code.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return {"", "its block of C++ is empty"};
  if (block.code.size() > kMostKernelBytes)
    return {"", fmt::format("its block of C++ has {} bytes, {} are allowed", block.code.size(),
                            kMostKernelBytes)};
  return {std::string(block.code), ""};
}

std::string trimmed_answer(std::string_view text) {
  text = text.substr(0, kMostAnswerBytes + 1);
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size() && result.size() <= kMostAnswerBytes;) {
    const std::size_t length = sequence_length(text, at);
    if (length == 0) {
      result += "\xEF\xBF\xBD";
      ++at;
    } else {
      result.append(text.substr(at, length));
      at += length;
    }
  }
  return result;
}

}  // namespace coldforge::agent
