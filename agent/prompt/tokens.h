#pragma once

#include <cstdint>
#include <string_view>

namespace coldforge::agent::prompt {

/// Tokens of a text, counted high: no tokenizer of a language model in use should find more in
/// English or C++ (letters in threes, every digit, mark, line feed and non-ASCII byte for itself,
/// blanks between words for nothing, an indentation for one). For budgets: what fits by this count
/// fits.
std::int64_t most_tokens(std::string_view text);

/// What a tokenizer finds as a rule: for estimates only, never for a limit.
std::int64_t likely_tokens(std::string_view text);

}  // namespace coldforge::agent::prompt
