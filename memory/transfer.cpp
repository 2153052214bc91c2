#include "memory/transfer.h"

#include <istream>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "memory/record_json.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;

json round_to_json(const StoredRound& round) {
  json outcomes = json::array(), retrievals = json::array();
  for (const Outcome& outcome : round.batch.outcomes) outcomes.push_back(outcome_to_json(outcome));
  for (const RetrievalRecord& record : round.batch.retrievals) {
    retrievals.push_back(retrieval_to_json(record));
  }
  return {{"record", "round"},
          {"round_id", round.batch.round_id},
          {"digest", round.digest},
          {"snapshot_sequence", round.batch.snapshot_sequence},
          {"config", json::parse(config_text(round.batch.config))},
          {"items", round.items},
          {"outcomes", std::move(outcomes)},
          {"retrievals", std::move(retrievals)}};
}

/// Reads an export line by line into batches.
class Reader {
 public:
  Reader(std::istream& in, std::string where) : in_(in), where_(std::move(where)) {}

  /// Everything in the file, checked.
  void read() {
    std::string line;
    while (std::getline(in_, line)) {
      ++line_;
      if (has_ended_) fail("follows the end of the export");
      json value = json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (value.is_discarded() || !value.is_object())
        fail("is no JSON object: the export is damaged");
      try {
        take(value);
      } catch (const json::exception& error) {
        fail(std::string("is damaged: ") + error.what());
      }
    }
    if (!has_ended_) throw UserError(where_, "is no whole export: it has no end record");
  }

  std::vector<RoundBatch> batches;
  std::vector<Item> items;  // each once, in the order of the file

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw UserError(where_ + ": line " + std::to_string(line_), problem);
  }

  void take(const json& value) {
    const std::string record = value.at("record").get<std::string>();
    if (line_ == 1 && record != "bank")
      fail("is no export of a memory bank: the first record is '" + record + "'");
    if (record == "bank") {
      take_head(value);
    } else if (record == "item") {
      take_item(value);
    } else if (record == "round") {
      take_round(value);
    } else if (record == "end") {
      has_ended_ = true;
    } else {
      fail("unknown record '" + record + "': known are bank, item, round, end");
    }
  }

  void take_head(const json& value) {
    const int format = value.at("format").get<int>();
    if (format > kFormat) {
      fail("has format " + std::to_string(format) + ", this coldforge knows formats up to " +
           std::to_string(kFormat) + ": use a newer coldforge");
    }
  }

  void take_item(const json& value) {
    Item item = item_from_json(value.at("content"), where_ + ": line " + std::to_string(line_));
    value.at("seed").get_to(item.seed);
    const std::string digest = value.at("digest").get<std::string>();
    if (item_digest(item) != digest)
      fail("item " + short_digest(digest) + " does not match its digest");
    if (place_of_.emplace(digest, items.size()).second) items.push_back(std::move(item));
  }

  void take_round(const json& value) {
    RoundBatch batch;
    value.at("round_id").get_to(batch.round_id);
    value.at("snapshot_sequence").get_to(batch.snapshot_sequence);
    batch.config =
        config_from_text(value.at("config").dump(), where_ + ": line " + std::to_string(line_));
    for (const json& outcome : value.at("outcomes"))
      batch.outcomes.push_back(outcome_from_json(outcome));
    for (const json& record : value.at("retrievals"))
      batch.retrievals.push_back(retrieval_from_json(record));
    const auto digests = value.at("items").get<std::vector<std::string>>();
    for (const std::string& digest : digests) {
      const auto place = place_of_.find(digest);
      if (place == place_of_.end())
        fail("item " + short_digest(digest) + " is missing in the export");
      batch.items.push_back(items[place->second]);
    }
    if (batch_digest(batch, digests) != value.at("digest").get<std::string>()) {
      fail("round " + short_digest(batch.round_id) + " does not match its digest");
    }
    try {
      check_batch(batch);
    } catch (const InternalError& error) {
      fail("round " + short_digest(batch.round_id) + " cannot be: " + error.what());
    }
    batches.push_back(std::move(batch));
  }

  std::istream& in_;
  const std::string where_;
  std::int64_t line_ = 0;
  bool has_ended_ = false;
  std::map<std::string, std::size_t> place_of_;
};

/// All items as one round that says nothing about their worth.
RoundBatch items_only(const std::vector<Item>& items) {
  RoundBatch batch;
  batch.items = items;
  Digest digest;
  for (const Item& item : items) digest.add(item_digest(item));
  batch.round_id = "items-" + digest.hex();
  return batch;
}

std::int64_t count_items(const Store& store) {
  ReadRequest request;
  request.rounds = false;
  return static_cast<std::int64_t>(store.read(request).items.size());
}

}  // namespace

void export_bank(const Store& store, std::ostream& out) {
  const BankSlice slice = store.read({});
  out << json_text({{"record", "bank"},
                    {"format", kFormat},
                    {"rounds", slice.rounds.size()},
                    {"items", slice.items.size()}})
      << '\n';
  std::map<std::string, const StoredItem*> pending;
  for (const StoredItem& item : slice.items) pending[item.digest] = &item;
  for (const StoredRound& round : slice.rounds) {
    for (const std::string& digest : round.items) {
      const auto found = pending.find(digest);
      if (found == pending.end()) continue;
      out << json_text({{"record", "item"},
                        {"digest", digest},
                        {"seed", found->second->seed},
                        {"content", json::parse(found->second->content)}})
          << '\n';
      pending.erase(found);
    }
    out << json_text(round_to_json(round)) << '\n';
  }
  out << json_text({{"record", "end"}}) << '\n';
}

ImportReport import_bank(Store& store, std::istream& in, const std::string& where,
                         const ImportOptions& options) {
  Reader reader(in, where);
  reader.read();
  if (!options.with_values) reader.batches = {items_only(reader.items)};
  const std::int64_t before = count_items(store);
  ImportReport report;
  for (const RoundBatch& batch : reader.batches) {
    ++(store.commit(batch).is_new ? report.new_rounds : report.known_rounds);
  }
  report.new_items = count_items(store) - before;
  report.known_items = static_cast<std::int64_t>(reader.items.size()) - report.new_items;
  return report;
}

}  // namespace coldforge::memory
