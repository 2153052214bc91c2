#pragma once

#include <string>
#include <vector>

#include "agent/generator/llm/embedder.h"
#include "agent/generator/model/exchanges.h"

namespace coldforge::agent {

/// Vectors of an embedding model, each text asked for once: recorded with a run's other exchanges
/// and taken from there in later sittings and replays. Tokens are counted high, by most_tokens().
class RecordedEmbedder final : public llm::Embedder {
 public:
  /// `embedder` null: offline. `name` as it was or would be. All outlive it.
  RecordedEmbedder(llm::Embedder* embedder, std::string name, Exchanges& exchanges, Budget& budget)
      : embedder_(embedder), name_(std::move(name)), exchanges_(exchanges), budget_(budget) {}

  std::string name() const override { return name_; }
  /// Throws UserError (offline and not recorded; the model is beyond help) and RunStopped (a cap).
  llm::EmbedAnswer embed(const std::vector<std::string>& texts) override;

 private:
  llm::ChatRequest request_for(const std::string& text) const;

  llm::Embedder* embedder_;
  const std::string name_;
  Exchanges& exchanges_;
  Budget& budget_;
};

}  // namespace coldforge::agent
