#include <fmt/format.h>

#include "kernels/build/device_headers.h"
#include "sim/base/error.h"

namespace coldforge::kernels {
namespace {

using isa::Instruction;
using isa::Operand;
using isa::OperandKind;

/// Semantics that the hand-written library is built on; those of tset and twait exist once a unit.
constexpr const char* kDescriptors[] = {"tnew",    "tbase",   "tstride", "tshape",  "tsubview",
                                        "vnew",    "vbase",   "vlevel",  "vwindow", "vbound",
                                        "vinsert", "vstride", "tbarrier"};

bool is_flag(const Instruction& instruction) {
  return instruction.exec == "tset" || instruction.exec == "twait" ||
         instruction.exec.rfind("tset.", 0) == 0 || instruction.exec.rfind("twait.", 0) == 0;
}

std::string cpp_name(const std::string& mnemonic) {
  std::string name = mnemonic;
  for (char& c : name) {
    if (c == '.') c = '_';
  }
  return name;
}

/// A thin function under a fixed name: registers as template arguments, the rest as uint32_t.
std::string alias(const std::string& name, const Instruction& instruction) {
  std::string templates, registers, parameters, arguments;
  for (const Operand& operand : instruction.operands) {
    const std::string id = identifier_of(operand.name);
    if (operand.kind == OperandKind::X) {
      parameters += (parameters.empty() ? "uint32_t " : ", uint32_t ") + id;
      arguments += (arguments.empty() ? "" : ", ") + id;
    } else {
      templates += (templates.empty() ? "int " : ", int ") + id;
      registers += (registers.empty() ? "" : ", ") + id;
    }
  }
  std::string text;
  if (!templates.empty()) text += "template <" + templates + ">\n";
  text += "inline void " + name + "(" + parameters + ") {\n  isa::" + cpp_name(instruction.name);
  if (!registers.empty()) text += "<" + registers + ">";
  return text + "(" + arguments + ");\n}\n";
}

std::string list_of(std::uint8_t mask, int count, bool memories) {
  std::string text;
  for (int bit = 0, left = __builtin_popcount(mask); bit < count; ++bit) {
    if ((mask >> bit & 1) == 0) continue;
    --left;
    const std::string_view name = memories ? isa::name_of(static_cast<isa::Memory>(bit))
                                           : name_of(static_cast<ElementType>(bit));
    text += std::string(name) + (left > 1 ? ", " : left == 1 ? " or " : "");
  }
  return text;
}

/// The operand that says whether the lanes of an instruction are fp32 or int32, for a scalar
/// operand that may be either.
int lane_operand(const Instruction& instruction, const Operand& scalar) {
  if (scalar.same_type_as >= 0) return scalar.same_type_as;
  int fallback = -1;
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    const Operand& operand = instruction.operands[i];
    if (operand.kind != OperandKind::Tile) continue;
    if (fallback < 0) fallback = static_cast<int>(i);
    // Not the mask of a select, which is int32 whatever the branches are.
    if (operand.access == isa::Access::Read && operand.types == scalar.types) {
      return static_cast<int>(i);
    }
  }
  return fallback;
}

/// How a scalar operand becomes the content of an x-register.
std::string scalar_argument(const Instruction& instruction, const Operand& operand,
                            const std::vector<std::string>& classes) {
  const std::string id = identifier_of(operand.name);
  const bool fp32 = (operand.types >> static_cast<int>(ElementType::Fp32) & 1) != 0;
  const bool int32 = (operand.types >> static_cast<int>(ElementType::Int32) & 1) != 0;
  if (fp32 && int32) {
    const int lanes = lane_operand(instruction, operand);
    if (lanes >= 0 &&
        instruction.operands[static_cast<std::size_t>(lanes)].kind == OperandKind::Tile) {
      return fmt::format("detail::lane<detail::float_lanes<{}>()>({})",
                         classes[static_cast<std::size_t>(lanes)], id);
    }
  }
  return fmt::format("detail::lane<{}>({})", fp32 && !int32 ? "true" : "false", id);
}

std::string typed_function(const Instruction& instruction) {
  std::vector<std::string> classes;  // template parameter of each operand
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    classes.push_back(fmt::format("O{}", i));
  }
  std::string templates, parameters, checks, registers, arguments, result;
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    const Operand& operand = instruction.operands[i];
    const std::string id = identifier_of(operand.name);
    if (operand.kind == OperandKind::X && operand.access != isa::Access::Read) {
      result = id;
      continue;
    }
    templates += (templates.empty() ? "class " : ", class ") + classes[i];
    parameters += (parameters.empty() ? "" : ", ") + classes[i] +
                  (operand.kind == OperandKind::X ? " " + id : " /*" + operand.name + "*/");
    if (operand.kind == OperandKind::X) {
      arguments += (arguments.empty() ? "" : ", ") + scalar_argument(instruction, operand, classes);
      continue;
    }
    registers += (registers.empty() ? "" : ", ") + fmt::format("detail::reg_of<{}>", classes[i]);
    if (operand.kind == OperandKind::View) {
      checks += fmt::format("  static_assert(detail::is_view<{0}>, \"{1}: {2} must be a view\");\n",
                            classes[i], instruction.name, operand.name);
      continue;
    }
    checks += fmt::format(
        "  static_assert(detail::in_memory<{0}>({1:#x}), \"{2}: {3} must be a tile in {4}\");\n",
        classes[i], operand.memories, instruction.name, operand.name,
        list_of(operand.memories, isa::kMemories, true));
    checks +=
        fmt::format("  static_assert(detail::has_type<{0}>({1:#x}), \"{2}: {3} must hold {4}\");\n",
                    classes[i], operand.types, instruction.name, operand.name,
                    list_of(operand.types, kElementTypes, false));
    if (operand.same_type_as >= 0) {
      const auto other = static_cast<std::size_t>(operand.same_type_as);
      checks += fmt::format(
          "  static_assert(detail::same_type<{0}, {1}>(), \"{2}: {3} must have the element type of "
          "{4}\");\n",
          classes[i], classes[other], instruction.name, operand.name,
          instruction.operands[other].name);
    }
  }
  std::string text = "/// " + instruction.summary + "\n";
  for (const isa::Result& value : instruction.results) {
    text += "///   " + instruction.operands[static_cast<std::size_t>(value.operand)].name + " = ";
    text += value.reduce.op.empty()
                ? value.text
                : fmt::format("{}{} of {} over {}", value.reduce.scan ? "scan " : "",
                              value.reduce.op, value.text, value.reduce.axis);
    text += "\n";
  }
  if (!templates.empty()) text += "template <" + templates + ">\n";
  const std::string call = "isa::" + cpp_name(instruction.name) +
                           (registers.empty() ? "" : "<" + registers + ">") + "(" + arguments + ")";
  if (result.empty()) {
    return text + "inline void " + cpp_name(instruction.name) + "(" + parameters + ") {\n" +
           checks + "  " + call + ";\n}\n";
  }
  std::string source = "O0";
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    if (instruction.operands[i].kind == OperandKind::Tile) source = classes[i];
  }
  return text + "inline auto " + cpp_name(instruction.name) + "(" + parameters + ") {\n" + checks +
         "  return detail::from_lane<detail::float_lanes<" + source + ">()>(" + call + ");\n}\n";
}

