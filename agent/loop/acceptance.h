#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/loop/evaluator.h"
#include "agent/loop/outcome.h"
#include "agent/loop/run_folder.h"
#include "agent/loop/task_state.h"
#include "isa/arch.h"
#include "kernels/task.h"

namespace coldforge::agent {

/// The end of a run: the fastest kernel of each task that is also right on data that no candidate
/// saw and, if wanted, on the RTL.
class Acceptance {
 public:
  /// All outlive the acceptance.
  struct Inputs {
    const std::vector<kernels::Task>* tasks = nullptr;
    const isa::Arch* arch = nullptr;
    Evaluator* evaluator = nullptr;
    RunFolder* folder = nullptr;
    const std::vector<TaskState>* states = nullptr;  ///< what the run knows of each task
    bool confirm = false;                            ///< on model and RTL
    std::function<void(const std::string&)> say;     ///< lines for people
  };
  explicit Acceptance(const Inputs& inputs);

  /// Writes kernels and confirmations into the folder.
  std::vector<TaskOutcome> judge();

 private:
  void judge_first();
  void accept_best(std::size_t task, TaskOutcome& outcome);
  bool confirm(std::size_t task, const Finalist& kernel, TaskOutcome& outcome);
  Verdict judge_one(const EvaluationJob& job);

  const Inputs in_;
  const std::vector<kernels::Task>& tasks_;
  const std::vector<TaskState>& states_;
  std::vector<Verdict> first_verdicts_;  ///< of each task's first finalist, hidden trials
  /// Of each task's node-by-node baseline; 0: there is none, or it is wrong. No generator sees it.
  std::vector<std::int64_t> eager_cycles_;
  std::vector<Confirmation> confirmations_;
};

}  // namespace coldforge::agent
