#include "memory/item.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

using nlohmann::json;

constexpr std::string_view kKindNames[kItemKinds] = {
    "api", "trace_draft", "trace_refine", "summary_success", "summary_failure", "best_practice"};

}  // namespace

std::string_view name_of(ItemKind kind) { return kKindNames[static_cast<int>(kind)]; }

ItemKind item_kind_from(std::string_view name, std::string_view where) {
  std::string known;
  for (int i = 0; i < kItemKinds; ++i) {
    if (kKindNames[i] == name) return static_cast<ItemKind>(i);
    known += (i == 0 ? "" : ", ") + std::string(kKindNames[i]);
  }
  throw UserError(where, "unknown item kind '" + std::string(name) + "': known are " + known);
}

std::string json_text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json item_to_json(const Item& item) {
  CF_CHECK(std::isfinite(item.roofline_fraction), "an item's roofline fraction must be finite");
  json fragments = json::array();
  for (const Fragment& fragment : item.fragments) {
    fragments.push_back({fragment.hole, fragment.value, fragment.condition});
  }
  json facts = json::array();
  for (const auto& [name, value] : item.facts) {
    CF_CHECK(std::isfinite(value), "a fact's value must be finite");
    facts.push_back({name, value});
  }
  return {{"kind", name_of(item.kind)},
          {"name", item.name},
          {"pattern", item.pattern},
          {"fragments", std::move(fragments)},
          {"facts", std::move(facts)},
          {"source", item.source},
          {"text", item.text},
          {"verdict", item.verdict},
          {"failing_gate", item.failing_gate},
          {"blamed_holes", item.blamed_holes},
          {"cycles", item.cycles},
          {"roofline_fraction", item.roofline_fraction},
          {"bottleneck", item.bottleneck},
          {"task_digest", item.task_digest},
          {"task_name", item.task_name},
          {"parent", item.parent},
          {"isa", item.isa},
          {"arch", item.arch},
          {"stage", item.stage}};
}

std::string utf8_text(const std::string& bytes) {
  return json::parse(json_text(bytes)).get<std::string>();
}

std::string item_content(const Item& item) { return json_text(item_to_json(item)); }

std::string item_digest(const Item& item) { return digest_of(item_content(item)); }

Item item_from_json(const json& value, std::string_view where) {
  Item item;
  try {
    item.kind = item_kind_from(value.at("kind").get<std::string>(), where);
    value.at("name").get_to(item.name);
    value.at("pattern").get_to(item.pattern);
    for (const json& entry : value.at("fragments")) {
      item.fragments.push_back({entry.at(0).get<std::string>(), entry.at(1).get<std::string>(),
                                entry.at(2).get<std::string>()});
    }
    for (const json& entry : value.at("facts")) {
      item.facts.emplace_back(entry.at(0).get<std::string>(), entry.at(1).get<double>());
    }
    value.at("source").get_to(item.source);
    value.at("text").get_to(item.text);
    value.at("verdict").get_to(item.verdict);
    value.at("failing_gate").get_to(item.failing_gate);
    value.at("blamed_holes").get_to(item.blamed_holes);
    value.at("cycles").get_to(item.cycles);
    value.at("roofline_fraction").get_to(item.roofline_fraction);
    value.at("bottleneck").get_to(item.bottleneck);
    value.at("task_digest").get_to(item.task_digest);
    value.at("task_name").get_to(item.task_name);
    value.at("parent").get_to(item.parent);
    value.at("isa").get_to(item.isa);
    value.at("arch").get_to(item.arch);
    value.at("stage").get_to(item.stage);
  } catch (const json::exception& error) {
    throw UserError(where, std::string("is not a memory item: ") + error.what());
  }
  return item;
}

Item item_from_content(std::string_view content, std::string_view where) {
  json value = json::parse(content, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) throw UserError(where, "is not a memory item: no JSON");
  return item_from_json(value, where);
}

}  // namespace coldforge::memory
