#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "memory/store.h"

namespace coldforge::memory::test {

/// An empty folder of its own, removed with the object.
class Folder {
 public:
  Folder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "coldforge-memory-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline Item make_item(const std::string& name, int stage = kDraft, std::int64_t cycles = 0) {
  Item item;
  item.kind = stage == kDraft ? ItemKind::TraceDraft : ItemKind::TraceRefine;
  item.name = name;
  item.pattern = R"({"op":"Softmax"})";
  item.fragments = {{"tile_rows", "1/2", "axis=inner"}};
  item.facts = {{"op:Softmax", 1.0}};
  item.source = "void kernel() { load_tile(vec0, " + name + "); }\n";
  item.verdict = cycles > 0 ? "pass" : "compile";
  item.cycles = cycles;
  item.roofline_fraction = cycles > 0 ? 1.0 / 3.0 : 0.0;
  item.stage = stage;
  item.seed = 0xfedcba9876543210ull;
  return item;
}

/// A round of `slots` candidates that all used the items of the round before; rewards differ by
/// round and slot.
inline RoundBatch make_round(int number, int slots = 4) {
  RoundBatch batch;
  batch.round_id = "round-" + std::to_string(number);
  batch.snapshot_sequence = number;
  const auto name_of_slot = [](int round, int slot) {
    return "k" + std::to_string(round) + "_" + std::to_string(slot);
  };
  for (int slot = 0; slot < slots; ++slot) {
    const int stage = number % 2 == 0 ? kDraft : kRefine;
    batch.items.push_back(make_item(name_of_slot(number, slot), stage, 100 + number));
    Outcome outcome;
    outcome.event_id = batch.round_id + "/" + std::to_string(slot);
    outcome.slot = slot;
    outcome.task = "task";
    outcome.stage = stage;
    outcome.key = slot % 2 == 0 ? "reduce" : "";
    outcome.reward = stage == kDraft ? draft_reward(slot % 3 == 0)
                                     : refine_reward(1000 + 7 * slot, 900 + number);
    if (number > 0) {
      const int before = (number - 1) % 2 == 0 ? kDraft : kRefine;
      RetrievalRecord record;
      record.slot = slot;
      record.task = "task";
      record.stage = stage;
      record.key = outcome.key;
      record.policy = "value";
      record.pool_size = 12;
      record.epsilon = 0.1;
      for (int used = 0; used < slots; ++used) {
        const Item item = make_item(name_of_slot(number - 1, used), before, 100 + number - 1);
        outcome.used.push_back(item_digest(item));
        record.chosen.push_back({outcome.used.back(), 1.0 / (1 + used)});
      }
      batch.retrievals.push_back(record);
    }
    if (stage == kRefine) outcome.new_start_point = item_digest(batch.items.back());
    batch.outcomes.push_back(outcome);
  }
  return batch;
}

/// The message of the exception that `call` throws.
template <typename Error, typename Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace coldforge::memory::test
