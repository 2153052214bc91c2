#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/generator/model/budget.h"
#include "agent/generator/model/llm_generator.h"
#include "agent/loop/settings.h"
#include "agent/prompt/prompt.h"
#include "memory/store.h"

namespace coldforge::agent {

/// What a run is about to ask.
struct DryRunInputs {
  const std::vector<kernels::Task>* tasks = nullptr;  ///< sorted by name
  const isa::Isa* isa = nullptr;
  const isa::Arch* arch = nullptr;
  const memory::Store* store = nullptr;  ///< the bank that the run will begin with; only read
  const prompt::Prompts* prompts = nullptr;
  LoopSettings settings;
  ModelSettings model;
  bool composer_drafts = false;  ///< generator mixed
  bool audits = false;
};

/// Estimates what a run will spend, without a question: runs the whole loop over a copy of the bank
/// in memory. Prompts are the real ones, counted by likely_tokens(); in place of the model the
/// composer writes (kernels of the usual length, and some words before them), in place of compiler
/// and simulator verdicts are drawn: every second candidate is correct. One answer in kRepairEvery
/// needs a repair. What a reasoning model thinks to itself is not known beforehand and not in it.
Spending estimate_spending(const DryRunInputs& inputs);

}  // namespace coldforge::agent
