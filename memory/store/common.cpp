#include "memory/store/common.h"

#include <set>

#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::memory {

void check_references(const RoundBatch& batch, const std::vector<std::string>& item_digests,
                      const std::function<bool(const std::string&)>& is_known,
                      const std::string& name) {
  const std::set<std::string> added(item_digests.begin(), item_digests.end());
  const auto check = [&](const std::string& item) {
    if (added.find(item) != added.end() || is_known(item)) return;
    throw UserError(name, "round " + short_digest(batch.round_id) + " refers to item " +
                              short_digest(item) + ", which the bank does not have");
  };
  for (const Outcome& outcome : batch.outcomes) {
    for (const std::string& item : outcome.used) check(item);
    if (!outcome.new_start_point.empty()) check(outcome.new_start_point);
  }
  for (const RetrievalRecord& record : batch.retrievals) {
    for (const ChosenItem& choice : record.chosen) check(choice.item);
  }
}

CommitResult answer_to_retry(const StoredRound& stored, const std::string& digest,
                             const std::string& name) {
  if (stored.digest != digest) {
    throw UserError(name, "round " + short_digest(stored.batch.round_id) +
                              " is stored with other contents: start the run anew (--fresh)");
  }
  return {stored.sequence, false};
}

void refuse_event(const std::string& event_id, const std::string& name) {
  throw UserError(name, "event " + event_id + " is stored already, by another round");
}

void check_vectors(const Space& space, const std::vector<ItemVector>& vectors) {
  CF_CHECK(space.id != builtin_space().id, "the bank itself makes vectors of the built-in space");
  CF_CHECK(space.dims > 0 && space.dims % 64 == 0, "dimensions come in multiples of 64");
  for (const ItemVector& vector : vectors) {
    CF_CHECK(vector.embedding.size() == static_cast<std::size_t>(space.dims),
             "a vector of another space");
  }
}

void check_same_space(const Space& space, const Space& known, const std::string& name) {
  if (space.dims == known.dims) return;
  throw UserError(name, "has vectors of " + space.id + " with " + std::to_string(known.dims) +
                            " dimensions, not " + std::to_string(space.dims) +
                            ": `coldforge memory embed --again` makes them anew");
}

void refuse_vector(const std::string& item, const std::string& name) {
  throw UserError(name, "does not have item " + short_digest(item) + ", which a vector is for");
}

}  // namespace coldforge::memory
