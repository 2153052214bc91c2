#include "tests/lockstep/random/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/trace/footprint.h"

namespace coldforge::lockstep {
namespace {

using isa::OperandKind;

constexpr std::int64_t kPageBytes = 4096;

bool is_flag(const World& world, const isa::Instruction& instruction) {
  return world.plan(instruction).flag_operand >= 0;
}

/// Place of the operand that `cross` is about, -1 if the instruction has no tile.
int first_tile(const isa::Instruction& instruction) {
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    if (instruction.operands[i].kind == OperandKind::Tile) return static_cast<int>(i);
  }
  return -1;
}

/// What can hold an instruction at the head of its queue. Tokens are held by the limit of those in
/// flight only; loads and stores never wait for each other's data.
std::vector<std::string> reachable_heads(const World& world, const isa::Instruction& instruction) {
  if (instruction.exec == "twait") return {"empty", "flag", "hazard"};
  if (is_flag(world, instruction)) return {"empty", "hazard"};
  return {"empty", "busy", "hazard"};
}

std::vector<std::string> reachable_queues(const isa::Arch& arch) {
  if (arch.queue.depth == 1) return {"empty", "full"};
  return {"empty", "part", "full"};
}

}  // namespace

void Coverage::add(const World& world, const Scenario& scenario, const Assembled& assembled,
                   const sim::RunResult& result) {
  for (int u = 0; u < isa::kUnits; ++u) {
    for (int s = 0; s < sim::kStalls; ++s) {
      if (result.units[u].cycles[s] == 0) continue;
      count(fmt::format("stall/{}/{}", isa::name_of(isa::Unit(u)),
                        sim::name_of(static_cast<sim::Stall>(s))));
    }
  }
  add_events(world, scenario, assembled, result);
  add_end(world, scenario, result);
}

void Coverage::merge(const std::map<std::string, std::int64_t>& counts) {
  for (const auto& [key, value] : counts) counts_[key] += value;
}

void Coverage::add_events(const World& world, const Scenario& scenario, const Assembled& assembled,
                          const sim::RunResult& result) {
  const auto depth = world.arch.queue.depth;
  std::vector<std::int64_t> starts[isa::kUnits];  // ascending
  for (const sim::CommitRecord& record : result.trace) {
    const auto& instruction =
        world.isa.instructions()[static_cast<std::size_t>(record.instruction)];
    if (record.unit == isa::Unit::Scalar || record.start < 0) continue;
    auto& before = starts[static_cast<int>(record.unit)];
    const auto waiting = [&](std::int64_t cycle) {
      return before.end() - std::lower_bound(before.begin(), before.end(), cycle);
    };
    const char* const queue = waiting(record.issue - 1) >= depth ? "full"
                              : waiting(record.issue) == 0       ? "empty"
                                                                 : "part";
    before.push_back(record.start);
    const std::string head = sim::name_of(record.waited_for);
    count(fmt::format("head/{}/{}", instruction.name, head));
    count(fmt::format("queue/{}/{}", instruction.name, queue));
    const auto op = assembled.op_of_pc.find(record.pc);
    if (op == assembled.op_of_pc.end()) continue;
    const sim::Command& command = scenario.ops[op->second].command;
    add_operands(world, command);
    const int tile = first_tile(instruction);
    if (tile < 0) continue;
    count(fmt::format("cross/{}/{} {} {}", instruction.name, name_of(command.tile[tile].type), head,
                      queue));
  }
}

