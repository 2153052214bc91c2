#include "agent/generator/llm/openai.h"

#include "agent/generator/llm/answer_reader.h"
#include "agent/generator/llm/endpoint.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::agent::llm {
namespace {

/// More tokens than a text will have: a token is about four bytes of code, but may be less.
std::int64_t tokens_at_most(const std::string& text) {
  constexpr std::int64_t kBytesPerToken = 3;
  return static_cast<std::int64_t>(text.size()) / kBytesPerToken + 8;
}

/// An answer without its content.
template <class Answer>
Answer answer_of(const ExchangeResult& result, std::string model) {
  Answer answer;
  answer.status = result.status;
  answer.reason = result.reason;
  answer.model = std::move(model);
  answer.usage = result.usage;
  answer.attempts = result.attempts;
  return answer;
}

}  // namespace

std::shared_ptr<Endpoint> make_endpoint(const Provider& provider, const std::string& key,
                                        Clock& clock) {
  return std::make_shared<Endpoint>(provider, key, clock);
}

OpenAiModel::OpenAiModel(std::shared_ptr<Endpoint> endpoint) : endpoint_(std::move(endpoint)) {}

std::string OpenAiModel::name() const {
  const Provider& provider = endpoint_->provider();
  const std::string name = provider.name + "/" + provider.model;
  if (provider.extra_parameters == "{}") return name;
  return name + "+" + short_digest(digest_of(provider.extra_parameters));
}

ChatAnswer OpenAiModel::complete(const ChatRequest& request) {
  const Provider& provider = endpoint_->provider();
  Exchange exchange;
  exchange.path = "/chat/completions";
  exchange.model = provider.model;
  exchange.tokens_max = request.max_tokens;
  for (const Message& message : request.messages)
    exchange.tokens_max += tokens_at_most(message.content);
  exchange.seed = request.seed;
  exchange.request = [&](const LearntParameters::State& learnt) {
    return chat_request(request, provider, learnt);
  };
  ChatReader reader(*endpoint_);
  const ExchangeResult result = endpoint_->exchange(exchange, reader);

  auto answer = answer_of<ChatAnswer>(result, endpoint_->clean(reader.answer().model));
  if (result.status == ChatStatus::Answered) {
    answer.text = endpoint_->without_key(reader.answer().text);
    if (reader.is_truncated()) {
      answer.status = ChatStatus::Truncated;
      answer.reason = provider.name +
                      ": the model stopped at max_tokens = " + std::to_string(request.max_tokens);
    }
  }
  return answer;
}

OpenAiEmbedder::OpenAiEmbedder(std::shared_ptr<Endpoint> endpoint)
    : endpoint_(std::move(endpoint)) {
  if (endpoint_->provider().embedding_model.empty())
    throw UserError(endpoint_->provider().name,
                    "has no \"embedding_model\": set it in the configuration, for example "
                    "\"nomic-embed-text\"");
}

std::string OpenAiEmbedder::name() const {
  const Provider& provider = endpoint_->provider();
  const std::string name = provider.name + "/" + provider.embedding_model;
  return provider.embedding_dims == 0 ? name : name + "/" + std::to_string(provider.embedding_dims);
}

EmbedAnswer OpenAiEmbedder::embed(const std::vector<std::string>& texts) {
  CF_CHECK(!texts.empty(), "nothing to embed");
  const Provider& provider = endpoint_->provider();
  Exchange exchange;
  exchange.path = "/embeddings";
  exchange.model = provider.embedding_model;
  for (const std::string& text : texts) exchange.tokens_max += tokens_at_most(text);
  exchange.request = [&](const LearntParameters::State& learnt) {
    return embeddings_request(texts, provider, learnt);
  };
  VectorReader reader(*endpoint_, texts.size());
  const ExchangeResult result = endpoint_->exchange(exchange, reader);

  auto answer = answer_of<EmbedAnswer>(result, endpoint_->clean(reader.answer().model));
  if (result.status == ChatStatus::Answered) answer.vectors = reader.answer().vectors;
  return answer;
}

}  // namespace coldforge::agent::llm
