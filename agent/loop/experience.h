#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/generator/generator.h"
#include "agent/verify/verdict.h"
#include "isa/emit.h"
#include "memory/item.h"

namespace coldforge::agent {

/// What joins the agent's world (tasks, kernels, verdicts) to the bank's (items): one way in, one
/// way out.

/// Facts of a task for the embedding: operators, edges between them, classes of extents, types, the
/// machine.
std::vector<std::pair<std::string, double>> task_facts(const kernels::Task& task,
                                                       const isa::Arch& arch);

/// Seed knowledge: an instruction of this instruction set.
memory::Item api_item(const isa::ApiItem& api, const isa::Isa& isa);

/// A verified candidate. `parent` is the digest of its start point, empty in drafting.
struct Trial {
  const kernels::Task* task = nullptr;
  const isa::Isa* isa = nullptr;
  const isa::Arch* arch = nullptr;
  Stage stage = Stage::Draft;
  const GeneratedKernel* kernel = nullptr;
  const Verdict* verdict = nullptr;
  std::vector<std::string> blamed;
  std::string parent;
  std::uint64_t seed = 0;
};
memory::Item trace_item(const Trial& trial);

/// What a generator may see of an item: no rank, value, age or name of a task.
ContextItem context_item(const memory::Item& item, const std::string& digest);

}  // namespace coldforge::agent
