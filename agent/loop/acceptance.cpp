#include "agent/loop/acceptance.h"

#include <fmt/format.h>

#include "agent/generator/reasons.h"
#include "kernels/eager/eager.h"

namespace coldforge::agent {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The generator's reason, if it never wrote a kernel; else that none was right.
void explain_failure(const TaskState& state, TaskOutcome& outcome) {
  const std::string& failure = state.last->kernel.failure;
  outcome.reason = state.wrote_kernels ? "" : reason_id(failure);
  outcome.detail = outcome.reason.empty() ? first_line(state.last->verdict.reason)
                                          : failure.substr(outcome.reason.size() + 2);
  if (outcome.reason.empty()) outcome.reason = kNoCorrectCandidate.id;
}

}  // namespace

Acceptance::Acceptance(const Inputs& inputs)
    : in_(inputs), tasks_(*inputs.tasks), states_(*inputs.states) {}

std::vector<TaskOutcome> Acceptance::judge() {
  judge_first();
  std::vector<TaskOutcome> outcomes;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    const TaskState& state = states_[i];
    TaskOutcome outcome;
    outcome.task = tasks_[i].name;
    outcome.eager_cycles = eager_cycles_[i];
    outcome.candidates = state.candidates;
    outcome.extra_verdicts = state.extra_verdicts;
    outcome.gate = state.first_correct ? "pass" : name_of(state.farthest_gate);
    if (state.last) outcome.lower_bound_cycles = state.last->verdict.lower_bound_cycles;
    if (state.first_correct) {
      outcome.first_correct_candidate = static_cast<std::int64_t>(state.first_correct->candidate);
      outcome.first_correct_cycles = state.first_correct->verdict.cycles;
      accept_best(i, outcome);
    } else if (state.last) {
      outcome.limiter = state.last->verdict.reason.substr(0, 200);
      explain_failure(state, outcome);
    }
    outcomes.push_back(outcome);
  }
  if (in_.confirm) in_.folder->write_confirmations(confirmations_);
  return outcomes;
}

/// The baseline and the first finalist of each task, side by side: both want the same trials.
void Acceptance::judge_first() {
  std::vector<EvaluationJob> jobs;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    kernels::EagerKernel eager = kernels::write_eager(tasks_[i], *in_.arch);
    if (eager.refusal.empty()) jobs.push_back({i, std::move(eager.source), false, false});
    const std::vector<Finalist>& finalists = states_[i].finalists;
    if (!finalists.empty()) jobs.push_back({i, finalists.front().source, true, false});
  }
  std::vector<Verdict> verdicts = in_.evaluator->evaluate(jobs, [](std::size_t) {});
  eager_cycles_.assign(tasks_.size(), 0);
  first_verdicts_.assign(tasks_.size(), {});
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    if (jobs[j].hidden) {
      first_verdicts_[jobs[j].task] = std::move(verdicts[j]);
    } else if (verdicts[j].pass) {
      eager_cycles_[jobs[j].task] = verdicts[j].cycles;
    }
  }
}

void Acceptance::accept_best(std::size_t task, TaskOutcome& outcome) {
  const std::vector<Finalist>& finalists = states_[task].finalists;
  for (std::size_t i = 0; i < finalists.size(); ++i) {
    const Finalist& best = finalists[i];
    const Verdict hidden =
        i == 0 ? first_verdicts_[task] : judge_one({task, best.source, true, false});
    if (!hidden.pass || (in_.confirm && !confirm(task, best, outcome))) continue;
    outcome.correct = outcome.hidden_trials_passed = true;
    outcome.best_cycles = best.cycles;
    outcome.lower_bound_cycles = best.lower_bound_cycles;
    outcome.limiter = best.bottleneck;
    outcome.kernel = in_.folder->write_best(tasks_[task].name, best.source);
    return;
  }
  outcome.limiter = outcome.diverged.empty() ? "right on seen data only: the hidden trials fail"
                                             : "model and RTL differ: no kernel was confirmed";
  outcome.reason = outcome.diverged.empty() ? kHiddenTrials.id : kRtlDiffers.id;
  outcome.detail = outcome.limiter;
}

Verdict Acceptance::judge_one(const EvaluationJob& job) {
  return in_.evaluator->evaluate({job}, [](std::size_t) {}).front();
}

/// All trials of a kernel on model and RTL side by side.
bool Acceptance::confirm(std::size_t task, const Finalist& kernel, TaskOutcome& outcome) {
  const std::string& name = tasks_[task].name;
  const std::string who = fmt::format("{}: candidate {}", name, kernel.candidate);
  in_.say(who + " is run on model and RTL");
  const Verdict verdict = judge_one({task, kernel.source, true, true});
  confirmations_.push_back({name, tasks_[task].digest, kernel.candidate, kernel.item, verdict});
  outcome.confirmed = verdict.pass;
  if (verdict.pass) {
    in_.say(fmt::format("{} is confirmed on the RTL, {} cycles", who, verdict.cycles));
    return true;
  }
  const bool is_first = outcome.diverged.empty();
  if (is_first) outcome.diverged = in_.folder->write_diverged(name, kernel.source);
  in_.say(fmt::format("{} is not accepted: {}{}", who, first_line(verdict.reason),
                      is_first ? " (" + outcome.diverged + ")" : ""));
  return false;
}

}  // namespace coldforge::agent
