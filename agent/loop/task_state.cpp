#include "agent/loop/task_state.h"

#include <algorithm>

#include "memory/value.h"
#include "sim/base/digest.h"

namespace coldforge::agent {

void TaskState::add(const CandidateRecord& record) {
  ++candidates;
  last = record;
  extra_verdicts += record.extra_verdicts;
  wrote_kernels = wrote_kernels || !record.kernel.source.empty();
  proposed.insert(digest_of(record.kernel.source));
  if (!record.verdict.pass) {
    farthest_gate = std::max(farthest_gate, record.verdict.failing);
    return;
  }
  if (!first_correct) first_correct = record;
  if (std::find(feasible.begin(), feasible.end(), record.item) == feasible.end())
    feasible.push_back(record.item);
  const auto place = std::upper_bound(
      finalists.begin(), finalists.end(), record.verdict.cycles,
      [](std::int64_t cycles, const Finalist& other) { return cycles < other.cycles; });
  finalists.insert(place,
                   {record.candidate, record.item, record.kernel.source, record.verdict.bottleneck,
                    record.verdict.cycles, record.verdict.lower_bound_cycles});
  if (finalists.size() > kMostFinalists) finalists.pop_back();
  if (best_cycles == 0 || record.verdict.cycles < best_cycles) {
    best_cycles = record.verdict.cycles;
    best = record;
  }
}

double reward_of(Stage stage, const Verdict& verdict, std::int64_t best_cycles) {
  if (stage == Stage::Draft) return memory::draft_reward(verdict.pass);
  return verdict.pass ? memory::refine_reward(best_cycles, verdict.cycles) : -1.0;
}

}  // namespace coldforge::agent
