#pragma once

#include <cstddef>

#include "agent/generator/composer.h"

namespace coldforge::agent {

/// Constants of the evolutionary tuner: customary values for a budget of some thirty candidates,
/// fixed before the first comparison and not tuned.
struct EvolutionConfig {
  std::size_t founders = 4;  ///< feasible kernels from random search before the first mating
  int tournament = 3;        ///< the fastest of so many draws becomes a parent
  double crossover = 0.5;    ///< share of children of two parents; the others have one
  double mutations = 1.5;    ///< holes of a child that are drawn anew, on average
  int matings = 8;           ///< pairs of parents tried until a child is new and fits
  /// Mutants tried of each; of the first that fit, as many as the composer plans for a change, the
  /// one of least effort is the child.
  int children_of_mating = 48;
};

/// An evolutionary tuner over the composer's space: tournament selection, uniform crossover and
/// mutation over the fragments of the task's own feasible kernels (context items of the task's
/// pattern, and the start point). Selection is over all of them (steady state, nothing dies), so
/// that the best is never lost. What other tasks left is not read; of API items all, as the
/// composer.
class Evolution : public Generator {
 public:
  explicit Evolution(const EvolutionConfig& config = {}) : config_(config) {}
  std::string name() const override { return "evolution"; }
  std::string version() const override { return "1 of composer " + composer_.version(); }
  GeneratedKernel generate(const GenerationRequest& request) override;
  std::vector<std::string> blame(const std::vector<Fragment>& fragments, const std::string& gate,
                                 const std::string& reason) const override;

 private:
  EvolutionConfig config_;
  Composer composer_;
};

}  // namespace coldforge::agent
