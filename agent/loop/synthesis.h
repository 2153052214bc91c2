#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/generator/generator.h"
#include "agent/loop/evaluator.h"
#include "agent/loop/outcome.h"
#include "agent/loop/settings.h"
#include "agent/verify/auditor.h"
#include "memory/store.h"
#include "memory/vector_maker.h"

namespace coldforge::agent {

/// What a run works on. Everything outlives the Synthesis.
struct SynthesisInputs {
  const std::vector<kernels::Task>* tasks = nullptr;  ///< canonical order: sorted by name
  const isa::Isa* isa = nullptr;
  const isa::Arch* arch = nullptr;
  Generator* generator = nullptr;
  Evaluator* evaluator = nullptr;
  memory::Store* store = nullptr;
  /// Whose vectors decide what is similar; null: the built-in ones. Items without one get it.
  memory::VectorMaker* vectors = nullptr;
  Auditor* auditor = nullptr;  ///< asked about every candidate that passes; may be nullptr
  LoopSettings settings;
  std::string folder;  ///< of the run: run.json, records.jsonl, <task>/best.cpp, summary.json
  bool fresh = false;  ///< forget what the folder holds
  /// Accept a kernel only if model and RTL agree on it. Changes no candidate, and so is no part of
  /// the run's identity: a finished run can be confirmed later.
  bool confirm = false;
};

/// For the display; never part of a result.
struct SynthesisProgress {
  int round = 0;
  std::int64_t candidates_done = 0;
  std::int64_t candidates_total = 0;
  std::string newest;  ///< "softmax: 8123 cycles (0.74 of the bound)" when a better kernel was
                       ///< found, else empty
};

/// Drafts and refines kernels for all tasks, in rounds (architecture.md, contract 4): each reads
/// one snapshot of the bank, generates all its candidates, has them verified in any order, and
/// commits items, rewards and retrievals in one transaction in (task, slot) order. A run that was
/// killed goes on with the round that was not committed.
///
/// Throws UserError when the folder holds another run, InfrastructureError when the machine fails,
/// RunStopped when generator or auditor stop on purpose (what was committed stays).
std::vector<TaskOutcome> synthesize(
    const SynthesisInputs& inputs,
    const std::function<void(const SynthesisProgress&)>& on_progress);

}  // namespace coldforge::agent
