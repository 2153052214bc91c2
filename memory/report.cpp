#include "memory/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

using nlohmann::json;

Item parsed(const StoredItem& stored, const Store& store) {
  Item item =
      item_from_content(stored.content, store.name() + ": item " + short_digest(stored.digest));
  item.seed = stored.seed;
  return item;
}

void count_item(const Item& item, BankStats& stats, std::map<std::string, BankStats::Task>& tasks) {
  ++stats.items_of_kind[static_cast<std::size_t>(item.kind)];
  if (!item.verdict.empty()) ++stats.items_of_verdict[item.verdict];
  if (item.task_name.empty()) return;
  BankStats::Task& task = tasks[item.task_name];
  task.name = item.task_name;
  ++task.items;
  if (item.verdict != "pass" || item.cycles <= 0) return;
  ++task.passing;
  if (task.best_cycles == 0 || item.cycles < task.best_cycles) task.best_cycles = item.cycles;
}

const StoredItem& find_item(const BankSlice& slice, const std::string& prefix, const Store& store) {
  std::vector<const StoredItem*> found;
  for (const StoredItem& item : slice.items) {
    if (item.digest.compare(0, prefix.size(), prefix) == 0) found.push_back(&item);
  }
  if (found.empty()) throw UserError(store.name(), "no item begins with '" + prefix + "'");
  if (found.size() > 1) {
    std::string names;
    for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 4); ++i) {
      names += (i == 0 ? "" : ", ") + short_digest(found[i]->digest);
    }
    if (found.size() > 4) names += ", ...";
    throw UserError(store.name(),
                    std::to_string(found.size()) + " items begin with '" + prefix + "': " + names);
  }
  return *found[0];
}

}  // namespace

BankStats bank_stats(const Store& store) {
  ReadRequest request;
  request.values = true;
  const BankSlice slice = store.read(request);
  BankStats stats;
  stats.name = store.name();
  stats.space = builtin_space().id;
  stats.spaces = store.spaces();
  stats.sequence = slice.sequence;
  stats.items = static_cast<std::int64_t>(slice.items.size());
  std::map<std::string, BankStats::Task> tasks;
  for (const StoredItem& stored : slice.items) count_item(parsed(stored, store), stats, tasks);
  for (auto& [name, task] : tasks) stats.tasks.push_back(std::move(task));
  for (const StoredRound& round : slice.rounds) {
    stats.retrievals += static_cast<std::int64_t>(round.batch.retrievals.size());
    for (const Outcome& outcome : round.batch.outcomes) {
      BankStats::Stage& stage = stats.stages.at(outcome.stage - 1);
      ++stage.outcomes;
      stage.mean_reward += outcome.reward;
    }
  }
  for (int stage = 1; stage <= kStages; ++stage) {
    BankStats::Stage& entry = stats.stages[stage - 1];
    if (entry.outcomes > 0) entry.mean_reward /= static_cast<double>(entry.outcomes);
    entry.normaliser = slice.values.normaliser(stage);
  }
  stats.values = static_cast<std::int64_t>(slice.values.rows().size());
  return stats;
}

json to_json(const BankStats& stats) {
  json kinds = json::object(), stages = json::array(), tasks = json::array();
  json spaces = json::array();
  for (const StoredSpace& stored : stats.spaces) {
    spaces.push_back(
        {{"space", stored.space.id}, {"dims", stored.space.dims}, {"vectors", stored.vectors}});
  }
  for (int kind = 0; kind < kItemKinds; ++kind) {
    kinds[std::string(name_of(static_cast<ItemKind>(kind)))] = stats.items_of_kind[kind];
  }
  for (int stage = 1; stage <= kStages; ++stage) {
    const BankStats::Stage& entry = stats.stages[stage - 1];
    stages.push_back({{"stage", stage},
                      {"outcomes", entry.outcomes},
                      {"mean_reward", entry.mean_reward},
                      {"normaliser",
                       {{"count", entry.normaliser.count},
                        {"mean", entry.normaliser.mean},
                        {"second_moment", entry.normaliser.second_moment}}}});
  }
  for (const BankStats::Task& task : stats.tasks) {
    tasks.push_back({{"task", task.name},
                     {"items", task.items},
                     {"passing", task.passing},
                     {"best_cycles", task.best_cycles}});
  }
  return {{"bank", stats.name},
          {"space", stats.space},
          {"spaces", spaces},
          {"sequence", stats.sequence},
          {"items", stats.items},
          {"items_of_kind", kinds},
          {"items_of_verdict", stats.items_of_verdict},
          {"stages", stages},
          {"retrievals", stats.retrievals},
          {"values", stats.values},
          {"tasks", tasks}};
}

std::vector<ItemSummary> list_items(const Store& store) {
  ReadRequest request;
  request.rounds = false;
  request.values = true;
  const BankSlice slice = store.read(request);
  std::vector<ItemSummary> summaries;
  for (const StoredItem& stored : slice.items) {
    const Item item = parsed(stored, store);
    ItemSummary summary;
    summary.sequence = stored.sequence;
    summary.digest = stored.digest;
    summary.kind = item.kind;
    summary.name = item.name;
    summary.task_name = item.task_name;
    summary.verdict = item.verdict;
    summary.cycles = item.cycles;
    summary.q_draft = slice.values.entry(stored.digest, kDraft, "").q;
    summary.q_refine = slice.values.entry(stored.digest, kRefine, "").q;
    summary.uses = slice.values.uses(stored.digest);
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

json to_json(const ItemSummary& summary) {
  return {{"sequence", summary.sequence},   {"digest", summary.digest},
          {"kind", name_of(summary.kind)},  {"name", summary.name},
          {"task_name", summary.task_name}, {"verdict", summary.verdict},
          {"cycles", summary.cycles},       {"q_draft", summary.q_draft},
          {"q_refine", summary.q_refine},   {"uses", summary.uses}};
}

json show_item(const Store& store, const std::string& prefix) {
  ReadRequest request;
  request.rounds = false;
  request.values = true;
  const BankSlice slice = store.read(request);
  const StoredItem& stored = find_item(slice, prefix, store);
  json result = item_to_json(parsed(stored, store));
  result["digest"] = stored.digest;
  result["sequence"] = stored.sequence;
  result["seed"] = stored.seed;
  result["uses"] = slice.values.uses(stored.digest);
  result["values"] = json::array();
  for (const QRow& row : slice.values.rows()) {
    if (row.item != stored.digest) continue;
    result["values"].push_back({{"stage", row.stage},
                                {"key", row.key},
                                {"q", row.entry.q},
                                {"q0", row.entry.q0},
                                {"n", row.entry.n}});
  }
  result["children"] = json::array();
  for (const StoredItem& other : slice.items) {
    if (parsed(other, store).parent == stored.digest) result["children"].push_back(other.digest);
  }
  return result;
}

}  // namespace coldforge::memory
