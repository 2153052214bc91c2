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

/// Text of others for a message of ours: one line of valid UTF-8 without control characters, at
/// most `bytes_max`, with `key` (if not empty) blotted out.
std::string clean_text(std::string_view text, const std::string& key, std::size_t bytes_max = 300);

}  // namespace coldforge::agent::llm
