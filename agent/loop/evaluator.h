#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/loop/job_queue.h"
#include "agent/verify/verdict.h"

namespace coldforge::agent {

/// Gives verdicts, many at a time. The verdict of a job depends on that job only, never on its
/// neighbours or on how many are under way.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  /// Verdicts in the order of the jobs. Infrastructure failures are retried; throws
  /// InfrastructureError when a job fails three times over. `on_progress(done)` is called as jobs
  /// finish.
  virtual std::vector<Verdict> evaluate(const std::vector<EvaluationJob>& jobs,
                                        const std::function<void(std::size_t)>& on_progress) = 0;
  /// The same for jobs that are still being written: judges each as it comes and calls
  /// `on_verdict(number, verdict)`, in any order, until the queue is finished. By default waits for
  /// the last job and judges them all.
  virtual void evaluate_stream(JobQueue& jobs,
                               const std::function<void(std::size_t, const Verdict&)>& on_verdict);
  /// Names everything a verdict depends on besides task and source: tools, machine, instruction
  /// set, simulator build.
  virtual std::string digest() const = 0;
  /// How often a job had to be tried again so far.
  virtual std::int64_t infrastructure_failures() const = 0;
};

}  // namespace coldforge::agent
