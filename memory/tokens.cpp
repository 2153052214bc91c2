#include "memory/tokens.h"

namespace coldforge::memory {
namespace {

// The host's isalpha() asks the locale.
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_upper(c) || is_lower(c) || is_digit(c) || c == '_'; }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

/// Position behind the token that begins at `at`.
std::size_t end_of_token(std::string_view code, std::size_t at) {
  std::size_t end = at + 1;
  const char first = code[at];
  if (first == '"' || first == '\'') {
    while (end < code.size() && code[end] != first && code[end] != '\n')
      end += code[end] == '\\' ? 2 : 1;
    if (end < code.size() && code[end] == first) ++end;
    return end < code.size() ? end : code.size();
  }
  if (!is_word(first)) return end;
  const bool is_number = is_digit(first);
  while (end < code.size() && (is_word(code[end]) || (is_number && code[end] == '.'))) ++end;
  return end;
}

}  // namespace

std::vector<std::string_view> tokens_of(std::string_view code) {
  std::vector<std::string_view> tokens;
  std::size_t at = 0;
  while (at < code.size()) {
    const std::string_view rest = code.substr(at);
    if (is_blank(code[at])) {
      ++at;
    } else if (rest.substr(0, 2) == "//") {
      const std::size_t end = code.find('\n', at);
      at = end == std::string_view::npos ? code.size() : end;
    } else if (rest.substr(0, 2) == "/*") {
      const std::size_t end = code.find("*/", at + 2);
      at = end == std::string_view::npos ? code.size() : end + 2;
    } else {
      const std::size_t end = end_of_token(code, at);
      tokens.push_back(code.substr(at, end - at));
      at = end;
    }
  }
  return tokens;
}

std::vector<std::string> sub_words_of(std::string_view identifier) {
  std::vector<std::string> words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) words.push_back(word);
    word.clear();
  };
  for (std::size_t i = 0; i < identifier.size(); ++i) {
    const char c = identifier[i];
    if (!is_word(c) || c == '_') {
      finish();
      continue;
    }
    const char before = i > 0 ? identifier[i - 1] : '_';
    const bool is_hump = is_upper(c) && !is_upper(before);
    if (is_hump || is_digit(c) != is_digit(before)) finish();
    word += to_lower(c);
  }
  finish();
  return words;
}

}  // namespace coldforge::memory
