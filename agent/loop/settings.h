#pragma once

#include <cstdint>
#include <string>

#include "memory/retrieval.h"

namespace coldforge::agent {

/// What decides a run's result. All of it is part of the run's identity; the number of jobs is not.
struct LoopSettings {
  int budget = 30;  ///< T: candidates a task, drafting and refining together (method.md)
  int slots = 16;   ///< W: candidates a round; one snapshot of the bank serves all of them
  /// Rounds that are begun before the round before them has ended: they are written while that one
  /// is still being written and judged, and do not know yet what comes of it. Keeps a slow model
  /// busy.
  int overlap = 0;
  std::uint64_t seed = 1;
  memory::RetrievalConfig retrieval;  ///< drafting and refining contexts
  /// Choice of the kernel that is refined. By value, as in the paper, new kernels that are nearly
  /// the best are tried before the best itself again: 8 % slower kernels on the development tasks.
  memory::StartPointConfig start_point = {"best_cycles", 0.1, true, {}};
  int child_items = 12;  ///< refining: newest children of the start point that are shown besides
  int matched_practices =
      3;  ///< refining: best practices that speak of the start point's bottleneck
  int draft_practices = 30;  ///< drafting: best practices, all of a bank's seed
  int similar_api_items =
      8;  ///< API items by similarity, besides those that the task's engines need
  bool key_is_stage = false;  ///< --q-key stage: one value a stage, as in the paper
  /// --credit leave_one_out: an item's credit is what the reward owes to it (leave_one_out.h). The
  /// verdicts that this takes are no candidates: they count apart.
  bool leave_one_out = false;
  /// A control: every credited item but the start point is shown with the contents (pattern,
  /// fragments, source, text) of another item of its kind, drawn from the whole bank. What was
  /// chosen, its verdict and its cycles stay. (Within one context an exchange would be hardly any
  /// test: a generator reads the context as a set.)
  bool permute_contents = false;
};

/// One line of canonical JSON, for the run's identity.
std::string settings_text(const LoopSettings& settings);

}  // namespace coldforge::agent
