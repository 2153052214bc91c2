#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "memory/index.h"
#include "memory/store.h"

namespace coldforge::memory {

/// A bank as it was at one sequence, in memory. Everything that a round retrieves comes from one
/// snapshot, so that the order in which its candidates are worked on reaches no result.
///
/// Between refreshes it is read-only and may be read by several threads. Holds every item with its
/// source: some 10 KB an item.
class Snapshot {
 public:
  /// The bank now, or as it was at `sequence`: a resumed round finds the state that it first saw.
  /// Throws UserError if an item has no vector of `space`; the built-in one's are made as needed.
  explicit Snapshot(const Store& store, std::optional<std::int64_t> sequence = std::nullopt,
                    const Space& space = builtin_space());
  Snapshot(Snapshot&&) = default;
  Snapshot& operator=(Snapshot&&) = default;

  /// Moves forward to the bank's latest sequence, or to `sequence`, which is not before its own;
  /// reads only what is new. The result is the same, to the bit, as a fresh snapshot's. Throws as
  /// the constructor does; the snapshot is then void.
  void refresh(const Store& store, std::optional<std::int64_t> sequence = std::nullopt);

  std::int64_t sequence() const { return sequence_; }
  std::size_t size() const { return items_.size(); }
  const Item& item(ItemId id) const { return items_[id].item; }
  const std::string& digest(ItemId id) const { return items_[id].digest; }
  /// The items of a kind, in the bank's order.
  const std::vector<ItemId>& of_kind(ItemKind kind) const {
    return of_kind_[static_cast<std::size_t>(kind)];
  }
  std::optional<ItemId> find(const std::string& digest) const;
  const ValueState& values() const { return values_; }
  const Index& index() const { return *index_; }
  /// The space of the index; queries must be of it.
  const Space& space() const { return space_; }

 private:
  struct Entry {
    std::string digest;
    Item item;
  };
  void add(const std::vector<StoredItem>& items, const std::string& name);
  Embedding vector_of(const StoredItem& stored, const Item& item, const std::string& name) const;
  void fold(const std::vector<StoredRound>& rounds);

  Space space_;
  std::int64_t sequence_ = 0;
  std::vector<Entry> items_;
  std::array<std::vector<ItemId>, kItemKinds> of_kind_;
  std::unordered_map<std::string, ItemId> id_of_;
  std::unique_ptr<Index> index_;
  ValueState values_;
};

}  // namespace coldforge::memory
