#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/generator/generator.h"
#include "agent/generator/grammar/lowering.h"

namespace coldforge::agent {

/// Constants of the sampling of holes; tuned on tasks outside the measured suites.
struct HoleConfig {
  double prior = 1.0;       ///< weight of a value nobody has tried
  double success = 1.0;     ///< added for each feasible item with the value
  double practice = 1.0;    ///< added for each best practice that names the value
  double blame = 0.5;       ///< rho: factor for each failed item that blames the hole for the value
  double change_one = 0.5;  ///< refining: probability of changing one hole only
  double change_two = 0.3;  ///< ... two holes; else three
  int near = 3;  ///< refining: a trace that differs in at most so many holes tells what they do
  double practice_first =
      0.5;            ///< refining: probability that a changed hole is one a best practice names
  int attempts = 64;  ///< samples until one fits the machine's sizes
};

/// Fills holes at random, weighted by what the context says of their values. Random numbers depend
/// on seed, task, candidate, attempt and hole only, not on the order of questions.
class HoleSampler : public Chooser {
 public:
  HoleSampler(const GenerationRequest& request, int attempt, const HoleConfig& config = {});

  std::string pick(const std::string& hole, const std::vector<std::string>& domain,
                   const std::string& condition = "") override;

  const std::vector<Fragment>& fragments() const { return fragments_; }
  const std::vector<GeneratedKernel::Read>& reads() const { return reads_; }

 private:
  std::uint64_t stream(const std::string& purpose) const;
  void plan_changes();
  std::vector<std::string> changed_in(const ContextItem& item) const;
  bool weigh(const ContextItem& item, const std::string& hole, const std::string& condition,
             const std::vector<std::string>& domain, std::vector<double>& weights) const;

  const GenerationRequest& request_;
  int attempt_;
  HoleConfig config_;
  std::map<std::string, std::string> kept_;  ///< refining: values of the start point
  std::map<std::string, bool> changing_;
  std::map<std::string, std::string> answers_;
  std::vector<Fragment> fragments_;
  std::vector<GeneratedKernel::Read> reads_;
};

/// Whether two samples filled the same holes with the same values.
bool same_choices(const std::vector<Fragment>& a, const std::vector<Fragment>& b);

}  // namespace coldforge::agent
