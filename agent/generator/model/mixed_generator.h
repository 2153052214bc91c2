#pragma once

#include "agent/generator/composer.h"
#include "agent/generator/model/llm_generator.h"

namespace coldforge::agent {

/// The composer drafts each task until it has a correct kernel; from then on the model refines.
class MixedGenerator : public Generator {
 public:
  /// The model's generator outlives it.
  explicit MixedGenerator(LlmGenerator& model) : model_(model) {}

  std::string name() const override { return "mixed"; }
  std::string version() const override {
    return "1 composer " + composer_.version() + " llm " + model_.version();
  }
  GeneratedKernel generate(const GenerationRequest& request) override;
  void generate_all(const std::vector<GenerationRequest>& requests, const Ready& ready) override;
  std::vector<std::string> blame(const std::vector<Fragment>& fragments, const std::string& gate,
                                 const std::string& reason) const override {
    return composer_.blame(fragments, gate, reason);
  }

 private:
  Composer composer_;
  LlmGenerator& model_;
};

}  // namespace coldforge::agent
