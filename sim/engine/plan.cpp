#include "sim/engine/plan.h"

#include <algorithm>

namespace coldforge::sim {
namespace {

Plan::Shape shape_of(const isa::Instruction& instruction) {
  if (instruction.exec == "ttrans" || instruction.exec == "tmov.t") return Plan::Shape::Transpose;
  if (instruction.exec == "tgather") return Plan::Shape::Gather;
  if (instruction.exec == "tmov.view") return Plan::Shape::View;
  if (instruction.exec == "tgets") return Plan::Shape::Get;
  const bool columns =
      std::any_of(instruction.results.begin(), instruction.results.end(),
                  [](const isa::Result& result) { return result.reduce.axis == "rows"; });
  return columns ? Plan::Shape::Columns : Plan::Shape::Rows;
}

Plan::Write write_of(const isa::Instruction& instruction, int operand) {
  for (const isa::Result& result : instruction.results) {
    if (result.operand != operand || !result.is_reduced()) continue;
    return result.reduce.axis == "rows" ? Plan::Write::ColumnEnd : Plan::Write::RowEnd;
  }
  return Plan::Write::EachBeat;
}

Plan plan_of(const isa::Isa& isa, const isa::Arch& arch, const isa::Instruction& instruction) {
  Plan plan;
  plan.shape = shape_of(instruction);
  if (instruction.exec == "tset") plan.role = Plan::Role::SetFlag;
  if (instruction.exec == "twait") plan.role = Plan::Role::WaitFlag;
  for (int i = 0; i < static_cast<int>(instruction.operands.size()); ++i) {
    const isa::Operand& operand = instruction.operands[static_cast<std::size_t>(i)];
    if (operand.kind != isa::OperandKind::Tile) continue;
    if (operand.access != isa::Access::Write) plan.sources.push_back(i);
    if (operand.access == isa::Access::Read) continue;
    plan.results.push_back(i);
    plan.writes.push_back(write_of(instruction, i));
  }
  const bool row_reduce = std::count(plan.writes.begin(), plan.writes.end(), Plan::Write::RowEnd);
  plan.latency = kPipeCycles + isa::expression_latency(isa, instruction).count +
                 (row_reduce ? kRowReduceCycles : 0);
  plan.sfu_cycles =
      isa::sfu_nodes(isa, instruction) * arch.vector.lanes / arch.vector.sfu_elems_per_cycle;
  std::int64_t operations = 0;
  for (const isa::Result& result : instruction.results) {
    for (const isa::ExprNode& node : result.nodes) {
      operations += node.kind == isa::ExprNode::Kind::Op ? 1 : 0;
    }
    operations += result.reduce.op.empty() ? 0 : 1;
  }
  plan.lane_operations = std::max<std::int64_t>(1, operations);
  return plan;
}

}  // namespace

Plans::Plans(const isa::Isa& isa, const isa::Arch& arch) {
  for (const isa::Instruction& instruction : isa.instructions()) {
    plans_.push_back(plan_of(isa, arch, instruction));
  }
}

}  // namespace coldforge::sim
