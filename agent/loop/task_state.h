#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/loop/record.h"

namespace coldforge::agent {

/// A feasible kernel that may be accepted at the end.
struct Finalist {
  std::uint64_t candidate = 0;
  std::string item, source, bottleneck;
  std::int64_t cycles = 0, lower_bound_cycles = 0;
};

/// Of several kernels that are equally good on seen data, how many are tried on hidden data before
/// a task is given up.
inline constexpr std::size_t kMostFinalists = 5;

/// What a run knows of one task: a fold over its records, in order.
struct TaskState {
  std::int64_t candidates = 0;
  std::int64_t best_cycles = 0;  ///< 0: no feasible kernel yet
  std::optional<CandidateRecord> best;
  std::optional<CandidateRecord> first_correct;
  std::optional<CandidateRecord> last;
  std::vector<std::string> feasible;  ///< item digests, P(x), each once, in order
  std::vector<Finalist> finalists;    ///< fastest first, then earliest; at most kMostFinalists
  std::set<std::string> proposed;   ///< digests of all sources, of the round that is under way, too
  std::int64_t extra_verdicts = 0;  ///< of leave-one-out credit
  bool wrote_kernels = false;       ///< some candidate had a source
  Gate farthest_gate = Gate::Hack;  ///< that a candidate failed at

  Stage stage() const { return feasible.empty() ? Stage::Draft : Stage::Refine; }
  void add(const CandidateRecord& record);
};

/// Reward of a verdict in its stage: drafting +1 or -1; refining -1 or tanh(log best - log cycles),
/// where `best_cycles` is the best before it.
double reward_of(Stage stage, const Verdict& verdict, std::int64_t best_cycles);

}  // namespace coldforge::agent
