#include "agent/generator/llm/parameters.h"

#include <algorithm>
#include <string_view>

namespace coldforge::agent::llm {
namespace {

constexpr char kOldLength[] = "max_tokens";
constexpr char kNewLength[] = "max_completion_tokens";

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Where `word` stands in `text` as a whole word, or npos.
std::size_t find_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_word_character(text[at - 1]);
    if (begins && (end == text.size() || !is_word_character(text[end]))) return at;
  }
  return text.npos;
}

bool speaks_of_refusal(const ProviderError& error) {
  constexpr std::string_view kPhrases[] = {
      "unsupported",  "not support",     "unrecognized", "unrecognised",     "unknown",
      "unexpected",   "not permitted",   "extra field",  "extra input",      "not allowed",
      "not accepted", "not a valid par", "invalid par",  "only the default", "not available"};
  std::string text = error.code + " " + error.message;
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '_' ? ' ' : c;
  });
  return std::any_of(std::begin(kPhrases), std::end(kPhrases), [&](std::string_view phrase) {
    return text.find(phrase) != std::string::npos;
  });
}

}  // namespace

std::optional<std::string> refused_parameter(const ProviderError& error,
                                             const std::vector<std::string>& sent) {
  if (!speaks_of_refusal(error)) return std::nullopt;
  const std::string param = error.param.substr(0, error.param.find('.'));
  if (std::find(sent.begin(), sent.end(), param) != sent.end()) return param;
  std::optional<std::string> first;
  std::size_t first_at = std::string::npos;
  for (const std::string& name : sent) {
    const std::size_t at = find_word(error.message, name);
    if (at < first_at) {
      first = name;
      first_at = at;
    }
  }
  return first;
}

LearntParameters::State LearntParameters::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void LearntParameters::refuse(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (name == kOldLength || name == kNewLength) {
    if (state_.length_name == name) state_.length_name = name == kOldLength ? kNewLength : "";
    return;
  }
  state_.dropped.insert(name);
}

}  // namespace coldforge::agent::llm
