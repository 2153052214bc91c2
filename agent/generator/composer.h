#pragma once

#include "agent/generator/generator.h"
#include "agent/generator/holes.h"
#include "agent/generator/select/api_sets.h"

namespace coldforge::agent {

/// The embedded composer: writes kernels from what operators mean (grammar/), how loops become
/// tiles (plan/), which instructions the context offers (select/) and how engines are ordered
/// (emit/). Knows no instruction by name.
///
/// GeneratedKernel::failure begins with the identifier of a reason (reasons.h):
///   "no_grammar: operator X", "unsupported_form: X: what the grammar cannot say"
///   "no_instruction: no instruction covers X"
///   "no_plan: what hindered the last one", "no_scratch: the scratch buffer is too small"
class Composer : public Generator {
 public:
  explicit Composer(const HoleConfig& config = {}) : config_(config) {}
  std::string name() const override { return "composer"; }
  std::string version() const override { return "5"; }
  GeneratedKernel generate(const GenerationRequest& request) override;
  std::vector<std::string> blame(const std::vector<Fragment>& fragments, const std::string& gate,
                                 const std::string& reason) const override;

 private:
  HoleConfig config_;
  ApiSets api_sets_;
};

}  // namespace coldforge::agent
