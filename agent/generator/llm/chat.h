#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace coldforge::agent::llm {

struct Message {
  std::string role;  ///< "system", "user" or "assistant"
  std::string content;
};

/// One question to a language model. Two equal requests are the same exchange: everything that may
/// change the answer is in here, and nothing else.
struct ChatRequest {
  std::vector<Message> messages;
  std::int64_t max_tokens = 8192;  ///< of the answer, reasoning included
  double temperature = 0.7;
  std::uint64_t seed = 0;
};

/// Tokens as the provider counts them; 0 where it does not say.
struct Usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;  ///< reasoning included
  std::int64_t reasoning_tokens = 0;
};

enum class ChatStatus : std::uint8_t {
  Answered,   ///< `text` is whole
  Truncated,  ///< the model stopped at max_tokens; `text` is what came
  Failed,     ///< no answer after all retries; `reason` says why and what to do
  Fatal,      ///< nor will another request be answered: bad key, unknown model, wrong address
};

struct ChatAnswer {
  ChatStatus status = ChatStatus::Failed;
  std::string text;
  std::string reason;  ///< one line, never with a key in it; empty if answered
  std::string model;   ///< as the provider names it; empty if it does not say
  Usage usage;         ///< of all attempts
  int attempts = 0;    ///< requests sent
};

/// Answers questions: a provider over the network, a recording, a person, a script.
class ChatModel {
 public:
  virtual ~ChatModel() = default;
  /// Names what answers ("provider/model"); part of a run's identity.
  virtual std::string name() const = 0;
  /// May be called from several threads at a time. Throws nothing that a provider causes.
  virtual ChatAnswer complete(const ChatRequest& request) = 0;
};

}  // namespace coldforge::agent::llm
