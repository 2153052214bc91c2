// Experiment files: JSON, every field optional but "suite" and "designs"; unknown fields are
// errors.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "agent/generator/registry.h"
#include "agent/study/experiment.h"
#include "sim/base/error.h"

namespace coldforge::agent::study {
namespace {

using nlohmann::ordered_json;

/// Reads the fields of one JSON object; what nobody asked for is an error.
class Fields {
 public:
  Fields(const ordered_json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json_.is_object()) throw UserError(where_, "must be an object");
  }

  template <class T>
  void read(const char* name, T& value, bool is_required = false) {
    known_.push_back(name);
    const auto found = json_.find(name);
    if (found == json_.end()) {
      if (is_required) throw UserError(where_, fmt::format("{} is missing", name));
      return;
    }
    try {
      value = found->template get<T>();
    } catch (const nlohmann::json::exception&) {
      throw UserError(where_ + ": " + name, "has the wrong type");
    }
  }
  const ordered_json* array(const char* name) {
    known_.push_back(name);
    const auto found = json_.find(name);
    if (found == json_.end() || !found->is_array())
      throw UserError(where_, fmt::format("{} must be an array", name));
    return &*found;
  }
  void finish() const {
    for (const auto& [name, value] : json_.items()) {
      if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
        throw UserError(where_ + ": " + name,
                        fmt::format("unknown field; known are {}", fmt::join(known_, ", ")));
      }
    }
  }

 private:
  const ordered_json& json_;
  std::string where_;
  std::vector<std::string> known_;
};

template <class Known>
void check_names(const std::string& where, const std::vector<std::string>& names,
                 const Known& known) {
  if (names.empty()) throw UserError(where, "names nothing");
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UserError(where + " " + name,
                      fmt::format("unknown; known are {}", fmt::join(known, ", ")));
  }
}

void check_range(const std::string& where, std::int64_t value, std::int64_t least,
                 std::int64_t most) {
  if (value < least || value > most)
    throw UserError(where, fmt::format("{} is not within {} to {}", value, least, most));
}

}  // namespace

void check(const Experiment& experiment, const std::string& where) {
  const std::string at = where.empty() ? "" : where + ": ";
  if (experiment.suite.empty()) throw UserError(at + "suite", "names no tasks");
  check_range(at + "draw", experiment.draw, 0, 100'000);
  check_range(at + "seeds", experiment.seeds, 1, 10'000);
  check_range(at + "budget", experiment.budget, 1, 100'000);
  check_range(at + "reference_budget", experiment.reference_budget, 1, 100'000);
  check_range(at + "slots", experiment.slots, 1, 4096);
  check_range(at + "context_items", experiment.context_items, 0, 1000);
  if (!(experiment.epsilon >= 0 && experiment.epsilon <= 1))
    throw UserError(at + "epsilon", fmt::format("{} is no probability", experiment.epsilon));
  if (experiment.designs.empty()) throw UserError(at + "designs", "names nothing");
  std::set<std::string> names;
  for (const Design& design : experiment.designs) {
    if (!names.insert(design.name).second)
      throw UserError(at + "design " + design.name, "is there twice");
    check_names(at + "metric", {design.metric}, metric_names());
    check_names(at + "policy", design.policies, arm_policies());
    check_names(at + "start point", design.start_points, memory::start_point_policies());
    check_names(at + "q-key", design.q_keys, std::vector<std::string>{"family", "stage"});
    check_names(at + "credit", design.credits, std::vector<std::string>{"whole", "leave_one_out"});
    check_names(at + "transfer", design.transfers, transfers());
    check_names(at + "generator", design.generators, generator_names());
    const bool has_oracle =
        std::count(design.policies.begin(), design.policies.end(), "oracle") != 0;
    if (has_oracle && design.transfers != std::vector<std::string>{"scratch"})
      throw UserError(at + "policy oracle", "begins with a bank of its own: only with scratch");
    if (design.lambdas.empty()) throw UserError(at + "lambda", "names nothing");
    for (const int lambda : design.lambdas) check_range(at + "lambda", lambda, 1, 1000);
  }
}

Experiment experiment_from_json(const std::string& text, const std::string& where) {
  ordered_json json;
  try {
    json = ordered_json::parse(text, nullptr, true, /*ignore_comments=*/true);
  } catch (const nlohmann::json::exception& error) {
    throw UserError(where, std::string("is no JSON: ") + error.what());
  }
  Experiment experiment;
  Fields fields(json, where);
  fields.read("suite", experiment.suite, true);
  fields.read("draw", experiment.draw);
  fields.read("draw_seed", experiment.draw_seed);
  fields.read("seeds", experiment.seeds);
  fields.read("budget", experiment.budget);
  fields.read("slots", experiment.slots);
  fields.read("context_items", experiment.context_items);
  fields.read("epsilon", experiment.epsilon);
  fields.read("reference_budget", experiment.reference_budget);
  int number = 0;
  for (const ordered_json& entry : *fields.array("designs")) {
    Design design;
    Fields factors(entry, fmt::format("{}: designs[{}]", where, number++));
    factors.read("name", design.name, true);
    factors.read("metric", design.metric, true);
    factors.read("policy", design.policies);
    factors.read("start_point", design.start_points);
    factors.read("lambda", design.lambdas);
    factors.read("q_key", design.q_keys);
    factors.read("credit", design.credits);
    factors.read("transfer", design.transfers);
    factors.read("generator", design.generators);
    factors.finish();
    experiment.designs.push_back(design);
  }
  fields.finish();
  check(experiment, where);
  return experiment;
}

ordered_json to_json(const Experiment& experiment) {
  ordered_json designs = ordered_json::array();
  for (const Design& design : experiment.designs) {
    designs.push_back({{"name", design.name},
                       {"metric", design.metric},
                       {"policy", design.policies},
                       {"start_point", design.start_points},
                       {"lambda", design.lambdas},
                       {"q_key", design.q_keys},
                       {"credit", design.credits},
                       {"transfer", design.transfers},
                       {"generator", design.generators}});
  }
  return {{"suite", experiment.suite},
          {"draw", experiment.draw},
          {"draw_seed", experiment.draw_seed},
          {"seeds", experiment.seeds},
          {"budget", experiment.budget},
          {"slots", experiment.slots},
          {"context_items", experiment.context_items},
          {"epsilon", experiment.epsilon},
          {"reference_budget", experiment.reference_budget},
          {"designs", designs}};
}

}  // namespace coldforge::agent::study
