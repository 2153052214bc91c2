#include "agent/generator/model/recorded_embedder.h"

#include <nlohmann/json.hpp>

#include "agent/prompt/tokens.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::agent {

using llm::ChatStatus;
using nlohmann::json;

llm::ChatRequest RecordedEmbedder::request_for(const std::string& text) const {
  llm::ChatRequest request;
  request.messages = {{kEmbedStep, name_}, {"text", text}};
  request.max_tokens = 0;
  request.temperature = 0;
  return request;
}

llm::EmbedAnswer RecordedEmbedder::embed(const std::vector<std::string>& texts) {
  llm::EmbedAnswer answer;
  answer.status = ChatStatus::Answered;
  answer.vectors.resize(texts.size());
  std::vector<std::size_t> missing;
  std::vector<std::string> asked;
  Spending worst;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto found = exchanges_.find(request_digest(request_for(texts[i])), 0);
    if (found) {
      answer.vectors[i] = json::parse(found->answer.text).get<std::vector<double>>();
      answer.model = found->answer.model;
      continue;
    }
    missing.push_back(i);
    asked.push_back(texts[i]);
    worst.add({0, prompt::most_tokens(texts[i]), 0});
  }
  if (missing.empty()) return answer;
  if (embedder_ == nullptr) {
    throw UserError(exchanges_.file(), "no vector is recorded for text " +
                                           short_digest(digest_of(asked.front())) +
                                           "; replay needs the tasks, options, versions and bank "
                                           "that the run began with");
  }
  Reservation reservation(budget_, worst);
  llm::EmbedAnswer made = embedder_->embed(asked);
  if (made.status == ChatStatus::Fatal) throw UserError("embedding model", made.reason);
  if (made.status != ChatStatus::Answered) return made;
  reservation.spent = worst;
  for (std::size_t i = 0; i < missing.size(); ++i) {
    const llm::ChatRequest request = request_for(asked[i]);
    llm::ChatAnswer vector;
    vector.status = ChatStatus::Answered;
    vector.text = json(made.vectors[i]).dump();
    vector.model = made.model;
    vector.usage.prompt_tokens = prompt::most_tokens(asked[i]);
    vector.attempts = made.attempts;
    exchanges_.add(request_digest(request), {"", 0, kEmbedStep, 0}, request, vector);
    answer.vectors[missing[i]] = std::move(made.vectors[i]);
  }
  answer.model = made.model;
  answer.usage = made.usage;
  answer.attempts = made.attempts;
  return answer;
}

}  // namespace coldforge::agent
