#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "memory/store.h"

namespace coldforge::memory {

/// What `coldforge memory stats` shows.
struct BankStats {
  std::string name;
  std::string space;                ///< the built-in one, which every item has a vector of
  std::vector<StoredSpace> spaces;  ///< all of which there are vectors
  std::int64_t sequence = 0;
  std::int64_t items = 0;
  std::array<std::int64_t, kItemKinds> items_of_kind{};
  std::map<std::string, std::int64_t> items_of_verdict;  ///< without those that were not verified
  struct Stage {
    std::int64_t outcomes = 0;
    double mean_reward = 0.0;  ///< raw, over all outcomes
    NormaliserState normaliser;
  };
  std::array<Stage, kStages> stages;
  std::int64_t retrievals = 0;
  std::int64_t values = 0;  ///< (item, stage, key) with a value
  struct Task {
    std::string name;
    std::int64_t items = 0;
    std::int64_t passing = 0;
    std::int64_t best_cycles = 0;  ///< over passing items of all machines; 0: none
  };
  std::vector<Task> tasks;  ///< by name
};

BankStats bank_stats(const Store& store);
nlohmann::json to_json(const BankStats& stats);

/// One line of `coldforge memory show`.
struct ItemSummary {
  std::int64_t sequence = 0;
  std::string digest;
  ItemKind kind = ItemKind::Api;
  std::string name;
  std::string task_name;
  std::string verdict;
  std::int64_t cycles = 0;
  double q_draft = 0.0;
  double q_refine = 0.0;
  std::int64_t uses = 0;
};

/// All items by sequence.
std::vector<ItemSummary> list_items(const Store& store);
nlohmann::json to_json(const ItemSummary& summary);

/// All about one item: its fields, values under every key, uses and children. `prefix` is its
/// digest or the beginning of it. Throws UserError if no item begins so, or several do.
nlohmann::json show_item(const Store& store, const std::string& prefix);

}  // namespace coldforge::memory
