#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/generator/generator.h"
#include "agent/generator/grammar/lowering.h"

namespace coldforge::agent {

/// Constants of the sampling of holes; tuned on development tasks.
struct HoleConfig {
  double prior = 1.0;     ///< weight of a value nobody has tried
  double success = 1.0;   ///< added for each feasible item with the value
  double practice = 3.0;  ///< added for each best practice that names the value
  double blame = 0.5;     ///< rho: factor for each failed item that blames the hole for the value
  double follow = 0.9;    ///< drafting: probability of the value that the model has
  /// Drafting: a feasible item is the model in proportion to this power of its roofline fraction.
  double model_power = 4.0;
  double change_one = 0.8;   ///< refining: probability of changing one hole only
  double change_two = 0.12;  ///< ... two holes; else three
  /// Refining: of a task's first candidates so many, and later ones as often as this, are drawn
  /// anew, whatever the start point: one change at a time does not lead out of a poor first draft.
  int fresh_candidates = 6;
  double fresh = 0.1;
  int near = 3;  ///< refining: a trace that differs in at most so many holes tells what they do
  /// Plans made for one candidate; the one of least effort (plan/effort.h) is written.
  int drafts = 48, neighbours = 24;
  int attempts = 128;  ///< samples until one is new and fits the machine's sizes
};

/// Every plan as it is drawn, whatever its effort: all of the space, for tests.
HoleConfig as_drawn();

/// A question that left a choice.
struct HoleQuestion {
  std::string hole;
  std::vector<std::string> domain;
  std::string condition;
  /// Refining: how much of the start point's time the answer can change, 0..1.
  double share = 1;
};

/// Which sample of a candidate's holes is drawn. Samples of one round have the same answers to
/// questions of numbers (is_of_numbers()): which is less work must not decide which is exact
/// enough.
struct Sample {
  int round = 0, attempt = 0;
};

/// Whether the hole's answers differ in what is computed, by rounding or range.
bool is_of_numbers(const std::string& hole);

/// Fills holes at random, weighted by what the context says of their values. Random numbers depend
/// on seed, task, candidate, attempt and hole only, not on the order of questions.
///
/// Drafting, one feasible kernel of the context is the model: most holes get its value, if it is
/// possible here, and the rest are drawn. Values that were right together stay together; single
/// values drawn from many kernels made the first draft a fifth slower (tasks outside those
/// reported). Refining, the start point is the model.
class HoleSampler : public Chooser {
 public:
  /// Keeps every value of the start point, if there is one: says which questions its program asks.
  explicit HoleSampler(const GenerationRequest& request, const HoleConfig& config = {});
  /// Refining, changes the answers to some of the `asked` questions; drafting, answers all anew.
  HoleSampler(const GenerationRequest& request, Sample sample,
              const std::vector<HoleQuestion>& asked, const HoleConfig& config = {});

  std::string pick(const std::string& hole, const std::vector<std::string>& domain,
                   const std::string& condition = "") override;
  std::string settle(const std::string& hole, const std::vector<std::string>& domain,
                     const std::string& condition, const std::string& otherwise) override;
  void amend(const std::string& hole, const std::string& value) override;
  std::size_t mark() const override { return asked_.size(); }
  void retract(std::size_t to) override;

  /// False for a candidate that is drawn anew, whatever its start point.
  bool keeps_start_point() const { return !kept_.empty(); }
  const std::vector<Fragment>& fragments() const { return fragments_; }
  /// What was asked and left a choice, in order.
  const std::vector<HoleQuestion>& asked() const { return asked_; }
  const std::vector<GeneratedKernel::Read>& reads() const { return reads_; }

 private:
  /// What the context says of the values of one question.
  struct Weights {
    std::vector<double> of_value;
    std::vector<std::string> readers;  ///< items that moved one
  };

  std::uint64_t stream(const std::string& purpose, int attempt) const;
  /// Of one hole.
  std::uint64_t stream_of(const std::string& hole, const std::string& purpose) const;
  bool is_fresh() const;
  void keep_start_point();
  void choose_model();
  const std::string* answer_of_model(const HoleQuestion& question) const;
  void plan_changes(const std::vector<HoleQuestion>& asked);
  std::vector<std::string> drawn_changes(const std::vector<HoleQuestion>& asked,
                                         const std::vector<double>& doubts, int attempt) const;
  std::vector<std::string> changed_in(const ContextItem& item) const;
  bool is_inherited(const ContextItem& item, const Fragment& fragment) const;
  bool is_slower_for(const ContextItem& item, const std::string& hole) const;
  bool weigh(const ContextItem& item, const HoleQuestion& question,
             std::vector<double>& weights) const;
  Weights weights_of(const HoleQuestion& question) const;
  std::string draw(const HoleQuestion& question, std::vector<double> weights) const;
  std::string answer(const HoleQuestion& question, const std::string* otherwise);

  const GenerationRequest& request_;
  Sample sample_;
  HoleConfig config_;
  const ContextItem* model_ = nullptr;       ///< drafting: the kernel that is adapted
  std::map<std::string, std::string> kept_;  ///< refining: values of the start point
  std::map<std::string, bool> changing_;
  int retractions_ = 0;  ///< part of the random stream of what is asked again
  std::map<std::string, std::string> answers_;
  std::vector<HoleQuestion> asked_;
  std::vector<Fragment> fragments_;
  std::vector<GeneratedKernel::Read> reads_;
};

}  // namespace coldforge::agent
