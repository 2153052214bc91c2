#pragma once

#include "agent/generator/generator.h"
#include "agent/generator/holes.h"

namespace coldforge::agent {

/// The embedded composer: writes kernels from what operators mean (grammar/), how loops become
/// tiles (plan/), which instructions the context offers (select/) and how engines are ordered
/// (emit/). Knows no instruction by name.
///
/// GeneratedKernel::failure is one of
///   "no grammar for operator X", "X: what the grammar cannot say"
///   "no instruction covers X", "no instruction loads a tile" and the like
///   "no plan fits: the last reason"
class Composer : public Generator {
 public:
  explicit Composer(const HoleConfig& config = {}) : config_(config) {}
  std::string name() const override { return "composer"; }
  std::string version() const override { return "2"; }
  GeneratedKernel generate(const GenerationRequest& request) override;
  std::vector<std::string> blame(const std::vector<Fragment>& fragments, const std::string& gate,
                                 const std::string& reason) const override;

 private:
  HoleConfig config_;
};

}  // namespace coldforge::agent
