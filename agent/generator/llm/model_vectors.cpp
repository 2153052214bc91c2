#include "agent/generator/llm/model_vectors.h"

#include "sim/base/error.h"

namespace coldforge::agent::llm {

ModelVectors::ModelVectors(Embedder& embedder) : embedder_(embedder) {
  const memory::Embedding probe = ask({memory::probe_text()}).front();
  space_.id = embedder.name();
  space_.dims = static_cast<int>(probe.size());
  space_.probe = memory::to_text(probe);
}

std::vector<memory::Embedding> ModelVectors::make(const std::vector<std::string>& texts) {
  std::vector<memory::Embedding> made = ask(texts);
  for (const memory::Embedding& embedding : made) {
    if (embedding.size() != static_cast<std::size_t>(space_.dims))
      throw InfrastructureError(embedder_.name() + ": sent vectors of another length than before");
  }
  return made;
}

std::vector<memory::Embedding> ModelVectors::ask(const std::vector<std::string>& texts) {
  const EmbedAnswer answer = embedder_.embed(texts);
  if (answer.status != ChatStatus::Answered)
    throw InfrastructureError("no embeddings: " + answer.reason);
  std::vector<memory::Embedding> made;
  for (const std::vector<double>& vector : answer.vectors)
    made.push_back(memory::quantised(vector));
  CF_CHECK(made.size() == texts.size(), "one vector for each text");
  return made;
}

}  // namespace coldforge::agent::llm