void Coverage::add_operands(const World& world, const sim::Command& command) {
  const isa::Instruction& instruction = *command.instruction;
  const bool on_chip = world.plan(instruction).source_of_view >= 0;
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    const isa::Operand& operand = instruction.operands[i];
    const auto key = [&](const char* group, std::string_view what) {
      count(fmt::format("{}/{}/{}={}", group, instruction.name, operand.name, what));
    };
    if (operand.kind == OperandKind::Tile) {
      const sim::TileDesc& tile = command.tile[i];
      key("type", name_of(tile.type));
      key("memory", isa::name_of(tile.memory));
      const auto line = static_cast<std::uint32_t>(world.memory(tile.memory).line_bytes);
      if (tile.base_bytes % line != 0) count(fmt::format("line/{}/inside", instruction.name));
    } else if (operand.kind == OperandKind::View) {
      if (!on_chip) key("type", name_of(command.view.type));
      count(fmt::format("levels/{}/{}", instruction.name, command.view.levels));
      const auto view = [&](const char* what) {
        count(fmt::format("view/{}/{}", instruction.name, what));
      };
      const sim::Footprint bytes =
          sim::Footprint::of_view(command.view, command.view.type, command.view.base);
      const auto& pieces = bytes.intervals();
      if (!on_chip && std::any_of(pieces.begin(), pieces.end(), [](const auto& piece) {
            return piece.low / kPageBytes != (piece.end - 1) / kPageBytes;
          })) {
        view("page boundary inside");
      }
      if (pieces.size() > 1) view("several pieces");
      for (std::uint32_t l = 0; l < command.view.levels; ++l) {
        const sim::ViewDesc::Axis& axis = command.view.axis[command.view.level[l].axis];
        if (axis.size != sim::ViewDesc::kUnbounded || axis.low > 0) view("bounds");
        if (axis.insertion != 1) view("insertion");
        if (command.view.level[l].axis != l) view("shared axis");
      }
    }
  }
}

void Coverage::add_end(const World& world, const Scenario& scenario, const sim::RunResult& result) {
  count("outcome/program/" + sim::name_of(result.outcome));
  if (result.outcome == sim::Outcome::Trap) count("cause/program/" + result.trap_cause);
  if (result.outcome == sim::Outcome::EngineFault) {
    // "load engine: tload at pc 0x00000310: load access fault: 1 byte at ..."
    const std::size_t engine = result.message.find(" engine");
    const std::size_t pc = result.message.find(" at pc ");
    const std::size_t reason = result.message.find(": ", pc == std::string::npos ? 0 : pc);
    if (engine != std::string::npos && reason != std::string::npos) {
      const std::string text = result.message.substr(reason + 2);
      count(fmt::format("fault/{}/{}", result.message.substr(0, engine),
                        text.substr(0, text.find(':'))));
    }
  }
  // Those behind the end of a program were not reached.
  if (result.outcome != sim::Outcome::Exited) return;
  for (const Op& op : scenario.ops) {
    if (op.kind != Op::Kind::Issue) continue;
    const isa::Instruction& instruction = *op.command.instruction;
    if (!world.check.problem(world.plan(instruction), op.command).empty()) {
      count(fmt::format("illegal/{}/stepped over", instruction.name));
    }
  }
}

std::map<std::string, std::int64_t> expected_coverage(const World& world) {
  std::map<std::string, std::int64_t> expected;
  for (const isa::Instruction& instruction : world.isa.instructions()) {
    if (instruction.unit == isa::Unit::Scalar) continue;
    const bool on_chip = world.plan(instruction).source_of_view >= 0;
    for (const isa::Operand& operand : instruction.operands) {
      if (operand.kind == OperandKind::X || (operand.kind == OperandKind::View && on_chip))
        continue;
      const bool is_view = operand.kind == OperandKind::View;
      for (int t = 0; t < kElementTypes; ++t) {
        if (!is_view && (operand.types >> t & 1) == 0) continue;
        expected[fmt::format("type/{}/{}={}", instruction.name, operand.name,
                             name_of(static_cast<ElementType>(t)))] = 0;
      }
      for (int m = 0; m < isa::kMemories; ++m) {
        if ((operand.memories >> m & 1) == 0) continue;
        expected[fmt::format("memory/{}/{}={}", instruction.name, operand.name,
                             isa::name_of(static_cast<isa::Memory>(m)))] = 0;
      }
    }
    const int tile = first_tile(instruction);
    for (const std::string& head : reachable_heads(world, instruction)) {
      expected[fmt::format("head/{}/{}", instruction.name, head)] = 0;
      for (const std::string& queue : reachable_queues(world.arch)) {
        expected[fmt::format("queue/{}/{}", instruction.name, queue)] = 0;
        for (int t = 0; tile >= 0 && t < kElementTypes; ++t) {
          if ((instruction.operands[static_cast<std::size_t>(tile)].types >> t & 1) == 0) continue;
          expected[fmt::format("cross/{}/{} {} {}", instruction.name,
                               name_of(static_cast<ElementType>(t)), head, queue)] = 0;
        }
      }
    }
  }
  return expected;
}

}  // namespace coldforge::lockstep
