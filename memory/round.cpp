#include "memory/round.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "memory/record_json.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

using nlohmann::json;

bool is_stage(int stage) { return stage >= 1 && stage <= kStages; }

}  // namespace

// -0.0 becomes 0: SQLite would store it so, and the digest must be the same before and after.
json outcome_to_json(const Outcome& outcome) {
  json value = {{"event_id", outcome.event_id}, {"slot", outcome.slot},
                {"task", outcome.task},         {"stage", outcome.stage},
                {"key", outcome.key},           {"reward", outcome.reward + 0.0},
                {"used", outcome.used},         {"new_start_point", outcome.new_start_point}};
  if (outcome.without) value["without"] = *outcome.without + 0.0;
  return value;
}

Outcome outcome_from_json(const json& value) {
  Outcome outcome;
  value.at("event_id").get_to(outcome.event_id);
  value.at("slot").get_to(outcome.slot);
  value.at("task").get_to(outcome.task);
  value.at("stage").get_to(outcome.stage);
  value.at("key").get_to(outcome.key);
  value.at("reward").get_to(outcome.reward);
  value.at("used").get_to(outcome.used);
  value.at("new_start_point").get_to(outcome.new_start_point);
  if (value.contains("without")) outcome.without = value.at("without").get<double>();
  return outcome;
}

json retrieval_to_json(const RetrievalRecord& record) {
  json chosen = json::array();
  for (const ChosenItem& choice : record.chosen) chosen.push_back({choice.item, choice.propensity});
  return {{"slot", record.slot},           {"task", record.task},
          {"stage", record.stage},         {"key", record.key},
          {"purpose", record.purpose},     {"policy", record.policy},
          {"pool_size", record.pool_size}, {"epsilon", record.epsilon + 0.0},
          {"chosen", std::move(chosen)}};
}

RetrievalRecord retrieval_from_json(const json& value) {
  RetrievalRecord record;
  value.at("slot").get_to(record.slot);
  value.at("task").get_to(record.task);
  value.at("stage").get_to(record.stage);
  value.at("key").get_to(record.key);
  value.at("purpose").get_to(record.purpose);
  value.at("policy").get_to(record.policy);
  value.at("pool_size").get_to(record.pool_size);
  value.at("epsilon").get_to(record.epsilon);
  for (const json& choice : value.at("chosen")) {
    record.chosen.push_back({choice.at(0).get<std::string>(), choice.at(1).get<double>()});
  }
  return record;
}

std::string batch_digest(const RoundBatch& batch) {
  std::vector<std::string> digests;
  for (const Item& item : batch.items) digests.push_back(item_digest(item));
  return batch_digest(batch, digests);
}

std::string batch_digest(const RoundBatch& batch, const std::vector<std::string>& item_digests) {
  Digest digest;
  digest.add(batch.round_id).add(batch.snapshot_sequence).add(config_text(batch.config));
  digest.add(static_cast<std::int64_t>(item_digests.size()));
  for (const std::string& item : item_digests) digest.add(item);
  digest.add(static_cast<std::int64_t>(batch.outcomes.size()));
  for (const Outcome& outcome : batch.outcomes) digest.add(json_text(outcome_to_json(outcome)));
  for (const RetrievalRecord& record : batch.retrievals) {
    digest.add(json_text(retrieval_to_json(record)));
  }
  return digest.hex();
}

void check_batch(const RoundBatch& batch) {
  CF_CHECK(!batch.round_id.empty(), "a round needs a name");
  std::set<std::string> events;
  for (const Outcome& outcome : batch.outcomes) {
    CF_CHECK(is_stage(outcome.stage), "an outcome belongs to stage 1 or 2");
    CF_CHECK(std::isfinite(outcome.reward), "a reward is a finite number");
    CF_CHECK(!outcome.without || (std::isfinite(*outcome.without) && outcome.used.size() == 1),
             "a difference of finite rewards credits one item");
    CF_CHECK(!outcome.event_id.empty(), "an outcome needs an event id");
    CF_CHECK(events.insert(outcome.event_id).second, "two outcomes of a round share an event id");
    const std::set<std::string> used(outcome.used.begin(), outcome.used.end());
    CF_CHECK(used.size() == outcome.used.size(), "an item is credited once for an outcome");
  }
  for (const RetrievalRecord& record : batch.retrievals) {
    CF_CHECK(is_stage(record.stage), "a retrieval belongs to stage 1 or 2");
    for (const ChosenItem& choice : record.chosen) {
      CF_CHECK(choice.propensity > 0.0 && choice.propensity <= 1.0, "a propensity lies in (0, 1]");
    }
  }
}

}  // namespace coldforge::memory
