#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/generator/llm/chat.h"
#include "agent/generator/llm/clock.h"
#include "agent/generator/llm/failure.h"
#include "agent/generator/llm/http.h"
#include "agent/generator/llm/parameters.h"
#include "agent/generator/llm/provider.h"
#include "agent/generator/llm/rate_limit.h"
#include "agent/generator/llm/wire.h"

namespace coldforge::agent::llm {

/// Reads one answer as it comes.
class AnswerReader {
 public:
  virtual ~AnswerReader() = default;
  /// Forgets everything: another request is sent.
  virtual void begin() = 0;
  /// A piece of a body with status 200. False: too large, or it will never be right.
  virtual bool read(const HttpHead& head, std::string_view bytes) = 0;
  /// True once nothing that may still come matters: a connection that breaks then does no harm.
  virtual bool is_whole() const { return false; }
  /// After the last piece (also if read() said no): why there is no answer, or none.
  virtual std::optional<Failure> finish(const HttpHead& head) = 0;
  /// Of this request, 0 where the provider does not say.
  virtual Usage usage() const = 0;
};

/// One question, in terms of HTTP.
struct Exchange {
  std::string path;             ///< "/chat/completions"
  std::string model;            ///< for messages
  std::int64_t tokens_max = 0;  ///< the most that it may cost, prompt included
  std::uint64_t seed = 0;       ///< of the jitter of pauses
  /// The request; made again once a parameter was found to be refused. No body: GET.
  std::function<WireRequest(const LearntParameters::State& learnt)> request;
};

struct ExchangeResult {
  ChatStatus status = ChatStatus::Failed;  ///< Answered, Failed or Fatal
  std::string reason;                      ///< begins with the provider's name
  Usage usage;                             ///< of all requests
  int attempts = 0;
  int http_status = 0;  ///< of the last answer; 0: there was none
};

/// A provider's address: sends requests within its limits, tries again what may succeed, learns
/// what it refuses. For any number of threads.
class Endpoint {
 public:
  /// `clock` outlives the endpoint.
  Endpoint(Provider provider, std::string key, Clock& clock);

  const Provider& provider() const { return provider_; }
  /// What the provider was found not to take so far.
  LearntParameters::State learnt() const { return learnt_.state(); }
  /// Text of others for a message: clean, without the key.
  std::string clean(std::string_view text) const { return clean_text(text, key_); }
  /// An answer's text as it may be recorded.
  std::string without_key(std::string text) const {
    return llm::without_key(std::move(text), key_);
  }
  /// Blocks until `reader` has an answer or there will be none.
  ExchangeResult exchange(const Exchange& exchange, AnswerReader& reader);

 private:
  /// Sends once. The refused parameter, if that is what the failure is about.
  std::optional<Failure> attempt(const Exchange& exchange, const WireRequest& request,
                                 AnswerReader& reader, std::optional<std::string>& refused,
                                 int& http_status);

  const Provider provider_;
  const std::string key_;
  Clock& clock_;
  HttpClient http_;
  RateLimiter limiter_;
  LearntParameters learnt_;
};

}  // namespace coldforge::agent::llm
