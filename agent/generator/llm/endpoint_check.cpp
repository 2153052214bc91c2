#include "agent/generator/llm/endpoint_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/generator/llm/answer_reader.h"
#include "agent/generator/llm/endpoint.h"
#include "agent/generator/llm/openai.h"

namespace coldforge::agent::llm {
namespace {

/// The ids that /models lists.
class ModelsReader final : public AnswerReader {
 public:
  ModelsReader() : body_(std::size_t{4} << 20) {}
  void begin() override { body_.clear(); }
  bool read(const HttpHead&, std::string_view bytes) override { return body_.add(bytes); }
  std::optional<Failure> finish(const HttpHead&) override {
    models_ = parse_models(body_.bytes());
    if (models_) return std::nullopt;
    return Failure{false, false, "its list of models is none", {}};
  }
  Usage usage() const override { return {}; }
  const std::vector<std::string>& models() const { return *models_; }

 private:
  Body body_;
  std::optional<std::vector<std::string>> models_;
};

/// The checks share what was found before.
class EndpointCheck {
 public:
  EndpointCheck(Provider provider, const std::string& key, Clock& clock)
      : provider_(std::move(provider)), key_(key), clock_(clock) {
    provider_.retries = std::min<std::int64_t>(provider_.retries, 1);
  }

  std::vector<CheckResult> run() {
    if (check_address() && check_model()) {
      check_streaming();
      add("usage", has_usage_,
          has_usage_ ? "tokens are counted"
                     : "the server does not count tokens: caps on tokens and cost cannot hold");
      if (!provider_.embedding_model.empty()) check_embeddings();
    }
    return std::move(results_);
  }

 private:
  void add(const char* what, bool ok, const std::string& detail) {
    results_.push_back({what, ok, detail});
  }

  /// Asks for the list of models, which costs nothing; not every server has one.
  bool check_address() {
    Endpoint endpoint(provider_, key_, clock_);
    Exchange exchange;
    exchange.path = "/models";
    exchange.model = provider_.model;
    exchange.request = [](const LearntParameters::State&) { return WireRequest{}; };
    ModelsReader reader;
    const ExchangeResult result = endpoint.exchange(exchange, reader);
    const int status = result.http_status;
    if (status == 401 || status == 403) {
      add("address", true, provider_.base_url);
      add("key", false, result.reason);
      return false;
    }
    const bool is_listed = result.status == ChatStatus::Answered;
    const bool may_answer = is_listed || status == 200 || status == 404 || status == 405;
    add("address", may_answer, may_answer ? provider_.base_url : result.reason);
    if (is_listed) {
      for (const std::string& model : reader.models()) models_.push_back(endpoint.clean(model));
    }
    return may_answer;
  }

  struct Asked {
    ExchangeResult result;
    bool is_streamed = false;
    bool has_usage = false;
    LearntParameters::State learnt;
  };

  Asked ask(bool stream) {
    Provider provider = provider_;
    provider.stream = stream;
    Endpoint endpoint(provider, key_, clock_);
    ChatRequest request;
    request.messages = {{"user", "Answer with the word ready."}};
    request.max_tokens = 64;
    Exchange exchange;
    exchange.path = "/chat/completions";
    exchange.model = provider.model;
    exchange.request = [&](const LearntParameters::State& learnt) {
      return chat_request(request, provider, learnt);
    };
    ChatReader reader(endpoint);
    const ExchangeResult result = endpoint.exchange(exchange, reader);
    return {result, reader.is_streamed(), reader.answer().has_usage, endpoint.learnt()};
  }

  bool check_model() {
    const Asked asked = ask(/*stream=*/false);
    const int status = asked.result.http_status;
    if (status == 401 || status == 403) {
      add("key", false, asked.result.reason);
      return false;
    }
    const bool ok = asked.result.status == ChatStatus::Answered;
    if (ok)
      add("key", true,
          provider_.key_variable.empty() ? "none is sent"
                                         : provider_.key_variable + " is accepted");
    std::string detail = ok ? provider_.model + " answers" : asked.result.reason;
    if (!ok && !models_.empty()) detail += "; the server lists: " + some_models();
    add("model", ok, detail);
    if (!ok) return false;
    has_usage_ = asked.has_usage;
    std::vector<std::string> refused(asked.learnt.dropped.begin(), asked.learnt.dropped.end());
    if (asked.learnt.length_name != "max_tokens") refused.emplace_back("max_tokens");
    if (!refused.empty())
      add("parameters", true,
          fmt::format("not sent, for the model refuses them: {}", fmt::join(refused, ", ")));
    return true;
  }

  void check_streaming() {
    if (!provider_.stream) {
      add("streaming", true, "not asked for (stream = false)");
      return;
    }
    const Asked asked = ask(/*stream=*/true);
    const bool is_answered = asked.result.status == ChatStatus::Answered;
    has_usage_ = asked.has_usage;
    add("streaming", is_answered && asked.is_streamed,
        !is_answered ? asked.result.reason + "; set stream to false"
        : asked.is_streamed
            ? "answers come as events"
            : "the server answers as a whole: set stream to false, so that a long answer is "
              "no silence");
  }

  void check_embeddings() {
    OpenAiEmbedder embedder(make_endpoint(provider_, key_, clock_));
    const EmbedAnswer answer = embedder.embed({"matrix product", "softmax"});
    const bool ok = answer.status == ChatStatus::Answered;
    add("embeddings", ok,
        ok ? fmt::format("{}, {} dimensions", provider_.embedding_model, answer.vectors[0].size())
           : answer.reason);
  }

  std::string some_models() const {
    constexpr std::size_t kMost = 20;
    const auto end = models_.begin() + static_cast<std::ptrdiff_t>(std::min(kMost, models_.size()));
    const std::string list = fmt::format("{}", fmt::join(models_.begin(), end, ", "));
    return models_.size() <= kMost ? list
                                   : fmt::format("{} and {} more", list, models_.size() - kMost);
  }

  Provider provider_;
  const std::string key_;
  Clock& clock_;
  std::vector<CheckResult> results_;
  std::vector<std::string> models_;
  bool has_usage_ = false;
};

}  // namespace

std::vector<CheckResult> check_endpoint(const Provider& provider, const std::string& key,
                                        Clock& clock) {
  return EndpointCheck(provider, key, clock).run();
}

}  // namespace coldforge::agent::llm
