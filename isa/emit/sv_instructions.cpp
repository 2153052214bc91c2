#include <fmt/format.h>

#include <algorithm>

#include "isa/emit.h"
#include "isa/emit/sv_files.h"
#include "isa/emit/text.h"
#include "isa/json_file.h"
#include "sim/base/error.h"

namespace coldforge::isa {

namespace {

constexpr std::size_t kOperands = 4;
constexpr int kNoOperand = 7;

/// Built-in semantics that the RTL has, in the order of exec_e; the first is "none: an expression".
const std::vector<std::string> kExecs = {
    "",          "tnew",     "tbase",       "tstride", "tshape",  "tsubview", "vnew",
    "vbase",     "vinsert",  "vstride",     "vlevel",  "vwindow", "vbound",   "tset",
    "twait",     "tbarrier", "tgets",       "tload",   "tstore",  "tmov",     "tmov.t",
    "tmov.view", "tmatmul",  "tmatmul.acc", "ttrans",  "tgather", "tci"};
const std::vector<std::string> kReductions = {"", "add", "mul", "max", "min", "argmax", "argmin"};
const std::vector<std::string> kShapes = {"rows", "columns", "transpose", "gather", "view", "get"};

std::string name_or(const std::string& name, const std::string& none) {
  return name.empty() ? none : upper_case(name);
}

std::string enum_text(const std::string& type, const std::string& prefix, int width,
                      const std::vector<std::string>& names, const std::string& none) {
  std::string text = fmt::format("  typedef enum logic [{}:0] {{\n", width - 1);
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += fmt::format("    {}_{} = {}'d{}{}\n", prefix, name_or(names[i], none), width, i,
                        i + 1 < names.size() ? "," : "");
  }
  return text + "  } " + type + ";\n\n";
}

std::string exec_of(const Instruction& instruction) {
  if (std::find(kExecs.begin(), kExecs.end(), instruction.exec) == kExecs.end()) {
    throw UserError(instruction.name, "the RTL has no semantics \"" + instruction.exec + "\"");
  }
  return "cf_instr_pkg::EXEC_" + name_or(instruction.exec, "EXPRESSION");
}

const Result* reduction_of(const Instruction& instruction, int operand) {
  for (const Result& result : instruction.results) {
    if (result.operand == operand && !result.reduce.op.empty()) return &result;
  }
  return nullptr;
}

/// As the timing contract names the orders of beats.
std::string shape_of(const Instruction& instruction) {
  std::string shape = "rows";
  for (const Result& result : instruction.results) {
    if (result.reduce.axis == "rows") shape = "columns";
  }
  if (instruction.exec == "ttrans" || instruction.exec == "tmov.t") shape = "transpose";
  if (instruction.exec == "tgather") shape = "gather";
  if (instruction.exec == "tmov.view") shape = "view";
  if (instruction.exec == "tgets") shape = "get";
  return "cf_instr_pkg::SHAPE_" + upper_case(shape);
}

bool reduces_along_a_row(const Instruction& instruction) {
  return std::any_of(instruction.results.begin(), instruction.results.end(), [](const Result& r) {
    return !r.reduce.op.empty() && !r.reduce.scan && r.reduce.axis == "cols";
  });
}

int lane_operations(const Instruction& instruction) {
  int operations = 0;
  for (const Result& result : instruction.results) {
    operations += static_cast<int>(
        std::count_if(result.nodes.begin(), result.nodes.end(),
                      [](const ExprNode& node) { return node.kind == ExprNode::Kind::Op; }));
    operations += result.reduce.op.empty() ? 0 : 1;
  }
  return std::max(1, operations);
}

/// The bits of operand_t, first member first.
std::string operand_bits(const Operand& operand) {
  const int kind = operand.kind == OperandKind::Tile   ? 1
                   : operand.kind == OperandKind::View ? 2
                                                       : 3;
  const int same = operand.same_type_as < 0 ? kNoOperand : operand.same_type_as;
  return fmt::format("{{2'd{}, 2'd{}, 1'b{}, 1'b{}, 1'b{}, 4'b{:04b}, 8'b{:08b}, 3'd{}}}",
                     static_cast<int>(operand.field), kind, operand.access != Access::Write ? 1 : 0,
                     operand.access != Access::Read ? 1 : 0, operand.broadcast ? 1 : 0,
                     operand.memories, operand.types, same);
}

std::string reduce_bits(const Result& result) {
  const auto op = std::find(kReductions.begin(), kReductions.end(), result.reduce.op);
  CF_CHECK(op != kReductions.end(), "the loader knows all reductions");
  return fmt::format("{{3'd{}, 1'b{}, 1'b{}, 1'b{}}}", op - kReductions.begin(),
                     result.reduce.axis == "rows" ? 1 : 0, result.reduce.scan ? 1 : 0,
                     result.reduce.exclusive ? 1 : 0);
}

/// Operands of an instruction that `takes` accepts, a bit each.
template <typename F>
int operand_mask(const Instruction& instruction, F&& takes) {
  int mask = 0;
  for (std::size_t i = 0; i < instruction.operands.size() && i < kOperands; ++i) {
    if (takes(instruction.operands[i])) mask |= 1 << i;
  }
  return mask;
}

template <typename F>
std::string table(const Isa& isa, const std::string& name, const std::string& type,
                  const std::string& comment, const std::string& otherwise, F&& value) {
  std::string text = fmt::format(
      "  // {}\n  function automatic {} {}(input logic [cf_isa_pkg::INSTR_W-1:0] instr);\n    case "
      "(instr)\n",
      comment, type, name);
  for (const Instruction& instruction : isa.instructions()) {
    const std::string v = value(instruction);
    if (v == otherwise) continue;
    text += fmt::format("      cf_isa_pkg::INSTR_{}: {} = {};\n", upper_case(instruction.name),
                        name, v);
  }
  return text +
         fmt::format("      default: {} = {};\n    endcase\n  endfunction\n\n", name, otherwise);
}

/// The same for each of the four operands.
template <typename F>
std::string operand_table(const Isa& isa, const std::string& name, const std::string& type,
                          const std::string& comment, const std::string& otherwise, F&& value) {
  std::string text = fmt::format(
      "  // {}\n  function automatic {} {}(input logic [cf_isa_pkg::INSTR_W-1:0] instr, input "
      "logic [1:0] "
      "operand);\n    case ({{instr, operand}})\n",
      comment, type, name);
  for (const Instruction& instruction : isa.instructions()) {
    for (std::size_t i = 0; i < instruction.operands.size() && i < kOperands; ++i) {
      const std::string v = value(instruction, static_cast<int>(i));
      if (v.empty()) continue;
      text += fmt::format("      {{cf_isa_pkg::INSTR_{}, 2'd{}}}: {} = {};\n",
                          upper_case(instruction.name), i, name, v);
    }
  }
  return text +
         fmt::format("      default: {} = {};\n    endcase\n  endfunction\n\n", name, otherwise);
}

}  // namespace

