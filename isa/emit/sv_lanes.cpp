#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "isa/emit/sv_files.h"
#include "isa/emit/text.h"
#include "isa/expression.h"
#include "sim/base/error.h"

namespace coldforge::isa {

namespace {

constexpr int kOperands = 4;

/// Where an argument comes from.
struct Source {
  enum class Kind : std::uint8_t { Operand, Constant, Step } kind = Kind::Operand;
  int index = 0;
  friend bool operator==(const Source& a, const Source& b) {
    return a.kind == b.kind && a.index == b.index;
  }
};

struct ProgramStep {
  std::string function;  ///< "add.f32"
  const Operation* operation = nullptr;
  std::vector<Source> args;
  friend bool operator==(const ProgramStep& a, const ProgramStep& b) {
    return a.function == b.function && a.args == b.args;
  }
};

/// All results of an instruction for one choice of lane types.
struct Program {
  std::vector<ProgramStep> steps;
  std::vector<std::uint32_t> constants;
  struct Output {
    Source source;
    bool is_float = false;
  };
  std::map<int, Output> outputs;  ///< by operand
};

template <typename T>
int place_of(std::vector<T>& list, const T& value) {
  const auto found = std::find(list.begin(), list.end(), value);
  if (found != list.end()) return static_cast<int>(found - list.begin());
  list.push_back(value);
  return static_cast<int>(list.size()) - 1;
}

Program program_of(const Isa& isa, const Instruction& instruction,
                   const std::vector<ElementType>& types) {
  Program program;
  for (const Result& result : instruction.results) {
    const LaneProgram lanes = resolve_types(isa, instruction, result, types);
    CF_CHECK(lanes.error.empty(), "the loader has proved that expressions have types");
    std::vector<Source> place;  // of each step of this result
    for (std::size_t i = 0; i < lanes.steps.size(); ++i) {
      const LaneStep& step = lanes.steps[i];
      if (step.kind == ExprNode::Kind::Operand) {
        place.push_back({Source::Kind::Operand, step.operand});
      } else if (step.kind == ExprNode::Kind::Constant) {
        place.push_back({Source::Kind::Constant, place_of(program.constants, step.bits)});
      } else if (step.function.empty()) {
        place.push_back(place[static_cast<std::size_t>(step.args[0])]);
      } else {
        ProgramStep made;
        made.function = step.function;
        made.operation = isa.find_operation(result.nodes[i].op);
        for (const int arg : step.args) made.args.push_back(place[static_cast<std::size_t>(arg)]);
        place.push_back({Source::Kind::Step, place_of(program.steps, made)});
      }
    }
    program.outputs[result.operand] = {place.back(), lanes.steps.back().lane == ElementType::Fp32};
  }
  return program;
}

/// Programs of an instruction by the lane types of its tiles (bit i: operand i is a float).
std::map<int, Program> programs_of(const Isa& isa, const Instruction& instruction) {
  std::map<int, Program> programs;
  for (int floats = 0; floats < 1 << kOperands; ++floats) {
    std::vector<ElementType> types(instruction.operands.size(), ElementType::Int32);
    bool possible = true;
    for (int i = 0; i < kOperands; ++i) {
      const bool is_float = (floats >> i & 1) != 0;
      if (i >= static_cast<int>(instruction.operands.size()) ||
          instruction.operands[static_cast<std::size_t>(i)].kind != OperandKind::Tile) {
        possible = possible && !is_float;
        continue;
      }
      const Operand& operand = instruction.operands[static_cast<std::size_t>(i)];
      constexpr unsigned kFloats = 0b00000111;
      const unsigned allowed = operand.types & (is_float ? kFloats : ~kFloats);
      possible = possible && allowed != 0;
      if (operand.same_type_as >= 0) {
        possible = possible && (floats >> operand.same_type_as & 1) == (is_float ? 1 : 0);
      }
      types[static_cast<std::size_t>(i)] = is_float ? ElementType::Fp32 : ElementType::Int32;
    }
    if (possible) programs.emplace(floats, program_of(isa, instruction, types));
  }
  return programs;
}

/// Sizes of the chain that carries out every program, and what each of its stages must be able to
/// do.
struct Chain {
  std::size_t stages = 1, constants = 1;
  std::vector<std::set<std::string>> modules;  ///< [stage]: of the special-function unit
  std::vector<bool> has_plain;                 ///< [stage]: other operations
  std::map<std::string, std::set<std::string>> functions;  ///< of a module
  std::map<std::string, int> arity;
  int select_bits() const {
    int bits = 1;
    while ((std::size_t{1} << bits) < kOperands + constants + stages) ++bits;
    return bits;
  }
  std::size_t select(const Source& source) const {
    const auto index = static_cast<std::size_t>(source.index);
    if (source.kind == Source::Kind::Operand) return index;
    return kOperands + (source.kind == Source::Kind::Constant ? index : constants + index);
  }
};

Chain chain_of(const std::vector<std::pair<const Instruction*, std::map<int, Program>>>& all) {
  Chain chain;
  for (const auto& [instruction, programs] : all) {
    for (const auto& [floats, program] : programs) {
      chain.stages = std::max(chain.stages, program.steps.size());
      chain.constants = std::max(chain.constants, program.constants.size());
      chain.modules.resize(chain.stages);
      chain.has_plain.resize(chain.stages);
      for (std::size_t i = 0; i < program.steps.size(); ++i) {
        const Operation& operation = *program.steps[i].operation;
        if (!operation.sfu) {
          chain.has_plain[i] = true;
          continue;
        }
        chain.modules[i].insert(operation.sv_module);
        chain.functions[operation.sv_module].insert(program.steps[i].function);
        chain.arity[operation.sv_module] = operation.arity;
      }
    }
  }
  return chain;
}

std::string function_name(const std::string& function) {
  return "cf_fn_pkg::FN_" + upper_case(function);
}

std::string package_text(const Chain& chain) {
  return fmt::format(
      "package cf_lane_pkg;\n\n"
      "  // Operations of the longest expression, and its constants.\n"
      "  localparam int unsigned STAGES = {0};\n  localparam int unsigned CONSTANTS = {1};\n"
      "  // A source: operand 0 to 3, then the constants, then the values of stages 0, 1, ...\n"
      "  localparam int unsigned SELECT_W = {2};\n\n"
      "  // An instruction's expressions for a choice of types. The part of stage s, constant c or "
      "operand o of a\n  // vector is the s-th, c-th, o-th from bit 0 on. A stage that is not used "
      "has "
      "bit s of `used` 0.\n"
      "  typedef struct packed {{\n"
      "    logic [{3}:0] used;\n    logic [{4}:0] fn;  // 6 bits a stage: cf_fn_pkg::fn_e\n"
      "    logic [{5}:0] a;\n    logic [{5}:0] b;\n    logic [{5}:0] c;\n"
      "    logic [{6}:0] constants;\n"
      "    logic [{7}:0] y;         // source of the result in each operand\n"
      "    logic [3:0] is_float;  // the result's lane is fp32, else int32\n"
      "  }} program_t;\n\nendpackage\n",
      chain.stages, chain.constants, chain.select_bits(), chain.stages - 1, chain.stages * 6 - 1,
      chain.stages * static_cast<std::size_t>(chain.select_bits()) - 1, chain.constants * 32 - 1,
      4 * chain.select_bits() - 1);
}

/// The statements that set what differs from 0.
std::string program_text(const Program& program, const Chain& chain) {
  const int width = chain.select_bits();
  std::string text;
  const auto set = [&](const char* member, std::size_t index, int part, const std::string& value) {
    text += fmt::format("        program_o.{}[{} +: {}] = {};\n", member,
                        index * static_cast<std::size_t>(part), part, value);
  };
  for (std::size_t i = 0; i < program.steps.size(); ++i) {
    const ProgramStep& step = program.steps[i];
    text += fmt::format("        program_o.used[{}] = 1'b1;\n", i);
    set("fn", i, 6, function_name(step.function));
    const char* const members[] = {"a", "b", "c"};
    for (std::size_t a = 0; a < step.args.size(); ++a) {
      set(members[a], i, width, fmt::format("{}'d{}", width, chain.select(step.args[a])));
    }
  }
  for (std::size_t i = 0; i < program.constants.size(); ++i) {
    set("constants", i, 32, fmt::format("32'h{:08x}", program.constants[i]));
  }
  for (const auto& [operand, output] : program.outputs) {
    set("y", static_cast<std::size_t>(operand), width,
        fmt::format("{}'d{}", width, chain.select(output.source)));
    if (output.is_float) text += fmt::format("        program_o.is_float[{}] = 1'b1;\n", operand);
  }
  return text;
}

std::string expression_text(const Chain& chain) {
  std::string text =
      "/// One lane of every expression: a chain of stages, each of which carries out one "
      "operation on "
      "operands,\n/// constants and values of stages before it. Combinational: who uses it delays "
      "the "
      "result as the\n/// instruction's latency says.\n"
      "module cf_lane_expr (\n"
      "  input  cf_lane_pkg::program_t program_i,\n"
      "  input  logic [127:0]          x_i,  // lane of each operand: tile elements widened, "
      "x-registers as they are\n"
      "  output logic [127:0]          y_o   // lane of the result in each operand that is "
      "one\n);\n"
      "  localparam int unsigned SelW = cf_lane_pkg::SELECT_W;\n";
  for (std::size_t s = 0; s < chain.stages; ++s) {
    const std::size_t before = s * 32;
    const std::size_t sources = 128 + chain.constants * 32 + before;
    text += fmt::format("\n  // Stage {}.\n", s);
    text += fmt::format("  logic [{}:0] from_{};\n", sources - 1, s);
    std::string parts = "program_i.constants, x_i";
    for (std::size_t b = 0; b < s; ++b) parts = fmt::format("y_{}, ", b) + parts;
    text += fmt::format("  assign from_{} = {{{}}};\n", s, parts);
    text += fmt::format("  logic [31:0] a_{0}, b_{0}, c_{0}, y_{0};\n", s);
    text +=
        fmt::format("  logic [5:0] fn_{0};\n  assign fn_{0} = program_i.fn[{1} +: 6];\n", s, s * 6);
    for (const char* arg : {"a", "b", "c"}) {
      text += fmt::format(
          "  cf_lane_select #(.Sources({2})) u_{0}_{1} (.select_i(program_i.{0}[{1}*SelW +: "
          "SelW]), "
          ".used_i(program_i.used[{1}]), .from_i(from_{1}), .y_o({0}_{1}));\n",
          arg, s, sources / 32);
    }
    std::string cases;
    if (chain.has_plain[s]) {
      text += fmt::format(
          "  logic [31:0] y_plain_{0};\n  cf_lane_comb u_plain_{0} (.fn_i(fn_{0}), .a_i(a_{0}), "
          ".b_i(b_{0}), .c_i(c_{0}), .y_o(y_plain_{0}));\n",
          s);
    }
    for (const std::string& module : chain.modules[s]) {
      const std::set<std::string>& functions = chain.functions.at(module);
      std::string is_this;
      for (const std::string& function : functions) {
        is_this += (is_this.empty() ? "" : ", ") + function_name(function);
      }
      std::string ports = functions.size() > 1 ? fmt::format(".fn_i(fn_{}), ", s) : "";
      const char* const names[] = {"a", "b", "c"};
      // Zeros while it rests: the simulator then has nothing to evaluate.
      std::string uses;
      for (const std::string& function : functions) {
        uses +=
            (uses.empty() ? "" : " || ") + fmt::format("fn_{} == {}", s, function_name(function));
      }
      text += fmt::format("  logic use_{0}_{1};\n  assign use_{0}_{1} = {2};\n", module, s, uses);
      for (int a = 0; a < chain.arity.at(module); ++a) {
        ports += fmt::format(".{0}_i(use_{1}_{2} ? {0}_{2} : 32'd0), ", names[a], module, s);
      }
      text += fmt::format("  logic [31:0] y_{0}_{1};\n  {0}_comb u_{0}_{1} ({2}.y_o(y_{0}_{1}));\n",
                          module, s, ports);
      cases += fmt::format("      {}: y_{} = y_{}_{};\n", is_this, s, module, s);
    }
    text += fmt::format(
        "  always_comb begin\n    unique case (fn_{0})\n{1}      default: y_{0} = {2};\n    "
        "endcase\n"
        "  end\n",
        s, cases, chain.has_plain[s] ? fmt::format("y_plain_{}", s) : "32'd0");
  }
  const std::size_t all = chain.stages;
  std::string parts = "program_i.constants, x_i";
  for (std::size_t b = 0; b < all; ++b) parts = fmt::format("y_{}, ", b) + parts;
  text += fmt::format("\n  logic [{}:0] from_all;\n  assign from_all = {{{}}};\n",
                      128 + chain.constants * 32 + all * 32 - 1, parts);
  text += fmt::format(
      "  for (genvar o = 0; o < 4; o++) begin : gen_result\n"
      "    cf_lane_select #(.Sources({})) u_y (.select_i(program_i.y[o*SelW +: SelW]), "
      ".used_i(1'b1), "
      ".from_i(from_all), .y_o(y_o[o*32 +: 32]));\n  end\n\n"
      "  logic unused_ok;  // the types of the results are the engine's business\n"
      "  assign unused_ok = &{{1'b0, program_i.is_float}};\nendmodule\n",
      (128 + chain.constants * 32 + all * 32) / 32);
  return text;
}

}  // namespace

std::vector<SvFile> emit_sv_lanes(const Isa& isa, const Arch& arch) {
  std::vector<std::pair<const Instruction*, std::map<int, Program>>> all;
  for (const Instruction& instruction : isa.instructions()) {
    if (!instruction.results.empty()) all.emplace_back(&instruction, programs_of(isa, instruction));
  }
  const Chain chain = chain_of(all);
  const std::string first = "// " + made_by("sv_lanes.cpp", isa, arch) + "\n";

  std::string program =
      first +
      "/// The program of an instruction for the element types of its tiles. "
      "Combinational; it is needed once an\n/// instruction, not once a lane.\n"
      "module cf_lane_program (\n"
      "  input  cf_isa_pkg::instr_e    instr_i,\n"
      "  input  logic [3:0]            is_float_i,  // by operand; 0 where it is no "
      "tile\n"
      "  output cf_lane_pkg::program_t program_o\n);\n"
      "  always_comb begin\n    program_o = '0;\n    case ({instr_i, "
      "is_float_i})\n";
  for (const auto& [instruction, programs] : all) {
    std::map<std::string, std::string> labels;  // by body; in the order of texts, which is fixed
    for (const auto& [floats, one] : programs) {
      std::string& list = labels[program_text(one, chain)];
      list += (list.empty() ? "" : ", ") + fmt::format("{{cf_isa_pkg::INSTR_{}, 4'b{:04b}}}",
                                                       upper_case(instruction->name), floats);
    }
    for (const auto& [body, list] : labels) {
      program += fmt::format("      {}: begin\n{}      end\n", list, body);
    }
  }
  program += "      default: program_o = '0;\n    endcase\n  end\nendmodule\n";
  return {{"cf_lane_pkg.sv", first + package_text(chain)},
          {"cf_lane_program.sv", program},
          {"cf_lane_expr.sv", first + expression_text(chain)}};
}

}  // namespace coldforge::isa
