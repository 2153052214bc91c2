#include "memory/snapshot.h"

#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::memory {

Snapshot::Snapshot(const Store& store, std::optional<std::int64_t> sequence, const Space& space)
    : space_(space), index_(make_index("exact", space.dims)) {
  ReadRequest request;
  request.space = space_.id;
  request.up_to = sequence;
  request.values = !sequence;
  request.rounds = sequence.has_value();
  BankSlice slice = store.read(request);
  sequence_ = slice.sequence;
  add(slice.items, store.name());
  if (sequence) {
    fold(slice.rounds);
  } else {
    values_ = std::move(slice.values);
  }
}

void Snapshot::refresh(const Store& store, std::optional<std::int64_t> sequence) {
  CF_CHECK(!sequence || *sequence >= sequence_, "a snapshot does not move back");
  ReadRequest request;
  request.after = sequence_;
  request.up_to = sequence;
  request.space = space_.id;
  const BankSlice slice = store.read(request);
  sequence_ = slice.sequence;
  add(slice.items, store.name());
  fold(slice.rounds);
}

std::optional<ItemId> Snapshot::find(const std::string& digest) const {
  const auto found = id_of_.find(digest);
  if (found == id_of_.end()) return std::nullopt;
  return found->second;
}

void Snapshot::add(const std::vector<StoredItem>& items, const std::string& name) {
  for (const StoredItem& stored : items) {
    const auto id = static_cast<ItemId>(items_.size());
    Entry entry{stored.digest,
                item_from_content(stored.content, name + ": item " + short_digest(stored.digest))};
    entry.item.seed = stored.seed;
    index_->add(id, stored.digest, vector_of(stored, entry.item, name));
    id_of_[stored.digest] = id;
    of_kind_[static_cast<std::size_t>(entry.item.kind)].push_back(id);
    items_.push_back(std::move(entry));
  }
}

Embedding Snapshot::vector_of(const StoredItem& stored, const Item& item,
                              const std::string& name) const {
  const auto dims = static_cast<std::size_t>(space_.dims);
  if (stored.embedding.size() == dims) return stored.embedding;
  // A bank made before the built-in space existed has no vectors of it: they follow from the item.
  if (stored.embedding.empty() && space_.id == builtin_space().id) return embed(item);
  throw UserError(name, "item " + short_digest(stored.digest) + " has no vector of " + space_.id +
                            " with " + std::to_string(space_.dims) +
                            " dimensions: make them with `coldforge memory embed`");
}

void Snapshot::fold(const std::vector<StoredRound>& rounds) {
  for (const StoredRound& round : rounds) {
    for (const Outcome& outcome : round.batch.outcomes) values_.apply(outcome, round.batch.config);
  }
}

}  // namespace coldforge::memory
