#include "sim/scalar/tile_plan.h"

#include <fmt/format.h>

#include "sim/base/error.h"

namespace coldforge::sim {
namespace {

/// Built-in semantics of the scalar unit: operand kinds in the order of the description ('t' tile,
/// 'v' view, 'x' register).
struct BuiltIn {
  const char* exec;
  const char* kinds;
  Action action;
};
constexpr BuiltIn kBuiltIns[] = {
    {"tnew", "txxx", Action::Tnew},         {"tbase", "tx", Action::Tbase},
    {"tstride", "txx", Action::Tstride},    {"tshape", "txx", Action::Tshape},
    {"tsubview", "ttxx", Action::Tsubview}, {"vnew", "vxx", Action::Vnew},
    {"vbase", "vx", Action::Vbase},         {"vinsert", "vxx", Action::Vinsert},
    {"vstride", "vxx", Action::Vstride},    {"vlevel", "vxxx", Action::Vlevel},
    {"vwindow", "vxxx", Action::Vwindow},   {"vbound", "vxxx", Action::Vbound},
    {"tset", "x", Action::SetFlag},         {"twait", "x", Action::WaitFlag},
    {"tbarrier", "x", Action::Barrier},
};

std::string kinds_of(const isa::Instruction& instruction) {
  std::string kinds;
  for (const isa::Operand& operand : instruction.operands) {
    kinds += operand.kind == isa::OperandKind::Tile   ? 't'
             : operand.kind == isa::OperandKind::View ? 'v'
                                                      : 'x';
  }
  return kinds;
}

Action scalar_action(const isa::Instruction& instruction) {
  std::string known;
  for (const BuiltIn& built_in : kBuiltIns) {
    if (instruction.exec == built_in.exec) {
      const std::string kinds = kinds_of(instruction);
      if (kinds != built_in.kinds) {
        throw UserError(instruction.name,
                        fmt::format("exec \"{}\" takes operands \"{}\" (t tile, v view, x "
                                    "register), not \"{}\"",
                                    built_in.exec, built_in.kinds, kinds));
      }
      return built_in.action;
    }
    known += (known.empty() ? "" : ", ") + std::string(built_in.exec);
  }
  throw UserError(instruction.name, fmt::format("the scalar unit has no exec \"{}\"; known: {}",
                                                instruction.exec, known));
}

bool reads_values(const isa::Instruction& instruction) {
  using Attr = isa::LegalRule::Step::Attr;
  for (const isa::LegalRule& rule : instruction.legal) {
    for (const auto& step : rule.program) {
      if (step.kind == isa::LegalRule::Step::Kind::Attribute && step.attribute == Attr::Value)
        return true;
    }
  }
  return false;
}

TilePlan make_plan(const isa::Instruction& instruction) {
  TilePlan plan;
  plan.instruction = &instruction;
  const bool is_flag = instruction.exec == "tset" || instruction.exec == "twait";
  if (is_flag) plan.flag_operand = 0;
  if (instruction.unit == isa::Unit::Scalar) {
    plan.action = scalar_action(instruction);
    return plan;
  }
  if (instruction.exec == "tgets") {
    if (kinds_of(instruction) != "xtxx") {
      throw UserError(instruction.name,
                      fmt::format("exec \"tgets\" takes operands \"xtxx\" (t tile, v view, x "
                                  "register), not \"{}\"",
                                  kinds_of(instruction)));
    }
    plan.action = Action::Gets;
  }
  plan.cacheable = !is_flag && plan.action == Action::Engine && !reads_values(instruction);
  const bool on_chip = instruction.unit != isa::Unit::Load && instruction.unit != isa::Unit::Store;
  const std::string kinds = kinds_of(instruction);
  if (on_chip && kinds.find('v') != std::string::npos) {
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (kinds[i] == 't' && instruction.operands[i].access == isa::Access::Read) {
        plan.source_of_view = static_cast<int>(i);
      }
    }
  }
  return plan;
}

}  // namespace

std::vector<TilePlan> make_plans(const isa::Isa& isa) {
  std::vector<TilePlan> plans;
  plans.reserve(isa.instructions().size());
  for (const isa::Instruction& instruction : isa.instructions()) {
    plans.push_back(make_plan(instruction));
  }
  return plans;
}

}  // namespace coldforge::sim
