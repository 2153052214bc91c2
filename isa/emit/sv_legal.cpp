#include <fmt/format.h>

#include "isa/emit/sv_files.h"
#include "isa/emit/text.h"
#include "sim/base/error.h"

namespace coldforge::isa {

namespace {

using Step = LegalRule::Step;

const char* array_of(Step::Attr attribute) {
  switch (attribute) {
    case Step::Attr::Rows:
      return "rows";
    case Step::Attr::Cols:
      return "cols";
    case Step::Attr::RowStride:
      return "row_stride";
    case Step::Attr::ColStride:
      return "col_stride";
    case Step::Attr::Type:
      return "elem_type";
    case Step::Attr::Memory:
      return "memory";
    case Step::Attr::Value:
      return "value";
    case Step::Attr::Elems:
      return "elems";
    case Step::Attr::Levels:
      return "levels";
  }
  return "";
}

const char* operator_of(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::Add:
      return "+";
    case Step::Kind::Sub:
      return "-";
    case Step::Kind::Mul:
      return "*";
    case Step::Kind::Eq:
      return "==";
    case Step::Kind::Ne:
      return "!=";
    case Step::Kind::Lt:
      return "<";
    case Step::Kind::Le:
      return "<=";
    case Step::Kind::Gt:
      return ">";
    case Step::Kind::Ge:
      return ">=";
    case Step::Kind::And:
      return "&&";
    case Step::Kind::Or:
      return "||";
    default:
      return "";
  }
}

/// A rule as an expression over signed words of 64 bits.
std::string rule_text(const LegalRule& rule) {
  std::vector<std::string> stack;
  for (const Step& step : rule.program) {
    if (step.kind == Step::Kind::Attribute) {
      stack.push_back(fmt::format("{}_{}", array_of(step.attribute), step.operand));
    } else if (step.kind == Step::Kind::Constant) {
      stack.push_back(step.constant < 0 ? fmt::format("(-64'sd{})", -step.constant)
                                        : fmt::format("64'sd{}", step.constant));
    } else if (step.kind == Step::Kind::Not) {
      stack.back() = "(!" + stack.back() + ")";
    } else {
      const std::string right = stack.back();
      stack.pop_back();
      stack.back() = fmt::format("({} {} {})", stack.back(), operator_of(step.kind), right);
    }
  }
  CF_CHECK(stack.size() == 1, "a rule leaves one value");
  return stack.back();
}

}  // namespace

std::string emit_sv_legal(const Isa& isa, const Arch& arch) {
  std::string text = "// " + made_by("sv_legal.cpp", isa, arch) + "\n";
  text +=
      "/// The rules that the description states for an instruction (`legal`). Combinational. "
      "Those that "
      "hold\n/// without being said (types, memories, shapes, bounds) are not among them.\n"
      "/// Operand i has the i-th part of each vector; a view has its type and its number of "
      "elements "
      "there.\n"
      "module cf_legal_rules (\n"
      "  input  cf_isa_pkg::instr_e instr_i,\n"
      "  input  logic [63:0]        rows_i,        // 4 x 16\n"
      "  input  logic [63:0]        cols_i,        // 4 x 16\n"
      "  input  logic [127:0]       row_stride_i,  // 4 x 32, signed\n"
      "  input  logic [127:0]       col_stride_i,\n"
      "  input  logic [15:0]        elem_type_i,   // 4 x 4\n"
      "  input  logic [7:0]         memory_i,      // 4 x 2\n"
      "  input  logic [255:0]       elems_i,       // 4 x 64\n"
      "  input  logic [127:0]       value_i,       // 4 x 32, signed: x-registers\n"
      "  input  logic [2:0]         levels_i,      // of the view\n"
      "  output logic               is_legal_o\n);\n";
  const auto declare = [&](const char* name, int width, bool is_signed) {
    for (int i = 0; i < 4; ++i) {
      text += fmt::format("  logic signed [63:0] {}_{};\n", name, i);
      const std::string part = fmt::format("{}_i[{} +: {}]", name, i * width, width);
      if (width == 64) {
        text += fmt::format("  assign {}_{} = {};\n", name, i, part);
      } else if (is_signed) {
        text += fmt::format("  assign {0}_{1} = {{{{{2}{{{0}_i[{3}]}}}}, {4}}};\n", name, i,
                            64 - width, i * width + width - 1, part);
      } else {
        text += fmt::format("  assign {}_{} = {{{}'d0, {}}};\n", name, i, 64 - width, part);
      }
    }
  };
  declare("rows", 16, false);
  declare("cols", 16, false);
  declare("row_stride", 32, true);
  declare("col_stride", 32, true);
  declare("elem_type", 4, false);
  declare("memory", 2, false);
  declare("elems", 64, false);
  declare("value", 32, true);
  for (int i = 0; i < 4; ++i) {
    text += fmt::format(
        "  logic signed [63:0] levels_{0};\n  assign levels_{0} = {{61'd0, levels_i}};\n", i);
  }
  text += "\n  always_comb begin\n    case (instr_i)\n";
  for (const Instruction& instruction : isa.instructions()) {
    if (instruction.legal.empty()) continue;
    std::string rules;
    for (const LegalRule& rule : instruction.legal) {
      rules += (rules.empty() ? "" : " && ") + rule_text(rule);
    }
    text += fmt::format("      cf_isa_pkg::INSTR_{}: is_legal_o = {};\n",
                        upper_case(instruction.name), rules);
  }
  text += "      default: is_legal_o = 1'b1;\n    endcase\n  end\n\n";
  std::string unused;
  for (const char* name : {"rows", "cols", "row_stride", "col_stride", "elem_type", "memory",
                           "elems", "value", "levels"}) {
    for (int i = 0; i < 4; ++i) unused += fmt::format(", {}_{}", name, i);
  }
  text += "  logic unused_ok;  // which attributes rules ask for is the description's business\n";
  return text + "  assign unused_ok = &{1'b0" + unused + "};\nendmodule\n";
}

}  // namespace coldforge::isa
