#include "memory/store/sqlite_read.h"

#include <map>

#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

/// Rows of several tables belong to the rounds of one slice; all come in the order of rounds.
class RoundReader {
 public:
  RoundReader(Database& database, std::int64_t after, std::int64_t up_to,
              std::vector<StoredRound>& rounds)
      : database_(database), after_(after), up_to_(up_to), rounds_(rounds) {}

  void read() {
    read_heads();
    read_items();
    read_outcomes();
    read_credits();
    read_retrievals();
    read_chosen();
  }

 private:
  /// A damaged log must be read, too: verification reports it.
  StoredRound* round(std::int64_t sequence) {
    const auto found = round_of_.find(sequence);
    return found == round_of_.end() ? nullptr : &rounds_[found->second];
  }

  void read_heads() {
    Statement select(database_,
                     "SELECT sequence, round_id, digest, snapshot, config FROM round "
                     "WHERE sequence > ? AND sequence <= ? ORDER BY sequence");
    select.bind(after_).bind(up_to_);
    while (select.step()) {
      StoredRound round;
      round.sequence = select.integer();
      round.batch.round_id = select.text();
      round.digest = select.text();
      round.batch.snapshot_sequence = select.integer();
      round.batch.config = config_from_text(select.text(), database_.name());
      round_of_[round.sequence] = rounds_.size();
      rounds_.push_back(std::move(round));
    }
  }

  void read_items() {
    Statement select(database_,
                     "SELECT round, digest FROM round_item JOIN item ON item.sequence = item "
                     "WHERE round > ? AND round <= ? ORDER BY round, position");
    select.bind(after_).bind(up_to_);
    while (select.step()) {
      StoredRound* owner = round(select.integer());
      if (owner != nullptr) owner->items.push_back(select.text());
    }
  }

  void read_outcomes() {
    const bool has_without = database_.query_integer("PRAGMA user_version") >= 2;
    const std::string without = has_without ? "without" : "NULL";
    const std::string text =
        "SELECT outcome.sequence, round, event_id, slot, outcome.task, stage, key, reward, "
        "normalised, coalesce(item.digest, ''), " +
        without + " IS NOT NULL, coalesce(" + without +
        ", 0.0) FROM outcome LEFT JOIN item ON item.sequence = start_point "
        "WHERE round > ? AND round <= ? ORDER BY outcome.sequence";
    Statement select(database_, text.c_str());
    select.bind(after_).bind(up_to_);
    while (select.step()) {
      const std::int64_t sequence = select.integer();
      const std::int64_t owner_sequence = select.integer();
      StoredRound* owner = round(owner_sequence);
      if (owner == nullptr) continue;
      Outcome outcome;
      outcome.event_id = select.text();
      outcome.slot = static_cast<int>(select.integer());
      outcome.task = select.text();
      outcome.stage = static_cast<int>(select.integer());
      outcome.key = select.text();
      outcome.reward = select.real();
      StoredFold fold;
      fold.normalised = select.real();
      outcome.new_start_point = select.text();
      const bool is_difference = select.integer() != 0;
      const double reward_without = select.real();
      if (is_difference) outcome.without = reward_without;
      place_of_outcome_[sequence] = {owner_sequence, owner->folds.size()};
      owner->batch.outcomes.push_back(std::move(outcome));
      owner->folds.push_back(std::move(fold));
    }
  }

  void read_credits() {
    if (place_of_outcome_.empty()) return;
    Statement select(
        database_,
        "SELECT outcome, digest, key, n, alpha FROM credit JOIN item ON item.sequence = item "
        "WHERE outcome >= ? AND outcome <= ? ORDER BY outcome, position");
    select.bind(place_of_outcome_.begin()->first).bind(place_of_outcome_.rbegin()->first);
    while (select.step()) {
      const auto place = place_of_outcome_.find(select.integer());
      if (place == place_of_outcome_.end()) continue;
      StoredRound* owner = round(place->second.first);
      Credit credit;
      credit.item = select.text();
      credit.key = select.text();
      credit.n = select.integer();
      credit.alpha = select.real();
      if (credit.key.empty())
        owner->batch.outcomes[place->second.second].used.push_back(credit.item);
      owner->folds[place->second.second].credits.push_back(std::move(credit));
    }
  }

