#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memory/item.h"
#include "memory/value.h"

namespace coldforge::memory {

/// One item that a retrieval chose, and how likely that choice was.
struct ChosenItem {
  std::string item;         ///< digest
  double propensity = 1.0;  ///< probability of this pick, given the picks before it; (0, 1]
};

/// One retrieval, as it is logged: enough to compare policies offline later.
struct RetrievalRecord {
  int slot = 0;
  std::string task;  ///< task digest
  int stage = kDraft;
  std::string key;
  std::string purpose = "context";  ///< "context" or "start_point"
  std::string policy;
  int pool_size = 0;  ///< items that the choice was made among
  double epsilon = 0.0;
  std::vector<ChosenItem> chosen;  ///< in the order of choice
};

/// Everything that one round adds to a bank, in (task, slot) order. Committed as a whole or not at
/// all.
struct RoundBatch {
  /// Names the round for ever (run identity and round number): committing it again is a no-op.
  std::string round_id;
  /// Sequence of the snapshot that the round read. A resumed run reads the same one again.
  std::int64_t snapshot_sequence = 0;
  ValueConfig config;
  /// An item that the bank knows already keeps its place and its seed.
  std::vector<Item> items;
  std::vector<Outcome> outcomes;
  std::vector<RetrievalRecord> retrievals;
};

/// SHA-256 over everything in the batch: tells a retry from another round of the same name.
std::string batch_digest(const RoundBatch& batch);
/// The same from the items' digests, which is all that a bank keeps of a round's items.
std::string batch_digest(const RoundBatch& batch, const std::vector<std::string>& item_digests);

/// What must hold of any batch, whatever bank it goes to; a violation is our own mistake.
void check_batch(const RoundBatch& batch);

}  // namespace coldforge::memory
