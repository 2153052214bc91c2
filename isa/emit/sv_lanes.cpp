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
  /// [stage]: lane operations by the function that has them.
  std::vector<std::map<std::string, std::set<std::string>>> functions;
  /// Arguments of a function besides its lane operation, and whether it has several of those.
  struct Signature {
    int arity = 0;
    std::set<std::string> lane_operations;
  };
  std::map<std::string, Signature> signatures;
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

Chain chain_of(const Isa& isa,
               const std::vector<std::pair<const Instruction*, std::map<int, Program>>>& all) {
  Chain chain;
  for (const Operation& operation : isa.operations()) {
    Chain::Signature& signature = chain.signatures[operation.sv_function];
    signature.arity = std::max(signature.arity, operation.arity);
    for (const auto& [type, function] : operation.functions)
      signature.lane_operations.insert(function);
  }
  for (const auto& [instruction, programs] : all) {
    for (const auto& [floats, program] : programs) {
      chain.stages = std::max(chain.stages, program.steps.size());
      chain.constants = std::max(chain.constants, program.constants.size());
      chain.functions.resize(chain.stages);
      for (std::size_t i = 0; i < program.steps.size(); ++i) {
        const ProgramStep& step = program.steps[i];
        chain.functions[i][step.operation->sv_function].insert(step.function);
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

/// `parts` numbered from the lowest bits on, as a concatenation.
std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text = part + (text.empty() ? "" : ", ") + text;
  return "{" + text + "}";
}

/// The value of program_t, member by member.
std::string program_text(const Program& program, const Chain& chain) {
  const int width = chain.select_bits();
  const auto select = [&](std::size_t number) { return fmt::format("{}'d{}", width, number); };
  std::string used;
  std::vector<std::string> fn(chain.stages, "6'd0"), constants(chain.constants, "32'd0");
  std::vector<std::vector<std::string>> args(3, std::vector<std::string>(chain.stages, select(0)));
  for (std::size_t i = 0; i < chain.stages; ++i) {
    used = (i < program.steps.size() ? "1" : "0") + used;
    if (i >= program.steps.size()) continue;
    fn[i] = function_name(program.steps[i].function);
    for (std::size_t a = 0; a < program.steps[i].args.size(); ++a)
      args[a][i] = select(chain.select(program.steps[i].args[a]));
  }
  for (std::size_t i = 0; i < program.constants.size(); ++i)
    constants[i] = fmt::format("32'h{:08x}", program.constants[i]);
  std::vector<std::string> outputs(kOperands, select(0));
  std::string is_float = "0000";
  for (const auto& [operand, output] : program.outputs) {
    outputs[static_cast<std::size_t>(operand)] = select(chain.select(output.source));
    if (output.is_float) is_float[static_cast<std::size_t>(kOperands - 1 - operand)] = '1';
  }
  std::string text = fmt::format("        program_o.used      = {}'b{};\n", chain.stages, used);
  text += fmt::format("        program_o.fn        = {};\n", joined(fn));
  const char* const names[] = {"a", "b", "c"};
  for (std::size_t a = 0; a < 3; ++a)
    text += fmt::format("        program_o.{}         = {};\n", names[a], joined(args[a]));
  text += fmt::format("        program_o.constants = {};\n", joined(constants));
  text += fmt::format("        program_o.y         = {};\n", joined(outputs));
  text += fmt::format("        program_o.is_float  = 4'b{};\n", is_float);
  return text;
}

/// Sources of a stage, the number 0 in the low bits.
std::string sources_text(std::size_t stages) {
  std::string text = "program_i.constants, x_i";
  for (std::size_t stage = 0; stage < stages; ++stage) text = fmt::format("y_{}, ", stage) + text;
  return "{" + text + "}";
}

/// Each function has a process of its own: the simulator evaluates the one that is wanted, and a
/// synthesiser has no multiplexers between what they compute on the way.
std::string stage_text(const Chain& chain, std::size_t stage) {
  const char* const names[] = {"a", "b", "c"};
  std::string text = fmt::format(
      "\n  // Stage {0}.\n"
      "  logic [FromW-1:0] from_{0};\n"
      "  logic [31:0] y_{0};\n"
      "  logic [5:0] fn_{0};\n"
      "  assign from_{0} = FromW'({1});\n"
      "  assign fn_{0} = program_i.fn[{2} +: 6];\n",
      stage, sources_text(stage), stage * 6);
  int arity = 0;
  for (const auto& [function, here] : chain.functions[stage])
    arity = std::max(arity, chain.signatures.at(function).arity);
  for (int i = 0; i < arity; ++i) {
    text += fmt::format(
        "  logic [31:0] {0}_{1};\n"
        "  assign {0}_{1} = from_{1}[{{program_i.{0}[{1}*SelW +: SelW], 5'd0}} +: 32];\n",
        names[i], stage);
  }
  std::string all;
  for (const auto& [function, here] : chain.functions[stage]) {
    const std::string y = fmt::format("y_{}_{}", stage, function.substr(function.rfind(':') + 1));
    std::string is_this;
    for (const std::string& operation : here) {
      is_this += fmt::format("{}fn_{} == {}", is_this.empty() ? "" : " || ", stage,
                             function_name(operation));
    }
    const Chain::Signature& signature = chain.signatures.at(function);
    std::string arguments = signature.lane_operations.size() > 1 ? fmt::format("fn_{}", stage) : "";
    for (int i = 0; i < signature.arity; ++i)
      arguments += fmt::format("{}{}_{}", arguments.empty() ? "" : ", ", names[i], stage);
    text += fmt::format(
        "  logic [31:0] {0};\n  always_comb begin\n    {0} = 32'd0;\n"
        "    if (program_i.used[{1}] && ({2}))\n      {0} = {3}({4});\n  end\n",
        y, stage, is_this, function, arguments);
    all += (all.empty() ? "" : " | ") + y;
  }
  return text + fmt::format("  assign y_{} = {};\n", stage, all);
}

std::string expression_text(const Chain& chain) {
  std::string text =
      "/// One lane of every expression: a chain of stages, each of which carries out one "
      "operation "
      "on operands,\n/// constants and values of stages before it. Combinational: who uses it "
      "delays "
      "the result as the\n/// instruction's latency says.\n"
      "module cf_lane_expr (\n"
      "  input  cf_lane_pkg::program_t program_i,\n"
      "  input  logic [127:0]          x_i,  // lane of each operand: tile elements widened, "
      "x-registers as they are\n"
      "  output logic [127:0]          y_o   // lane of the result in each operand that is "
      "one\n);\n"
      "  localparam int unsigned SelW  = cf_lane_pkg::SELECT_W;\n"
      "  localparam int unsigned FromW = 32 * 2**SelW;\n";
  for (std::size_t stage = 0; stage < chain.stages; ++stage) text += stage_text(chain, stage);
  return text +
         fmt::format(
             "\n  logic [FromW-1:0] from_all;\n  assign from_all = FromW'({});\n"
             "  for (genvar o = 0; o < 4; o++) begin : gen_result\n"
             "    assign y_o[o*32 +: 32] = from_all[{{program_i.y[o*SelW +: SelW], 5'd0}} +: 32];\n"
             "  end\n\n"
             "  logic unused_ok;  // types of results, which are the engine's business; operands "
             "of stages that have fewer\n"
             "  assign unused_ok = &{{1'b0, program_i}};\nendmodule\n",
             sources_text(chain.stages));
}

}  // namespace

std::vector<SvFile> emit_sv_lanes(const Isa& isa, const Arch& arch) {
  std::vector<std::pair<const Instruction*, std::map<int, Program>>> all;
  for (const Instruction& instruction : isa.instructions()) {
    if (!instruction.results.empty()) all.emplace_back(&instruction, programs_of(isa, instruction));
  }
  const Chain chain = chain_of(isa, all);
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