  void read_retrievals() {
    Statement select(
        database_,
        "SELECT sequence, round, slot, task, stage, key, purpose, policy, pool_size, epsilon "
        "FROM retrieval WHERE round > ? AND round <= ? ORDER BY sequence");
    select.bind(after_).bind(up_to_);
    while (select.step()) {
      const std::int64_t sequence = select.integer();
      const std::int64_t owner_sequence = select.integer();
      StoredRound* owner = round(owner_sequence);
      if (owner == nullptr) continue;
      RetrievalRecord record;
      record.slot = static_cast<int>(select.integer());
      record.task = select.text();
      record.stage = static_cast<int>(select.integer());
      record.key = select.text();
      record.purpose = select.text();
      record.policy = select.text();
      record.pool_size = static_cast<int>(select.integer());
      record.epsilon = select.real();
      place_of_retrieval_[sequence] = {owner_sequence, owner->batch.retrievals.size()};
      owner->batch.retrievals.push_back(std::move(record));
    }
  }

  void read_chosen() {
    if (place_of_retrieval_.empty()) return;
    Statement select(database_,
                     "SELECT retrieval, digest, propensity FROM retrieval_item "
                     "JOIN item ON item.sequence = item "
                     "WHERE retrieval >= ? AND retrieval <= ? ORDER BY retrieval, position");
    select.bind(place_of_retrieval_.begin()->first).bind(place_of_retrieval_.rbegin()->first);
    while (select.step()) {
      const auto place = place_of_retrieval_.find(select.integer());
      if (place == place_of_retrieval_.end()) continue;
      ChosenItem choice;
      choice.item = select.text();
      choice.propensity = select.real();
      round(place->second.first)->batch.retrievals[place->second.second].chosen.push_back(choice);
    }
  }

  using Place = std::pair<std::int64_t, std::size_t>;  // round, index in it
  Database& database_;
  const std::int64_t after_, up_to_;
  std::vector<StoredRound>& rounds_;
  std::map<std::int64_t, std::size_t> round_of_;
  std::map<std::int64_t, Place> place_of_outcome_, place_of_retrieval_;
};

std::int64_t items_after(Database& database, std::int64_t round) {
  Statement find(database, "SELECT items_after FROM round WHERE sequence = ?");
  find.bind(round);
  return find.step() ? find.integer() : 0;
}

void read_items(Database& database, std::int64_t space, std::int64_t after, std::int64_t up_to,
                std::vector<StoredItem>& items) {
  Statement select(database,
                   "SELECT sequence, digest, content, seed, bytes FROM item "
                   "LEFT JOIN vector ON vector.space = ? AND vector.item = sequence "
                   "WHERE sequence > ? AND sequence <= ? ORDER BY sequence");
  select.bind(space).bind(items_after(database, after)).bind(items_after(database, up_to));
  while (select.step()) {
    StoredItem item;
    item.sequence = select.integer();
    item.digest = select.text();
    item.content = select.text();
    item.seed = static_cast<std::uint64_t>(select.integer());
    const std::string bytes = select.bytes();
    item.embedding.assign(bytes.begin(), bytes.end());
    items.push_back(std::move(item));
  }
}

void read_values(Database& database, ValueState& values) {
  Statement select(database,
                   "SELECT digest, stage, key, q0, q, n FROM q JOIN item ON item.sequence = item");
  while (select.step()) {
    QRow row;
    row.item = select.text();
    row.stage = static_cast<int>(select.integer());
    row.key = select.text();
    row.entry.q0 = select.real();
    row.entry.q = select.real();
    row.entry.n = select.integer();
    values.set(row);
  }
  read_normalisers(database, values);
}

}  // namespace

void read_normalisers(Database& database, ValueState& values) {
  Statement select(database, "SELECT stage, count, mean, second_moment FROM normaliser");
  while (select.step()) {
    const int stage = static_cast<int>(select.integer());
    if (stage < 1 || stage > kStages)
      throw UserError(database.name(), "is damaged: normaliser of an unknown stage");
    NormaliserState state;
    state.count = select.integer();
    state.mean = select.real();
    state.second_moment = select.real();
    values.set_normaliser(stage, state);
  }
}

BankSlice read_slice(Database& database, std::int64_t space, std::int64_t sequence,
                     const ReadRequest& request) {
  CF_CHECK(!request.values || !request.up_to, "values are kept at the latest sequence only");
  BankSlice slice;
  slice.sequence = request.up_to.value_or(sequence);
  CF_CHECK(request.after >= 0 && slice.sequence <= sequence, "the bank has no such sequence");
  if (request.items) read_items(database, space, request.after, slice.sequence, slice.items);
  if (request.rounds) RoundReader(database, request.after, slice.sequence, slice.rounds).read();
  if (request.values) read_values(database, slice.values);
  return slice;
}

}  // namespace coldforge::memory