std::string emit_sv_instructions(const Isa& isa, const Arch& arch) {
  std::string text = "// " + made_by("sv_instructions.cpp", isa, arch) + "\n";
  text +=
      "// Facts of each instruction, as functions of its number. Operands are numbered as the "
      "description lists them.\npackage cf_instr_pkg;\n\n"
      "  // What an instruction does if its description has no expression for it.\n";
  text += enum_text("exec_e", "EXEC", 5, kExecs, "EXPRESSION");
  text += "  // Order of beats (sim/README.md, \"Beats\").\n";
  text += enum_text("shape_e", "SHAPE", 3, kShapes, "");
  text += "  // Reductions and scans.\n" + enum_text("reduce_e", "REDUCE", 3, kReductions, "NONE");
  text +=
      "  typedef enum logic [1:0] {\n    KIND_NONE = 2'd0,\n    KIND_TILE = 2'd1,\n"
      "    KIND_VIEW = 2'd2,\n    KIND_X = 2'd3\n  } kind_e;\n\n"
      "  // One operand. `field`: 0 rd, 1 rs1, 2 rs2, 3 rs3. Bit m of `memories`, bit t of "
      "`types`: it "
      "may lie there,\n  // have that type. `same_type`: the operand whose type it must have, 7 = "
      "none.\n"
      "  typedef struct packed {\n    logic [1:0] field;\n    kind_e      kind;\n"
      "    logic       is_read;\n    logic       is_written;\n    logic       is_broadcast;\n"
      "    logic [3:0] memories;\n    logic [7:0] types;\n    logic [2:0] same_type;\n"
      "  } operand_t;\n\n"
      "  // How a result is reduced. `down_rows`: over the rows, one element a column; else along "
      "a "
      "row.\n"
      "  typedef struct packed {\n    reduce_e op;\n    logic    down_rows;\n    logic    "
      "is_scan;\n"
      "    logic    is_exclusive;\n  } reduction_t;\n\n"
      "  localparam logic [2:0] NO_OPERAND = 3'd7;\n\n";
  const auto tiles = [](auto&& condition) {
    return [condition](const Instruction& instruction) {
      return fmt::format("4'b{:04b}", operand_mask(instruction, [&](const Operand& operand) {
                           return operand.kind == OperandKind::Tile && condition(operand);
                         }));
    };
  };
  text +=
      table(isa, "exec_of", "exec_e", "Its semantics.", "cf_instr_pkg::EXEC_EXPRESSION", exec_of);
  text += table(isa, "shape_of", "shape_e", "The order of its beats.", "cf_instr_pkg::SHAPE_ROWS",
                shape_of);
  text += table(isa, "tiles_of", "logic [3:0]", "Operands that are tiles.", "4'b0000",
                tiles([](const Operand&) { return true; }));
  text += table(isa, "sources_of", "logic [3:0]", "Tile operands that are read.", "4'b0000",
                tiles([](const Operand& operand) { return operand.access != Access::Write; }));
  text += table(isa, "results_of", "logic [3:0]", "Tile operands that are written.", "4'b0000",
                tiles([](const Operand& operand) { return operand.access != Access::Read; }));
  text +=
      table(isa, "pipe_latency", "logic [9:0]",
            "L of the timing contract: last fetch step of a beat to its first write, without the "
            "conversion of a move.",
            "10'd2", [&](const Instruction& i) {
              return fmt::format("10'd{}", 2 + expression_latency(isa, i).count +
                                               (reduces_along_a_row(i) ? 6 : 0));
            });
  text += table(isa, "sfu_steps", "logic [9:0]",
                "Least steps of a beat: what the special-function unit takes for one.", "10'd0",
                [&](const Instruction& i) {
                  return fmt::format("10'd{}", sfu_nodes(isa, i) * arch.vector.lanes /
                                                   arch.vector.sfu_elems_per_cycle);
                });
  text +=
      table(isa, "lane_operations", "logic [6:0]", "Operations on an element, for the statistics.",
            "7'd1", [](const Instruction& i) { return fmt::format("7'd{}", lane_operations(i)); });
  text += table(isa, "has_expression", "logic", "Its results are expressions.", "1'b0",
                [](const Instruction& i) { return i.results.empty() ? "1'b0" : "1'b1"; });
  text += table(isa, "works_in_place", "logic", "A result may be the same rectangle as a source.",
                "1'b0", [](const Instruction& i) {
                  const bool plain = std::all_of(
                      i.results.begin(), i.results.end(),
                      [](const Result& r) { return r.reduce.op.empty() || r.reduce.scan; });
                  return i.exec == "tmov" || (!i.results.empty() && plain) ? "1'b1" : "1'b0";
                });
  text += operand_table(isa, "operand_of", "operand_t", "An operand; KIND_NONE if there is none.",
                        "22'd7", [](const Instruction& i, int operand) {
                          return operand_bits(i.operands[static_cast<std::size_t>(operand)]);
                        });
  text +=
      operand_table(isa, "reduction_of", "reduction_t", "How the result in an operand is reduced.",
                    "6'd0", [](const Instruction& i, int operand) {
                      const Result* result = reduction_of(i, operand);
                      return result == nullptr ? std::string() : reduce_bits(*result);
                    });
  return text + "endpackage\n";
}

