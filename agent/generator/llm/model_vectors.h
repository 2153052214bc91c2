#pragma once

#include <string>
#include <vector>

#include "agent/generator/llm/embedder.h"
#include "memory/vector_maker.h"

namespace coldforge::agent::llm {

/// Vectors of an embedding model for a memory bank. The space bears the embedder's name, has the
/// model's dimensions filled up to a multiple of 64, and the vector of memory::probe_text().
class ModelVectors final : public memory::VectorMaker {
 public:
  /// Asks for the probe's vector. `embedder` outlives this. Throws InfrastructureError, as make()
  /// does, if the model does not answer.
  explicit ModelVectors(Embedder& embedder);

  const memory::Space& space() const override { return space_; }
  std::vector<memory::Embedding> make(const std::vector<std::string>& texts) override;

 private:
  std::vector<memory::Embedding> ask(const std::vector<std::string>& texts);

  Embedder& embedder_;
  memory::Space space_;
};

}  // namespace coldforge::agent::llm
