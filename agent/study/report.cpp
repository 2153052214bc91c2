// A study's report as JSON: what the cells' records say.
#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "agent/loop/record.h"
#include "agent/study/study.h"
#include "kernels/families.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::agent::study {
namespace {

using nlohmann::ordered_json;

using NameAndFamily = std::pair<std::string, std::string>;

std::vector<TaskOutcome> read_outcomes(const std::string& file) {
  try {
    const ordered_json summary = ordered_json::parse(read_file(file));
    std::vector<TaskOutcome> outcomes;
    for (const ordered_json& task : summary.at("tasks"))
      outcomes.push_back(outcome_from_json(task));
    return outcomes;
  } catch (const nlohmann::json::exception&) {
    throw UserError(file, "is no summary of a run; start the study anew with --fresh");
  }
}

ordered_json spread_json(const Spread& spread) {
  return {{"count", spread.count},          {"least", spread.least},
          {"lower_quartile", spread.lower}, {"median", spread.median},
          {"upper_quartile", spread.upper}, {"most", spread.most}};
}

ordered_json figures_json(const ArmFigures& figures) {
  ordered_json families = ordered_json::object();
  for (const auto& [name, family] : figures.families) {
    families[name] = {
        {"runs", family.runs}, {"correct", family.correct}, {"roofline", family.roofline}};
  }
  ordered_json fast = nullptr;
  if (figures.fast) fast = *figures.fast;
  return {{"runs", figures.runs},
          {"compiled", figures.compiled},
          {"candidates_compiled", figures.candidates_compiled},
          {"correct", figures.correct},
          {"right_on_seen_data_only", figures.seen_only},
          {"drafting_area", figures.drafting_area},
          {"refining_area", figures.refining_area},
          {"eager_runs", figures.eager_runs},
          {"fast", fast},
          {"roofline", figures.roofline},
          {"families", families},
          {"speed_up_over_first", spread_json(figures.speed_up)},
          {"first_roofline", spread_json(figures.first_roofline)},
          {"correct_curve", figures.correct_curve},
          {"roofline_curve", figures.roofline_curve}};
}

/// A factor of an arm, as text.
struct Factor {
  const char* name;
  std::string (*of)(const Arm& arm);
  void (*take)(Arm& arm, const Arm& from);
};
constexpr Factor kFactors[] = {
    {"generator", [](const Arm& arm) { return arm.generator; },
     [](Arm& arm, const Arm& from) { arm.generator = from.generator; }},
    {"policy", [](const Arm& arm) { return arm.policy; },
     [](Arm& arm, const Arm& from) { arm.policy = from.policy; }},
    {"start_point", [](const Arm& arm) { return arm.start_point; },
     [](Arm& arm, const Arm& from) { arm.start_point = from.start_point; }},
    {"lambda", [](const Arm& arm) { return std::to_string(arm.lambda); },
     [](Arm& arm, const Arm& from) { arm.lambda = from.lambda; }},
    {"q_key", [](const Arm& arm) { return arm.q_key; },
     [](Arm& arm, const Arm& from) { arm.q_key = from.q_key; }},
    {"credit", [](const Arm& arm) { return arm.credit; },
     [](Arm& arm, const Arm& from) { arm.credit = from.credit; }},
    {"transfer", [](const Arm& arm) { return arm.transfer; },
     [](Arm& arm, const Arm& from) { arm.transfer = from.transfer; }},
};

/// What tells the arm from the others of its design: "value, start_point best_cycles".
std::string label_of(const Arm& arm, const std::vector<Arm>& arms) {
  if (arm.generator != arms.front().generator) return arm.generator;
  std::string label;
  for (const Factor& factor : kFactors) {
    const bool varies = std::any_of(arms.begin(), arms.end(), [&](const Arm& other) {
      return other.generator == arm.generator && factor.of(other) != factor.of(arm);
    });
    if (!varies) continue;
    const bool speaks_for_itself = std::string(factor.name) == "policy";
    label += (label.empty() ? "" : ", ") +
             (speaks_for_itself ? "" : std::string(factor.name) + " ") + factor.of(arm);
  }
  return label.empty() ? arm.policy : label;
}

/// Pairs (baseline, arm) that differ in one factor, in which the baseline has the design's first
/// value; another generator is compared with the first arm.
std::vector<std::pair<std::size_t, std::size_t>> contrasts(const std::vector<Arm>& arms) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 1; i < arms.size(); ++i) {
    if (arms[i].generator != arms.front().generator) {
      pairs.emplace_back(0, i);
      continue;
    }
    for (const Factor& factor : kFactors) {
      if (factor.of(arms[i]) == factor.of(arms.front())) continue;
      Arm baseline = arms[i];
      factor.take(baseline, arms.front());
      for (std::size_t b = 0; b < arms.size(); ++b) {
        if (folder_of(arms[b]) == folder_of(baseline)) pairs.emplace_back(b, i);
      }
    }
  }
  return pairs;
}

