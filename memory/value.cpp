#include "memory/value.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

/// SQLite stores -0.0 as 0: a value that were ever -0.0 would not replay to the bit.
double without_negative_zero(double value) { return value + 0.0; }

double step_size(const ValueConfig& config, std::int64_t n) {
  if (config.step_size == StepSize::Constant) return config.alpha;
  return std::max(config.alpha_min, 1.0 / static_cast<double>(n + 1));
}

}  // namespace

std::string config_text(const ValueConfig& config) {
  const nlohmann::json value = {
      {"step_size", config.step_size == StepSize::Constant ? "constant" : "visit_count"},
      {"alpha", config.alpha},
      {"alpha_min", config.alpha_min},
      {"blend_visits", config.blend_visits},
      {"normaliser_rate", config.normaliser_rate},
      {"normaliser_prior", config.normaliser_prior},
      {"sigma_min", config.sigma_min},
      {"clip", config.clip},
      {"normalise_stage", config.normalise_stage}};
  return value.dump();
}

ValueConfig config_from_text(std::string_view text, std::string_view where) {
  ValueConfig config;
  try {
    const nlohmann::json value = nlohmann::json::parse(text);
    const std::string step = value.at("step_size").get<std::string>();
    if (step != "constant" && step != "visit_count") {
      throw UserError(where,
                      "step_size '" + step + "' is unknown: known are constant, visit_count");
    }
    config.step_size = step == "constant" ? StepSize::Constant : StepSize::VisitCount;
    value.at("alpha").get_to(config.alpha);
    value.at("alpha_min").get_to(config.alpha_min);
    value.at("blend_visits").get_to(config.blend_visits);
    value.at("normaliser_rate").get_to(config.normaliser_rate);
    value.at("normaliser_prior").get_to(config.normaliser_prior);
    value.at("sigma_min").get_to(config.sigma_min);
    value.at("clip").get_to(config.clip);
    value.at("normalise_stage").get_to(config.normalise_stage);
  } catch (const nlohmann::json::exception& error) {
    throw UserError(where, std::string("is no value configuration: ") + error.what());
  }
  return config;
}

double refine_reward(std::int64_t best_cycles, std::int64_t cycles) {
  CF_CHECK(best_cycles > 0 && cycles > 0, "cycles of a feasible kernel are positive");
  const double ratio = static_cast<double>(best_cycles) / static_cast<double>(cycles);
  const double square = ratio * ratio;
  // The quotient of two huge squares would be NaN; tanh has long been 1 by then.
  return square > 1e30 ? 1.0 : without_negative_zero((square - 1.0) / (square + 1.0));
}

double normalise(const NormaliserState& before, double reward, const ValueConfig& config) {
  // Rounding may leave a variance a little below zero.
  const double variance = std::max(0.0, before.second_moment - before.mean * before.mean);
  const double sigma = std::max(std::sqrt(variance), config.sigma_min);
  const double normalised = (reward - before.mean) / sigma;
  return without_negative_zero(std::clamp(normalised, -config.clip, config.clip));
}

NormaliserState advance(const NormaliserState& before, double reward, const ValueConfig& config) {
  NormaliserState after;
  after.count = before.count + 1;
  const double rate = std::max(config.normaliser_rate,
                               1.0 / (static_cast<double>(after.count) + config.normaliser_prior));
  after.mean = without_negative_zero(before.mean + rate * (reward - before.mean));
  after.second_moment =
      without_negative_zero(before.second_moment + rate * (reward * reward - before.second_moment));
  return after;
}

FoldedOutcome ValueState::apply(const Outcome& outcome, const ValueConfig& config) {
  NormaliserState& normaliser = normalisers_.at(outcome.stage - 1);
  FoldedOutcome folded;
  const auto in_units = [&](double reward) {
    return config.normalise_stage.at(outcome.stage - 1) ? normalise(normaliser, reward, config)
                                                        : without_negative_zero(reward);
  };
  folded.normalised = in_units(outcome.reward);
  if (outcome.without) {
    const double difference = folded.normalised - in_units(*outcome.without);
    folded.normalised = without_negative_zero(std::clamp(difference, -config.clip, config.clip));
  } else {
    normaliser = advance(normaliser, outcome.reward, config);
  }

  const auto credit = [&](const std::string& item, const std::string& key) {
    QEntry entry = this->entry(item, outcome.stage, key);
    ++entry.n;
    const double alpha = step_size(config, entry.n);
    entry.q = without_negative_zero(entry.q + alpha * (folded.normalised - entry.q));
    entries_[item][{outcome.stage, key}] = entry;
    folded.credits.push_back({item, key, entry.n, alpha});
    folded.rows.push_back({item, outcome.stage, key, entry});
  };
  for (const std::string& item : outcome.used) {
    credit(item, "");
    if (!outcome.key.empty()) credit(item, outcome.key);
  }
  if (!outcome.new_start_point.empty() && outcome.stage == kRefine) {
    std::map<StageAndKey, QEntry>& of_item = entries_[outcome.new_start_point];
    // The same kernel may be found twice: what was learnt about it stands.
    if (of_item.find({kRefine, ""}) == of_item.end()) {
      const QEntry entry{folded.normalised, folded.normalised, 0};
      of_item[{kRefine, ""}] = entry;
      folded.rows.push_back({outcome.new_start_point, kRefine, "", entry});
    }
  }
  return folded;
}

QEntry ValueState::entry(const std::string& item, int stage, const std::string& key) const {
  const auto of_item = entries_.find(item);
  if (of_item == entries_.end()) return {};
  if (const auto found = of_item->second.find({stage, key}); found != of_item->second.end()) {
    return found->second;
  }
  const auto all = of_item->second.find({stage, ""});
  if (all == of_item->second.end()) return {};
  return {all->second.q0, all->second.q0, 0};
}

double ValueState::blended(const std::string& item, int stage, const std::string& key,
                           const ValueConfig& config) const {
  const QEntry all = entry(item, stage, "");
  if (key.empty()) return all.q;
  const QEntry own = entry(item, stage, key);
  const double visits = static_cast<double>(own.n);
  return (visits * own.q + config.blend_visits * all.q) / (visits + config.blend_visits);
}

std::int64_t ValueState::uses(const std::string& item) const {
  std::int64_t sum = 0;
  for (int stage = 1; stage <= kStages; ++stage) sum += entry(item, stage, "").n;
  return sum;
}

std::vector<QRow> ValueState::rows() const {
  std::vector<QRow> rows;
  for (const auto& [item, entries] : entries_) {
    for (const auto& [where, entry] : entries)
      rows.push_back({item, where.first, where.second, entry});
  }
  return rows;
}

void ValueState::set(const QRow& row) { entries_[row.item][{row.stage, row.key}] = row.entry; }

}  // namespace coldforge::memory