std::string banner(const char* file, const isa::Isa& isa) {
  return fmt::format(
      "// {}: made by kernels/build from the instruction set {:.12}.\n#pragma once\n\n", file,
      isa.digest());
}

}  // namespace

std::string emit_builtin_header(const isa::Isa& isa) {
  std::string text = banner("npu_builtin.h", isa);
  text += "namespace npu::builtin {\n\n";
  for (const char* name : kDescriptors) {
    const Instruction* found = nullptr;
    for (const Instruction& instruction : isa.instructions()) {
      if (instruction.exec == name) found = &instruction;
    }
    if (found == nullptr) {
      throw UserError("instruction set", fmt::format("no instruction has exec = \"{}\", which the "
                                                     "kernel library is built on",
                                                     name));
    }
    text += alias(name, *found) + "\n";
  }
  for (const Instruction& instruction : isa.instructions()) {
    if (!is_flag(instruction)) continue;
    // The scalar core's own flag operations are told from the engines' by their unit.
    const std::string kind = instruction.exec.rfind("tset", 0) == 0 ? "tset_" : "twait_";
    text += alias(kind + std::string(isa::name_of(instruction.unit)), instruction) + "\n";
  }
  return text + "}  // namespace npu::builtin\n";
}

std::string emit_ops_header(const isa::Isa& isa) {
  std::string text = banner("npu_ops.h", isa);
  text +=
      "namespace npu {\nnamespace detail {\n\n"
      "template <bool AsFloat>\nconstexpr auto from_lane(uint32_t bits) {\n"
      "  if constexpr (AsFloat) {\n    return __builtin_bit_cast(float, bits);\n  } else {\n"
      "    return static_cast<int32_t>(bits);\n  }\n}\n\n}  // namespace detail\n\n";
  for (const Instruction& instruction : isa.instructions()) {
    text += typed_function(instruction) + "\n";
  }
  return text + "}  // namespace npu\n";
}

}  // namespace coldforge::kernels
