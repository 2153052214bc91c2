#pragma once

#include <cctype>
#include <string>
#include <string_view>

namespace coldforge::isa {

/// Splits the text of an expression or a rule into tokens: identifiers (letters, digits, `_`, `.`),
/// numbers and operators of one or two characters. Whitespace separates and is dropped.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { advance(); }

  /// The current token; empty at the end.
  std::string_view token() const { return token_; }
  bool at_end() const { return token_.empty(); }
  bool is_number() const {
    return !at_end() && std::isdigit(static_cast<unsigned char>(token_[0]));
  }
  bool is_identifier() const {
    return !at_end() && (std::isalpha(static_cast<unsigned char>(token_[0])) || token_[0] == '_');
  }
  /// Takes the token if it is `expected`.
  bool take(std::string_view expected) {
    if (token_ != expected) return false;
    advance();
    return true;
  }
  std::string take_any() {
    std::string taken(token_);
    advance();
    return taken;
  }

 private:
  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
  }
  void advance() {
    std::size_t begin = next_;
    while (begin < text_.size() && std::isspace(static_cast<unsigned char>(text_[begin]))) ++begin;
    std::size_t end = begin;
    if (end < text_.size()) {
      if (is_word(text_[end])) {
        while (end < text_.size() && is_word(text_[end])) ++end;
      } else {
        constexpr std::string_view kPairs[] = {"==", "!=", "<=", ">=", "&&", "||"};
        ++end;
        for (const auto pair : kPairs) {
          if (text_.substr(begin, 2) == pair) end = begin + 2;
        }
      }
    }
    token_ = text_.substr(begin, end - begin);
    next_ = end;
  }

  std::string_view text_;
  std::string_view token_;
  std::size_t next_ = 0;
};

}  // namespace coldforge::isa
