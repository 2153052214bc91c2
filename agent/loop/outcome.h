#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace coldforge::agent {

/// How one task stands.
struct TaskOutcome {
  std::string task;
  bool correct = false;
  bool hidden_trials_passed = false;  ///< the best kernel was right on data that no candidate saw
  std::int64_t candidates = 0;
  std::int64_t extra_verdicts = 0;            ///< of leave-one-out credit, beside the candidates
  std::int64_t first_correct_candidate = -1;  ///< number of it, from 0
  std::int64_t first_correct_cycles = 0;
  std::int64_t best_cycles = 0;
  std::int64_t eager_cycles = 0;  ///< of the node-by-node baseline; 0: it was refused or is wrong
  std::int64_t lower_bound_cycles = 0;
  std::string gate;     ///< "pass", or the farthest gate that a candidate failed at
  std::string limiter;  ///< bottleneck of the best kernel, or the reason of the last failure
  /// Without a kernel: which of the published reasons (agent/generator/reasons.h); "" with one.
  std::string reason;
  std::string
      detail;  ///< what it is about: the generator's words, or the last verdict's first line
  std::string kernel;  ///< path of the best kernel, empty if there is none
  bool confirmed =
      false;             ///< model and RTL agree on that kernel, on all trials; false if not asked
  std::string diverged;  ///< path of the fastest kernel that they disagree about, not accepted
};

/// Field names as other programs rely on them (`coldforge synth --json`, summary.json).
nlohmann::ordered_json to_json(const TaskOutcome& outcome);
TaskOutcome outcome_from_json(const nlohmann::ordered_json& json);

}  // namespace coldforge::agent
