#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/loop/evaluator.h"
#include "agent/loop/verdict_cache.h"
#include "kernels/task.h"
#include "sim/run.h"

namespace coldforge::agent {

/// Verdicts from the real gates: compiles and simulates up to `jobs` candidates at a time, in child
/// processes that one thread watches. Equal jobs are judged once.
class VerifyingEvaluator : public Evaluator {
 public:
  struct Options {
    int jobs = 1;
    const VerdictCache* cache = nullptr;         ///< outlives the evaluator
    sim::Backend backend = sim::Backend::Model;  ///< of jobs that are not to be confirmed
  };
  /// `tasks` and `machine` outlive the evaluator; the machine has loaded what the backends of the
  /// jobs need. Throws UserError if the compiler is missing.
  VerifyingEvaluator(const std::vector<kernels::Task>& tasks, const sim::Machine& machine,
                     const Options& options);
  ~VerifyingEvaluator() override;

  std::vector<Verdict> evaluate(const std::vector<EvaluationJob>& jobs,
                                const std::function<void(std::size_t)>& on_progress) override;
  void evaluate_stream(JobQueue& jobs,
                       const std::function<void(std::size_t, const Verdict&)>& on_verdict) override;
  std::string digest() const override;
  std::int64_t infrastructure_failures() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coldforge::agent