/// Sizes that cf_npu_pkg needs as literals.
std::string emit_sv_sizes(const Isa& isa, const Arch& arch) {
  const auto bits_for = [](std::int64_t values) {
    int bits = 1;
    while ((std::int64_t{1} << bits) < values) ++bits;
    return bits;
  };
  const std::int64_t line_bytes = std::max(
      {arch.vec.line_bytes, arch.left.line_bytes, arch.right.line_bytes, arch.acc.line_bytes});
  std::string text = "// " + made_by("sv_instructions.cpp", isa, arch) + "\n";
  text += "// Part of cf_npu_pkg: Yosys takes no constant of another package there.\n";
  const auto size = [&](const char* name, std::int64_t value, const char* comment) {
    text += fmt::format("  localparam int unsigned {} = {};  // {}\n", name, value, comment);
  };
  size("INSTR_W", bits_for(static_cast<std::int64_t>(isa.instructions().size()) + 1),
       "of cf_isa_pkg::instr_e");
  size("LANES", arch.vector.lanes, "of a beat");
  size("LINE_BYTES", line_bytes, "of the longest line; a shorter one uses the low bytes");
  size("BEAT_BYTES", arch.bus.beat_bytes, "of the bus");
  size("IN_FLIGHT", arch.queue.max_in_flight, "instructions of an engine, started and not done");
  size("SLOT_W", bits_for(arch.queue.max_in_flight), "place among those in flight");
  size("COUNT_W", bits_for(arch.queue.max_in_flight + 1), "number of those in flight");
  return text;
}

std::vector<SvFile> emit_sv_files(const Isa& isa, const Arch& arch) {
  std::vector<SvFile> files = {{"cf_isa_pkg.sv", emit_sv_package(isa, arch)},
                               {"cf_sizes.svh", emit_sv_sizes(isa, arch)},
                               {"cf_instr_pkg.sv", emit_sv_instructions(isa, arch)}};
  for (SvFile& file : emit_sv_lanes(isa, arch)) files.push_back(std::move(file));
  files.push_back({"cf_legal_rules.sv", emit_sv_legal(isa, arch)});
  return files;
}

}  // namespace coldforge::isa
