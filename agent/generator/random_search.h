#pragma once

#include "agent/generator/composer.h"

namespace coldforge::agent {

/// Plain random search over the composer's space: every hole is uniformly at random in every
/// candidate, whatever was tried before. Of the context it reads API items only; it proposes
/// nothing twice, as the composer does.
class RandomSearch : public Generator {
 public:
  std::string name() const override { return "random_search"; }
  std::string version() const override { return "1 of composer " + composer_.version(); }
  GeneratedKernel generate(const GenerationRequest& request) override;
  std::vector<std::string> blame(const std::vector<Fragment>& fragments, const std::string& gate,
                                 const std::string& reason) const override;

 private:
  Composer composer_;
};

/// The request of a first draft with an empty experience: same task, seed and candidate; API items
/// only.
GenerationRequest without_experience(const GenerationRequest& request);

}  // namespace coldforge::agent
