#include "agent/loop/outcome.h"

#include <nlohmann/json.hpp>

namespace coldforge::agent {
namespace {

using nlohmann::ordered_json;

/// Cycles as JSON; null where there are none.
ordered_json cycles_json(std::int64_t cycles) {
  return cycles > 0 ? ordered_json(cycles) : ordered_json(nullptr);
}
std::int64_t cycles_from(const ordered_json& json) {
  return json.is_null() ? 0 : json.get<std::int64_t>();
}

}  // namespace

ordered_json to_json(const TaskOutcome& outcome) {
  return {{"task", outcome.task},
          {"correct", outcome.correct},
          {"hidden_trials_passed", outcome.hidden_trials_passed},
          {"candidates", outcome.candidates},
          {"extra_verdicts", outcome.extra_verdicts},
          {"first_correct_candidate", outcome.first_correct_candidate},
          {"first_correct_cycles", cycles_json(outcome.first_correct_cycles)},
          {"best_cycles", cycles_json(outcome.best_cycles)},
          {"eager_cycles", cycles_json(outcome.eager_cycles)},
          {"lower_bound_cycles", cycles_json(outcome.lower_bound_cycles)},
          {"gate", outcome.gate},
          {"limiter", outcome.limiter},
          {"reason", outcome.reason},
          {"detail", outcome.detail},
          {"kernel", outcome.kernel},
          {"confirmed", outcome.confirmed},
          {"diverged", outcome.diverged}};
}

TaskOutcome outcome_from_json(const ordered_json& json) {
  TaskOutcome outcome;
  outcome.task = json.at("task");
  outcome.correct = json.at("correct");
  outcome.hidden_trials_passed = json.at("hidden_trials_passed");
  outcome.candidates = json.at("candidates");
  outcome.extra_verdicts = json.value("extra_verdicts", std::int64_t{0});
  outcome.first_correct_candidate = json.at("first_correct_candidate");
  outcome.first_correct_cycles = cycles_from(json.at("first_correct_cycles"));
  outcome.best_cycles = cycles_from(json.at("best_cycles"));
  outcome.eager_cycles = cycles_from(json.at("eager_cycles"));
  outcome.lower_bound_cycles = cycles_from(json.at("lower_bound_cycles"));
  outcome.gate = json.at("gate");
  outcome.limiter = json.at("limiter");
  outcome.reason = json.value("reason", "");
  outcome.detail = json.value("detail", "");
  outcome.kernel = json.at("kernel");
  outcome.confirmed = json.value("confirmed", false);
  outcome.diverged = json.value("diverged", "");
  return outcome;
}

}  // namespace coldforge::agent
