#include "agent/loop/leave_one_out.h"

#include <algorithm>

namespace coldforge::agent {

std::vector<Alternative> alternatives_of(Generator& generator, const GenerationRequest& request,
                                         const GeneratedKernel& kernel,
                                         const std::vector<std::string>& items) {
  std::vector<Alternative> alternatives;
  for (const std::string& item : items) {
    GenerationRequest without = request;
    const auto is_item = [&](const ContextItem& shown) { return shown.id == item; };
    without.context.erase(std::remove_if(without.context.begin(), without.context.end(), is_item),
                          without.context.end());
    if (without.context.size() == request.context.size()) continue;  // never shown
    GeneratedKernel other = generator.generate(without);
    if (other.source != kernel.source) alternatives.push_back({item, std::move(other.source)});
  }
  return alternatives;
}

void AlternativeVerdicts::add(std::size_t task, const std::vector<Alternative>& alternatives) {
  for (const Alternative& alternative : alternatives) {
    if (!alternative.source.empty()) entries_[{task, alternative.source}];
  }
}

void AlternativeVerdicts::judge(Evaluator& evaluator) {
  std::vector<EvaluationJob> jobs;
  for (const auto& [key, entry] : entries_) jobs.push_back({key.first, key.second, false, false});
  if (jobs.empty()) return;
  std::vector<Verdict> verdicts = evaluator.evaluate(jobs, [](std::size_t) {});
  std::size_t next = 0;
  for (auto& [key, entry] : entries_) entry.verdict = std::move(verdicts[next++]);
}

const Verdict& AlternativeVerdicts::of(std::size_t task, const Alternative& alternative) const {
  return alternative.source.empty() ? none_ : entries_.at({task, alternative.source}).verdict;
}

int AlternativeVerdicts::take_count(std::size_t task,
                                    const std::vector<Alternative>& alternatives) {
  int count = 0;
  for (const Alternative& alternative : alternatives) {
    if (alternative.source.empty()) continue;
    bool& paid = entries_.at({task, alternative.source}).paid;
    count += paid ? 0 : 1;
    paid = true;
  }
  return count;
}

}  // namespace coldforge::agent
