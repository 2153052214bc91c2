#include "agent/prompt/tokens.h"

#include <cctype>
#include <cstddef>

namespace coldforge::agent::prompt {
namespace {

/// Share of most_tokens() that byte-pair vocabularies of 100,000 and more entries use: they know
/// whole words, and join marks ("::", "();").
constexpr std::int64_t kLikelyPercent = 72;
constexpr std::size_t kLettersOfToken = 3;

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::int64_t most_tokens(std::string_view text) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    if (is_letter(text[i])) {
      while (end < text.size() && is_letter(text[end])) ++end;
      count += static_cast<std::int64_t>((end - i + kLettersOfToken - 1) / kLettersOfToken);
    } else if (text[i] == ' ') {
      while (end < text.size() && text[end] == ' ') ++end;
      count += end - i > 1 ? 1 : 0;  // a single blank belongs to the word behind it
    } else {
      ++count;
    }
    i = end;
  }
  return count;
}

std::int64_t likely_tokens(std::string_view text) {
  return most_tokens(text) * kLikelyPercent / 100;
}

}  // namespace coldforge::agent::prompt
