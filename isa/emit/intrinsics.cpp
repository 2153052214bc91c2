#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "isa/emit.h"
#include "isa/emit/text.h"

namespace coldforge::isa {

namespace {

/// What one operand contributes to its function.
struct Parts {
  std::string template_parameter;  ///< "int Dst"
  std::string parameter;           ///< "uint32_t s"
  std::string check;               ///< "Dst >= 0 && Dst < 32"
  std::string constraint;          ///< "\"i\"(Dst)"
  std::string assembly;            ///< "x%1"
};

Parts parts_of(const Operand& operand, int position) {
  Parts parts;
  if (operand.kind == OperandKind::X) {
    const std::string name = cpp_identifier(operand.name);
    parts.assembly = fmt::format("%{}", position);
    if (operand.access != Access::Read) return parts;
    parts.parameter = "word " + name;
    parts.constraint = "\"r\"(" + name + ")";
    return parts;
  }
  const std::string name = pascal_case(operand.name);
  parts.template_parameter = "int " + name;
  parts.check =
      fmt::format("{0} >= 0 && {0} < {1}", name, operand.kind == OperandKind::Tile ? 32 : 8);
  parts.constraint = "\"i\"(" + name + ")";
  // The number of a tile or view stands in a register field of the word.
  parts.assembly = fmt::format("x%{}", position);
  return parts;
}

std::string joined(const std::string& list, const std::string& item, const char* separator = ", ") {
  return item.empty() ? list : list.empty() ? item : list + separator + item;
}

std::string function(const Instruction& instruction) {
  std::string fields[4] = {"x0", "x0", "x0", "x0"};
  std::string templates, parameters, checks, inputs, names, result;
  // The written register is asm operand 0, the others follow in order.
  int next = 0;
  for (const Operand& operand : instruction.operands) {
    if (operand.kind == OperandKind::X && operand.access != Access::Read) {
      result = cpp_identifier(operand.name);
      next = 1;
    }
  }
  for (const Operand& operand : instruction.operands) {
    const bool is_result = operand.kind == OperandKind::X && operand.access != Access::Read;
    const Parts parts = parts_of(operand, is_result ? 0 : next++);
    fields[static_cast<int>(operand.field)] = parts.assembly;
    templates = joined(templates, parts.template_parameter);
    parameters = joined(parameters, parts.parameter);
    checks = joined(checks, parts.check, " && ");
    inputs = joined(inputs, parts.constraint);
    names = joined(names, operand.name);
  }
  const std::uint32_t match = instruction.match;
  std::string words =
      fmt::format(".insn {} 0x{:02x}, {}, {}, {}, {}, {}", instruction.r4 ? "r4" : "r",
                  match & 0x7f, match >> 12 & 7, instruction.r4 ? match >> 25 & 3 : match >> 25,
                  fields[0], fields[1], fields[2]);
  if (instruction.r4) words += ", " + fields[3];

  std::string text = fmt::format("/// {} {}: {}\n", instruction.name, names, instruction.summary);
  for (const Result& value : instruction.results) {
    text +=
        fmt::format("/// {} = {}\n", instruction.operands[value.operand].name, result_text(value));
  }
  if (!templates.empty()) text += "template <" + templates + ">\n";
  text += fmt::format("inline {} {}({}) {{\n", result.empty() ? "void" : "word",
                      cpp_identifier(instruction.name), parameters);
  if (!checks.empty()) {
    text += fmt::format("  static_assert({}, \"{}: register number out of range\");\n", checks,
                        instruction.name);
  }
  if (!result.empty()) text += "  word " + result + ";\n";
  text += "  asm volatile(\"" + words + "\"";
  const std::string output = result.empty() ? "" : "\"=r\"(" + result + ")";
  const bool clobber = orders_memory(instruction);
  if (!output.empty() || !inputs.empty() || clobber)
    text += " :" + (output.empty() ? "" : " " + output) + " : " + inputs;
  if (clobber) text += " : \"memory\"";
  text += ");\n";
  if (!result.empty()) text += "  return " + result + ";\n";
  return text + "}\n";
}

}  // namespace

std::string emit_intrinsics(const Isa& isa, const Arch& arch) {
  std::string text = "// " + made_by("intrinsics.cpp", isa, arch) + "\n";
  text +=
      "#pragma once\n\n"
      "/// One function an instruction: tile and view registers are template arguments, values of "
      "x-registers are\n"
      "/// arguments. Nothing but the register numbers is checked here.\n"
      "namespace npu::isa {\n\n"
      "using word = __UINT32_TYPE__;\n\n"
      "/// Sizes of the machine, named as in its architecture file.\n"
      "namespace machine {\n\n";
  const nlohmann::ordered_json machine = to_json(arch);
  for (const auto& [group, value] : machine.items()) {
    if (value.is_number_integer()) {
      text += fmt::format("inline constexpr word {} = {};\n", group, value.get<std::int64_t>());
    }
    if (!value.is_object()) continue;
    for (const auto& [key, number] : value.items()) {
      text += fmt::format("inline constexpr word {}_{} = {};\n", group, key,
                          number.get<std::int64_t>());
    }
  }
  text += "\n}  // namespace machine\n\n";
  for (const Instruction& instruction : isa.instructions()) text += function(instruction) + "\n";
  return text + "}  // namespace npu::isa\n";
}

}  // namespace coldforge::isa
