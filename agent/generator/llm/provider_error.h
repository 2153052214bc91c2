#pragma once

#include <string>
#include <string_view>

namespace coldforge::agent::llm {

/// What a provider says of a failure, from the body of an answer that is none.
struct ProviderError {
  std::string message;  ///< as it came
  std::string code;     ///< "model_not_found", "429"; or the type, if there is no code
  std::string param;    ///< the parameter in question
};

/// Reads what OpenAI, vLLM, llama.cpp, Ollama, FastAPI and Gemini send: {"error": {...}},
/// {"error": "text"}, {"message": ...}, {"detail": ...}, one of these in an array; of anything else
/// the beginning is the message.
ProviderError parse_error(std::string_view body);

/// The text with `key` blotted out. Keys of less than 12 characters are no secrets ("ollama",
/// "EMPTY": local servers take any) but may be words of a text: they stay.
std::string without_key(std::string text, const std::string& key);

/// Text of others for a message of ours: one line of valid UTF-8 without control characters, at
/// most `bytes_max`, without `key`.
std::string clean_text(std::string_view text, const std::string& key, std::size_t bytes_max = 300);

}  // namespace coldforge::agent::llm
