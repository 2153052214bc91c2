#include <nlohmann/json.hpp>

#include "sim/base/error.h"
#include "tests/lockstep/random/scenario.h"

namespace coldforge::lockstep {
namespace {

using nlohmann::ordered_json;
using sim::TileDesc;
using sim::ViewDesc;

constexpr const char* kKinds[] = {"issue", "order", "barrier", "flag", "access", "scalar"};

ordered_json tile_json(const TileDesc& tile) {
  return {{"memory", tile.memory},
          {"type", tile.type},
          {"base", tile.base_bytes},
          {"rows", tile.rows},
          {"cols", tile.cols},
          {"row_stride", tile.row_stride},
          {"col_stride", tile.col_stride}};
}

TileDesc tile_from(const ordered_json& json) {
  TileDesc tile;
  tile.memory = json.at("memory");
  tile.type = json.at("type");
  tile.base_bytes = json.at("base");
  tile.rows = json.at("rows");
  tile.cols = json.at("cols");
  tile.row_stride = json.at("row_stride");
  tile.col_stride = json.at("col_stride");
  return tile;
}

ordered_json view_json(const ViewDesc& view) {
  ordered_json json = {{"base", view.base}, {"type", view.type}, {"pad", view.pad_bits}};
  json["levels"] = ordered_json::array();
  json["axes"] = ordered_json::array();
  for (std::uint32_t l = 0; l < view.levels; ++l) {
    json["levels"].push_back({view.level[l].extent, view.level[l].axis, view.level[l].step});
  }
  for (const ViewDesc::Axis& axis : view.axis) {
    json["axes"].push_back({axis.stride, axis.low, axis.size, axis.insertion});
  }
  return json;
}

ViewDesc view_from(const ordered_json& json) {
  ViewDesc view;
  view.base = json.at("base");
  view.type = json.at("type");
  view.pad_bits = json.at("pad");
  for (const ordered_json& level : json.at("levels")) {
    if (view.levels == ViewDesc::kMaxLevels) break;
    view.level[view.levels++] = {level.at(0), level.at(1), level.at(2)};
  }
  for (std::size_t a = 0; a < ViewDesc::kMaxLevels; ++a) {
    const ordered_json& axis = json.at("axes").at(a);
    view.axis[a] = {axis.at(0), axis.at(1), axis.at(2), axis.at(3)};
  }
  return view;
}

ordered_json command_json(const sim::Command& command) {
  ordered_json json = {{"instruction", command.instruction->name}};
  json["operands"] = ordered_json::array();
  for (std::size_t i = 0; i < command.instruction->operands.size(); ++i) {
    const isa::OperandKind kind = command.instruction->operands[i].kind;
    json["operands"].push_back(kind == isa::OperandKind::Tile   ? tile_json(command.tile[i])
                               : kind == isa::OperandKind::View ? view_json(command.view)
                                                                : ordered_json(command.x[i]));
  }
  return json;
}

sim::Command command_from(const isa::Isa& isa, const ordered_json& json, const std::string& where) {
  sim::Command command;
  const std::string name = json.at("instruction");
  command.instruction = isa.find(name);
  if (command.instruction == nullptr) {
    throw UserError(where, "the description has no instruction \"" + name + "\"");
  }
  for (std::size_t i = 0; i < command.instruction->operands.size(); ++i) {
    const ordered_json& operand = json.at("operands").at(i);
    const isa::OperandKind kind = command.instruction->operands[i].kind;
    if (kind == isa::OperandKind::Tile) command.tile[i] = tile_from(operand);
    if (kind == isa::OperandKind::View) command.view = view_from(operand);
    if (kind == isa::OperandKind::X) command.x[i] = operand;
  }
  return command;
}

Op op_from(const isa::Isa& isa, const ordered_json& json, const std::string& where) {
  Op op;
  const std::string kind = json.at("op");
  int number = 0;
  while (number < 6 && kind != kKinds[number]) ++number;
  if (number == 6) throw UserError(where, "unknown op \"" + kind + "\"");
  op.kind = static_cast<Op::Kind>(number);
  op.style = json.at("style");
  if (op.kind == Op::Kind::Issue) {
    op.command = command_from(isa, json, where);
    return op;
  }
  op.unit = json.at("unit");
  op.other = json.at("other");
  op.number = json.at("number");
  op.count = json.at("count");
  op.value = json.at("value");
  op.write = json.at("write");
  return op;
}

}  // namespace

ordered_json to_json(const Scenario& scenario) {
  ordered_json json = {{"seed", scenario.seed},
                       {"handler", scenario.handler},
                       {"drain", scenario.drain},
                       {"burst", scenario.burst}};
  json["ops"] = ordered_json::array();
  for (const Op& op : scenario.ops) {
    ordered_json entry = {{"op", kKinds[static_cast<int>(op.kind)]}, {"style", op.style}};
    if (op.kind == Op::Kind::Issue) {
      entry.update(command_json(op.command));
    } else {
      entry.update(ordered_json{{"unit", op.unit},
                                {"other", op.other},
                                {"number", op.number},
                                {"count", op.count},
                                {"value", op.value},
                                {"write", op.write}});
    }
    json["ops"].push_back(std::move(entry));
  }
  return json;
}

Scenario scenario_from_json(const isa::Isa& isa, const ordered_json& json,
                            const std::string& where) {
  Scenario scenario;
  try {
    scenario.seed = json.at("seed");
    scenario.handler = json.at("handler");
    scenario.drain = json.at("drain");
    scenario.burst = json.at("burst");
    for (const ordered_json& op : json.at("ops")) scenario.ops.push_back(op_from(isa, op, where));
  } catch (const nlohmann::json::exception& error) {
    throw UserError(where, std::string("is no scenario: ") + error.what());
  }
  return scenario;
}

}  // namespace coldforge::lockstep
