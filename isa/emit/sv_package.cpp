#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "isa/emit.h"
#include "isa/emit/text.h"

namespace coldforge::isa {

namespace {

/// "32'b0000000??????????011?????0001011": a casez pattern of the fixed bits.
std::string pattern_of(const Instruction& instruction) {
  std::string bits = "32'b";
  for (int bit = 31; bit >= 0; --bit) {
    bits += instruction.mask >> bit & 1 ? (instruction.match >> bit & 1 ? '1' : '0') : '?';
  }
  return bits;
}

std::string enumerator(const Instruction& instruction) {
  return "INSTR_" + upper_case(instruction.name);
}

/// Inside functions, names of the package are qualified: Yosys 0.23 looks them up where the
/// function is called.
const std::string kScope = "cf_isa_pkg::";

/// A function of the instruction's number that gives a small constant: one case item a value that
/// occurs.
template <typename F>
std::string table(const Isa& isa, const std::string& name, const std::string& type,
                  const std::string& comment, const std::string& otherwise, F&& value) {
  std::string text =
      fmt::format("  // {}\n  function automatic {} {}(input logic [{}INSTR_W-1:0] instr);\n",
                  comment, type, name, kScope);
  text += fmt::format("    case (instr)\n");
  for (const Instruction& instruction : isa.instructions()) {
    const std::string v = value(instruction);
    if (v != otherwise)
      text += fmt::format("      {}{}: {} = {};\n", kScope, enumerator(instruction), name, v);
  }
  text += fmt::format("      default: {} = {};\n    endcase\n  endfunction\n\n", name, otherwise);
  return text;
}

std::string unit_enumerator(Unit unit) { return "UNIT_" + upper_case(std::string(name_of(unit))); }

int bits_for(std::size_t count) {
  int bits = 1;
  while ((std::size_t{1} << bits) < count) ++bits;
  return bits;
}

}  // namespace

std::string emit_sv_package(const Isa& isa, const Arch& arch) {
  std::string text = "// " + made_by("sv_package.cpp", isa, arch) + "\n";
  text +=
      "// Names of the RTL for everything that the description and the architecture file "
      "fix.\npackage cf_isa_pkg;\n\n";
  text += "  // Sizes of the machine.\n";
  const nlohmann::ordered_json machine = to_json(arch);
  for (const auto& [group, value] : machine.items()) {
    if (value.is_number_integer()) {
      text += fmt::format("  localparam int unsigned {} = {};\n", upper_case(group),
                          value.get<std::int64_t>());
    }
    if (!value.is_object()) continue;
    for (const auto& [key, number] : value.items()) {
      text += fmt::format("  localparam int unsigned {}_{} = {};\n", upper_case(group),
                          upper_case(key), number.get<std::int64_t>());
    }
  }
  text += "\n  // Element types, as descriptors carry them.\n  typedef enum logic [3:0] {\n";
  for (int t = 0; t < kElementTypes; ++t) {
    text += fmt::format("    TYPE_{} = 4'd{}{}\n",
                        upper_case(std::string(name_of(static_cast<ElementType>(t)))), t,
                        t + 1 < kElementTypes ? "," : "");
  }
  text +=
      "  } elem_type_e;\n\n  // Tile memories, as descriptors carry them.\n  typedef enum logic "
      "[1:0] {\n";
  for (int m = 0; m < kMemories; ++m) {
    text += fmt::format("    MEM_{} = 2'd{}{}\n",
                        upper_case(std::string(name_of(static_cast<Memory>(m)))), m,
                        m + 1 < kMemories ? "," : "");
  }
  text +=
      "  } memory_e;\n\n  // Units, numbered as in engine masks.\n  typedef enum logic [2:0] {\n";
  for (int u = 0; u < kUnits; ++u) {
    text += fmt::format("    {} = 3'd{}{}\n", unit_enumerator(static_cast<Unit>(u)), u,
                        u + 1 < kUnits ? "," : "");
  }
  const int width = bits_for(isa.instructions().size() + 1);
  text += fmt::format(
      "  }} unit_e;\n\n  // Instructions; INSTR_NONE is every other word.\n"
      "  localparam int unsigned INSTR_W = {};\n  typedef enum logic [{}:0] {{\n",
      width, width - 1);
  for (const Instruction& instruction : isa.instructions()) {
    text += fmt::format("    {} = {}'d{},\n", enumerator(instruction), width, instruction.id);
  }
  text +=
      fmt::format("    INSTR_NONE = {}'d{}\n  }} instr_e;\n\n", width, isa.instructions().size());

  text +=
      "  // Register fields of a word.\n"
      "  localparam int unsigned RD_LSB = 7;\n  localparam int unsigned RS1_LSB = 15;\n"
      "  localparam int unsigned RS2_LSB = 20;\n  localparam int unsigned RS3_LSB = 27;\n\n"
      "  // The instruction of a word; fields without use must be 0.\n"
      "  function automatic instr_e decode(input logic [31:0] word);\n    casez (word)\n";
  for (const Instruction& instruction : isa.instructions()) {
    text += fmt::format("      {}: decode = {}{};\n", pattern_of(instruction), kScope,
                        enumerator(instruction));
  }
  text += "      default: decode = cf_isa_pkg::INSTR_NONE;\n    endcase\n  endfunction\n\n";
  text += table(isa, "unit_of", "unit_e", "Who executes an instruction.", kScope + "UNIT_SCALAR",
                [](const Instruction& i) { return kScope + unit_enumerator(i.unit); });
  text += table(
      isa, "expression_latency", "logic [7:0]",
      "Cycles that an instruction's expression adds to its unit's pipeline.", "8'd0",
      [&](const Instruction& i) { return fmt::format("8'd{}", expression_latency(isa, i).count); });
  text += table(isa, "sfu_operations", "logic [3:0]",
                "Operations of an instruction that go through the special-function unit.", "4'd0",
                [&](const Instruction& i) { return fmt::format("4'd{}", sfu_nodes(isa, i)); });
  return text + "endpackage\n";
}

}  // namespace coldforge::isa
