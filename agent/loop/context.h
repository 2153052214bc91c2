#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/generator/generator.h"
#include "agent/loop/settings.h"
#include "memory/embedding.h"
#include "memory/round.h"
#include "memory/snapshot.h"

namespace coldforge::agent {

/// What a slot's generator is shown, and how it came about.
struct SlotContext {
  std::vector<ContextItem> items;          ///< retrieved items, then API items
  std::optional<ContextItem> start_point;  ///< refining
  std::string key;                         ///< state key of Q
  std::vector<std::string>
      credited;  ///< digests that share the reward: retrieved items and the start point
  std::vector<memory::RetrievalRecord> records;
};

/// One slot's question to the memory.
struct ContextRequest {
  const kernels::Task* task = nullptr;
  const isa::Isa* isa = nullptr;
  const isa::Arch* arch = nullptr;
  Stage stage = Stage::Draft;
  int slot = 0;
  std::uint64_t candidate = 0;
  /// What the task looks like in the snapshot's space; null: in the built-in one.
  const memory::Embedding* query = nullptr;
  std::vector<std::string>
      feasible;  ///< digests of the task's feasible kernels of this run, P(x); refining needs one
};

/// What is known of a task beforehand, for an embedding.
memory::EmbeddingInput embedding_input(const kernels::Task& task, const isa::Arch& arch);

/// Chooses start point and context from one snapshot: retrieval by value for the stage and key; in
/// refining also what became of the start point's children, and best practices that name its
/// bottleneck; API items by coverage. Random numbers depend on (seed, task digest, candidate) only.
SlotContext make_context(const memory::Snapshot& snapshot, const ContextRequest& request,
                         const LoopSettings& settings);

}  // namespace coldforge::agent