ordered_json difference_json(const Difference& difference) {
  return {{"mean", difference.mean}, {"low", difference.low}, {"high", difference.high}};
}

class Reporter {
 public:
  explicit Reporter(const StudyInputs& inputs) : in_(inputs) {
    for (const kernels::Task& task : *in_.tasks)
      tasks_.emplace_back(task.name, kernels::family_of(task.graph));
  }

  ordered_json report() {
    ordered_json tasks = ordered_json::array(), designs = ordered_json::array();
    for (const auto& [name, family] : tasks_) tasks.push_back({{"task", name}, {"family", family}});
    for (const Design& design : in_.experiment->designs) designs.push_back(report_of(design));
    return {{"experiment", to_json(*in_.experiment)},
            {"arch", in_.arch->name},
            {"arch_digest", in_.arch->digest},
            {"isa_digest", in_.isa->digest()},
            {"verifier_digest", in_.evaluator->digest()},
            {"roofline_floor", kRooflineFloor},
            {"drafting_horizon", std::min(kDraftingHorizon, in_.experiment->budget)},
            {"tasks", tasks},
            {"designs", designs}};
  }

 private:
  ordered_json report_of(const Design& design) {
    const std::vector<Arm> arms = design.arms();
    const int budget = in_.experiment->budget;
    ordered_json entries = ordered_json::array(), differences = ordered_json::array();
    std::vector<std::string> labels;
    for (const Arm& arm : arms) {
      labels.push_back(label_of(arm, arms));
      entries.push_back({{"label", labels.back()},
                         {"generator", arm.generator},
                         {"policy", arm.policy},
                         {"start_point", arm.start_point},
                         {"lambda", arm.lambda},
                         {"q_key", arm.q_key},
                         {"credit", arm.credit},
                         {"transfer", arm.transfer},
                         {"measured", arm.measured.empty() ? "all" : arm.measured},
                         {"figures", figures_json(figures_of(curves(arm), budget))}});
    }
    for (const auto& [baseline, arm] : contrasts(arms)) {
      ordered_json entry = {{"baseline", labels[baseline]}, {"arm", labels[arm]}};
      for (const std::string& metric : metric_names()) {
        entry[metric] =
            difference_json(paired_difference(scores_of(metric, curves(arms[baseline]), budget),
                                              scores_of(metric, curves(arms[arm]), budget)));
      }
      differences.push_back(entry);
    }
    return {{"name", design.name},
            {"metric", design.metric},
            {"arms", entries},
            {"differences", differences}};
  }

  /// Of all seeds of the arm; read once.
  const ArmCurves& curves(const Arm& arm) {
    const auto [known, is_new] = curves_.try_emplace(folder_of(arm));
    if (!is_new) return known->second;
    std::vector<NameAndFamily> measured;
    std::copy_if(tasks_.begin(), tasks_.end(), std::back_inserter(measured),
                 [&](const NameAndFamily& task) { return is_measured(arm, task.first); });
    for (int seed = 1; seed <= in_.experiment->seeds; ++seed) {
      const std::string folder =
          in_.folder + "/" + cell_folder(arm, static_cast<std::uint64_t>(seed));
      known->second.push_back(curves_of(read_records(folder + "/records.jsonl"),
                                        read_outcomes(folder + "/summary.json"), measured,
                                        folder + "/summary.json"));
    }
    return known->second;
  }

  const StudyInputs& in_;
  std::vector<NameAndFamily> tasks_;
  std::map<std::string, ArmCurves> curves_;  // by folder of the arm
};

}  // namespace

ordered_json make_report(const StudyInputs& inputs) { return Reporter(inputs).report(); }

}  // namespace coldforge::agent::study
