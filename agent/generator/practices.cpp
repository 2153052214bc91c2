#include "agent/generator/practices.h"

#include <nlohmann/json.hpp>

#include "isa/isa.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::agent {
namespace {

std::string practices_path() { return isa::share_dir() + "/agent/generator/seed_practices.json"; }

}  // namespace

std::vector<memory::Item> best_practices() {
  const std::string path = practices_path();
  const auto json = nlohmann::ordered_json::parse(read_file(path), nullptr, false);
  if (!json.is_object()) throw UserError(path, "must be a JSON object of practices by name");
  std::vector<memory::Item> items;
  for (const auto& [name, practice] : json.items()) {
    memory::Item item;
    item.kind = memory::ItemKind::BestPractice;
    item.name = name;
    if (!practice.is_object() || !practice.contains("advice") || !practice.contains("holes")) {
      throw UserError(path + ": " + name, "must have `advice` and `holes`");
    }
    item.text = practice.at("advice").get<std::string>();
    item.bottleneck = practice.value("bottleneck", "");
    item.facts = {{"bottleneck:" + item.bottleneck, 1.0}};
    for (const auto& [hole, values] : practice.at("holes").items()) {
      for (const auto& value : values) {
        item.fragments.push_back({hole, value.get<std::string>(), practice.value("condition", "")});
      }
    }
    items.push_back(item);
  }
  return items;
}

}  // namespace coldforge::agent
