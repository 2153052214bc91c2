#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/generator/llm/chat.h"
#include "agent/generator/llm/parameters.h"
#include "agent/generator/llm/provider.h"
#include "agent/generator/llm/provider_error.h"
#include "agent/generator/llm/sse.h"

namespace coldforge::agent::llm {

/// The body of a request, and the names of the parameters in it that a provider may refuse.
struct WireRequest {
  std::string body;
  std::vector<std::string> parameters;
};

/// The same bytes for the same arguments. Of the seed, the low 31 bits are sent: what every server
/// takes. Text that is no UTF-8 is sent with U+FFFD.
WireRequest chat_request(const ChatRequest& request, const Provider& provider,
                         const LearntParameters::State& learnt);
WireRequest embeddings_request(const std::vector<std::string>& texts, const Provider& provider,
                               const LearntParameters::State& learnt);

/// What an answer said, as far as it came.
struct WireAnswer {
  std::string text;
  std::string refusal;  ///< the model's words why it does not answer
  std::string model;
  std::string finish_reason;  ///< "stop", "length", "content_filter" ...; empty: it was cut
  Usage usage;
  bool has_usage = false;
  std::optional<ProviderError> error;  ///< inside an answer that began well
  std::string problem;  ///< why this is no answer: "is no JSON", "has no choices"; empty: it is one
};

/// Reads {"choices": [{"message": ...}]}.
WireAnswer parse_chat(std::string_view body);

/// Puts an answer together from server-sent events, however they are cut.
class ChatStream {
 public:
  /// More than `bytes_max` of text, or one event that large, is an error.
  explicit ChatStream(std::size_t bytes_max);
  /// False: too large, read no further.
  bool feed(std::string_view bytes);
  /// True after [DONE].
  bool is_done() const { return is_done_; }
  /// After the last byte.
  WireAnswer finish();

 private:
  void on_event(std::string_view data);

  const std::size_t bytes_max_;
  SseParser parser_;
  WireAnswer answer_;
  bool has_choice_ = false;
  bool is_done_ = false;
};

struct WireVectors {
  std::vector<std::vector<double>> vectors;  ///< in the order of the texts
  std::string model;
  Usage usage;
  std::string problem;  ///< as above
};

/// Reads {"data": [{"index": 0, "embedding": [...]}]}: `count` vectors of one length.
WireVectors parse_embeddings(std::string_view body, std::size_t count);

/// Ids of {"data": [{"id": ...}]}; none if it is no such list.
std::optional<std::vector<std::string>> parse_models(std::string_view body);

}  // namespace coldforge::agent::llm
