#include "agent/loop/evaluator.h"

namespace coldforge::agent {

void Evaluator::evaluate_stream(
    JobQueue& jobs, const std::function<void(std::size_t, const Verdict&)>& on_verdict) {
  std::vector<EvaluationJob> all;
  std::vector<std::size_t> numbers;
  while (!jobs.is_finished()) {
    jobs.wait();
    while (auto next = jobs.take()) {
      numbers.push_back(next->number);
      all.push_back(std::move(next->job));
    }
  }
  const std::vector<Verdict> verdicts = evaluate(all, [](std::size_t) {});
  for (std::size_t i = 0; i < verdicts.size(); ++i) on_verdict(numbers[i], verdicts[i]);
}

}  // namespace coldforge::agent
