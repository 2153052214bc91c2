#include <nlohmann/json.hpp>

#include "isa/emit.h"
#include "isa/emit/text.h"
#include "isa/rule.h"

namespace coldforge::isa {

namespace {

using nlohmann::ordered_json;

ordered_json operand_json(const Instruction& instruction, const Operand& operand) {
  ordered_json json;
  json["kind"] = name_of(operand.kind);
  json["access"] = name_of(operand.access);
  if (operand.kind == OperandKind::Tile) json["memory"] = memories_text(operand.memories);
  if (operand.types != 0) json["types"] = types_text(operand.types);
  if (operand.same_type_as >= 0) {
    json["same_type_as"] = instruction.operands[operand.same_type_as].name;
  }
  if (operand.broadcast) json["broadcast"] = true;
  if (!operand.summary.empty()) json["summary"] = operand.summary;
  return json;
}

ordered_json result_json(const Result& result) {
  ordered_json json;
  json["expr"] = result.text;
  if (!result.reduce.op.empty()) {
    ordered_json& reduce = json["reduce"];
    reduce["op"] = result.reduce.op;
    reduce["axis"] = result.reduce.axis;
    if (result.reduce.scan) reduce["scan"] = true;
    if (result.reduce.exclusive) reduce["exclusive"] = true;
  }
  return json;
}

std::string call_of(const Instruction& instruction) {
  std::string arguments;
  for (const Operand& operand : instruction.operands) {
    if (operand.kind == OperandKind::X && operand.access != Access::Read) continue;
    arguments += (arguments.empty() ? "" : ", ") + operand.name;
  }
  return "npu::" + cpp_identifier(instruction.name) + "(" + arguments + ")";
}

}  // namespace

std::vector<ApiItem> emit_api_items(const Isa& isa) {
  std::vector<ApiItem> items;
  for (const Instruction& instruction : isa.instructions()) {
    // No name in here: a renamed instruction is the same to who reads the content.
    ordered_json content;
    content["summary"] = instruction.summary;
    content["unit"] = name_of(instruction.unit);
    content["timing"] = instruction.timing;
    content["operands"] = ordered_json::object();
    for (const Operand& operand : instruction.operands) {
      content["operands"][operand.name] = operand_json(instruction, operand);
    }
    if (!instruction.exec.empty()) content["exec"] = instruction.exec;
    for (const Result& result : instruction.results) {
      content["results"][instruction.operands[result.operand].name] = result_json(result);
    }
    for (const LegalRule& rule : instruction.legal) content["legal"][rule.name] = rule.text;
    for (const std::string& rule : implied_rules(instruction)) content["implied"].push_back(rule);
    content["latency_cycles"] = expression_latency(isa, instruction).count;
    content["sfu_operations"] = sfu_nodes(isa, instruction);
    items.push_back({instruction.name, call_of(instruction), std::string(name_of(instruction.unit)),
                     content.dump()});
  }
  return items;
}

}  // namespace coldforge::isa
