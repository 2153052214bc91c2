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

}  // namespace coldforge::memory
