#include <fmt/format.h>

#include <algorithm>

#include "isa/emit.h"
#include "isa/emit/text.h"
#include "isa/rule.h"

namespace coldforge::isa {

namespace {

/// "0000000 rs2 rs1 011 rd 0001011": the word from its top bit, operands by name.
std::string encoding_of(const Instruction& instruction) {
  std::string field[4];
  for (const Operand& operand : instruction.operands) {
    field[static_cast<int>(operand.field)] = operand.name;
  }
  for (auto& name : field) {
    if (name.empty()) name = "00000";
  }
  const std::uint32_t match = instruction.match;
  const std::string upper = instruction.r4 ? fmt::format("{} {:02b}", field[3], match >> 25 & 3)
                                           : fmt::format("{:07b}", match >> 25);
  return fmt::format("{} {} {} {:03b} {} {:07b}", upper, field[2], field[1], match >> 12 & 7,
                     field[0], match & 0x7f);
}

std::string operand_row(const Instruction& instruction, const Operand& operand) {
  std::string notes = operand.summary;
  const auto note = [&](const std::string& text) { notes += (notes.empty() ? "" : "; ") + text; };
  if (operand.same_type_as >= 0) {
    note("type of " + instruction.operands[operand.same_type_as].name);
  }
  if (operand.broadcast) note("extent 1 stands for any");
  std::string types = types_text(operand.types);
  std::string memories = operand.kind == OperandKind::Tile ? memories_text(operand.memories) : "";
  std::replace(types.begin(), types.end(), '|', ' ');
  std::replace(memories.begin(), memories.end(), '|', ' ');
  std::string access(name_of(operand.access));
  std::replace(access.begin(), access.end(), '_', ' ');
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", operand.name, name_of(operand.field),
                     name_of(operand.kind), access, memories, types, notes);
}

/// Where a class of instructions spends its time on a machine. sim/README.md has the whole
/// contract.
std::string class_text(const Isa& isa, const Instruction& instruction, const Arch& arch) {
  const std::string& timing = instruction.timing;
  if (timing == "config") return "One cycle in the scalar core; no queue.";
  if (timing == "sync") return "One cycle at the head of its queue, once its condition holds.";
  if (timing == "gets") {
    return "One line through the queue of the vector engine; the scalar core waits for the value.";
  }
  if (timing == "load") {
    return fmt::format(
        "At best one bus beat of {} bytes a cycle; the first after {} cycles (row hit) or {} "
        "(miss).",
        arch.bus.beat_bytes, arch.dram.row_hit_cycles.count, arch.dram.row_miss_cycles.count);
  }
  if (timing == "store") {
    return fmt::format(
        "At best one bus beat of {} bytes a cycle; done {} cycles after the last one.",
        arch.bus.beat_bytes, arch.dram.write_response_cycles.count);
  }
  if (timing == "matmul") {
    return fmt::format("A {} x {} array: {} multiply-adds a cycle at best.", arch.matrix.rows,
                       arch.matrix.cols, arch.matrix.rows * arch.matrix.cols);
  }
  const std::int64_t sfu = sfu_nodes(isa, instruction);
  const std::int64_t interval =
      std::max<std::int64_t>(1, sfu * arch.vector.lanes / arch.vector.sfu_elems_per_cycle);
  const std::int64_t latency = expression_latency(isa, instruction).count;
  return fmt::format(
      "Latency of the expression: {} cycle{}. Initiation interval: {} cycle{} a beat of {} "
      "elements.",
      latency, latency == 1 ? "" : "s", interval, interval == 1 ? "" : "s", arch.vector.lanes);
}

std::string entry(const Isa& isa, const Instruction& instruction, const Arch& arch) {
  std::string call = instruction.name;
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    call += (i == 0 ? " " : ", ") + instruction.operands[i].name;
  }
  std::string text = fmt::format("### {}\n\n{}\n\n    {}\n    {}\n\n", instruction.name,
                                 instruction.summary, call, encoding_of(instruction));
  text +=
      "| operand | field | kind | access | memory | types | notes |\n| --- | --- | --- | --- | --- "
      "| --- | --- |\n";
  for (const Operand& operand : instruction.operands) text += operand_row(instruction, operand);
  text += "\n";
  for (const Result& result : instruction.results) {
    text += fmt::format("- `{} = {}`\n", instruction.operands[result.operand].name,
                        result_text(result));
  }
  for (const LegalRule& rule : instruction.legal)
    text += fmt::format("- legal, {}: `{}`\n", rule.name, rule.text);
  for (const std::string& rule : implied_rules(instruction))
    text += fmt::format("- legal: `{}`\n", rule);
  text += fmt::format("- {} unit, timing class {}. {}\n", name_of(instruction.unit),
                      instruction.timing, class_text(isa, instruction, arch));
  if (!instruction.prose.empty()) text += "\n" + instruction.prose + "\n";
  return text + "\n";
}

std::string operations(const Isa& isa) {
  std::string text =
      "## Operations\n\nWhat expressions are made of. Lanes are fp32 or int32.\n\n"
      "| operation | lanes | latency | SFU | meaning | special values |\n| --- | --- | --- | --- | "
      "--- | --- |\n";
  for (const Operation& op : isa.operations()) {
    std::string lanes;
    for (const auto& [lane, function] : op.functions) lanes += (lanes.empty() ? "" : " ") + lane;
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", op.name, lanes, op.latency.count,
                        op.sfu ? "yes" : "", op.summary, op.special_values);
  }
  return text + "\n";
}

}  // namespace

std::string emit_manual(const Isa& isa, const Arch& arch) {
  std::string text =
      fmt::format("<!-- {} -->\n# Instructions of the NPU\n\n", made_by("manual.cpp", isa, arch));
  text += fmt::format(
      "{} instructions on the machine \"{}\". Registers: tiles t0 to t31, views v0 to v7, "
      "x-registers of the scalar core.\n"
      "An encoding is written from bit 31 down; fields without use are 0. Words: isa/README.md. "
      "Time: sim/README.md.\n\n",
      isa.instructions().size(), arch.name);
  std::string group;
  for (const Instruction& instruction : isa.instructions()) {
    if (instruction.group != group) {
      group = instruction.group;
      std::string title = group;
      std::replace(title.begin(), title.end(), '_', ' ');
      text += fmt::format("## {}\n\n", title);
    }
    text += entry(isa, instruction, arch);
  }
  return text + operations(isa);
}

std::string emit_manual_entry(const Isa& isa, const Instruction& instruction, const Arch& arch) {
  return entry(isa, instruction, arch);
}

}  // namespace coldforge::isa
