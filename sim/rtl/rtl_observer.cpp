#include "sim/rtl/rtl_observer.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"
#include "sim/rtl/packed_command.h"

namespace coldforge::sim {
namespace {

[[noreturn]] void contradiction(std::int64_t cycle, const std::string& what) {
  throw UserError("the RTL", fmt::format("cycle {}: {}", cycle, what));
}

}  // namespace

CommitRecord& RtlObserver::open(std::uint64_t seq) { return records_[seq]; }

void RtlObserver::events(std::int64_t cycle, const CfRtlOutputs& out, const CfRtlCommand& command) {
  if (head_is_new_ || out.pc != pc_) head_since_ = cycle;
  head_is_new_ = out.retired != 0;
  pc_ = out.pc;
  active_ = out.retired != 0 || out.issued != 0;
  for (const std::uint8_t stall : out.stall) {
    active_ = active_ || stall == static_cast<std::uint8_t>(Stall::Busy);
  }
  // In the order in which they take effect: what is done in this cycle was set in the one before.
  for (int u = 1; u < isa::kUnits; ++u) {
    for (int n = out.done_count[u - 1]; n > 0; --n) done(isa::Unit(u), cycle);
  }
  for (int u = 1; u < isa::kUnits; ++u) {
    if (out.started[u - 1] != 0) start(isa::Unit(u), cycle, out.started_seq[u - 1]);
  }
  if (out.issued != 0) issue(cycle, out, command);
  if (out.synced != 0) synchronise(cycle, out, command);
  if (out.retired != 0) ++retired_;
}

void RtlObserver::charge(const CfRtlOutputs& out) {
  for (int u = 0; u < isa::kUnits; ++u) {
    if (out.stall[u] >= kStalls)
      contradiction(-1, fmt::format("unit {} reports stall {}", u, out.stall[u]));
    ++stats_[u].cycles[out.stall[u]];
  }
  if (parts_.profile && out.stall[0] != static_cast<int>(Stall::Empty)) ++pc_cycles_[out.pc];
}

void RtlObserver::issue(std::int64_t cycle, const CfRtlOutputs& out, const CfRtlCommand& packed) {
  if (out.seq != records_.size() || out.instruction >= parts_.isa.instructions().size()) {
    contradiction(cycle, fmt::format("instruction {} is issued as number {}, {} is next",
                                     out.instruction, out.seq, records_.size()));
  }
  Command command;
  command.instruction = &parts_.isa.instructions()[out.instruction];
  command.seq = out.seq;
  command.pc = out.pc;
  command.issue = cycle;
  unpack(packed, command);
  CommitRecord record;
  record.seq = out.seq;
  record.instruction = command.instruction->id;
  record.unit = command.instruction->unit;
  record.pc = out.pc;
  record.issue = cycle;
  record.start = record.done = -1;
  records_.push_back(record);
  if (parts_.races != nullptr) parts_.races->issued(command);
  queued_[static_cast<int>(record.unit)].push_back(command);
}

void RtlObserver::start(isa::Unit unit, std::int64_t cycle, std::uint64_t seq) {
  const int u = static_cast<int>(unit);
  if (queued_[u].empty() || queued_[u].front().seq != seq) {
    contradiction(cycle, fmt::format("{} starts number {}, which is not next in its queue",
                                     name_of(unit), seq));
  }
  started_[u] = queued_[u].front();
  queued_[u].pop_front();
  in_flight_[u].push_back(started_[u]);
  open(seq).start = cycle;
  active_ = true;
  const Plan& plan = parts_.engine_plans[*started_[u].instruction];
  if (plan.role == Plan::Role::Work) {
    ++stats_[u].instructions;
    stats_[u].work += work_of(started_[u]);
  }
  if (plan.role != Plan::Role::WaitFlag) return;
  const std::uint64_t set = take_flag(unit, started_[u].x[0]);
  open(seq).waited_seq = static_cast<std::int64_t>(set);
}

void RtlObserver::done(isa::Unit unit, std::int64_t cycle) {
  const int u = static_cast<int>(unit);
  if (in_flight_[u].empty())
    contradiction(cycle, fmt::format("{} ends more than it started", name_of(unit)));
  const Command command = in_flight_[u].front();
  in_flight_[u].pop_front();
  CommitRecord& record = open(command.seq);
  record.done = cycle;
  active_ = true;
  if (parts_.profile) pc_cycles_[record.pc] += cycle - std::max(record.start, last_done_[u]);
  last_done_[u] = cycle;
  const TilePlan& plan = parts_.plans[static_cast<std::size_t>(command.instruction->id)];
  if (parts_.engine_plans[*command.instruction].role == Plan::Role::SetFlag) {
    flags_[command.x[0]].push_back(command.seq);
  }
  if (parts_.races == nullptr) return;
  parts_.races->done(unit, command.seq);
  if (plan.action == Action::Gets) parts_.races->core_joins(unit, command.seq);
}

std::uint64_t RtlObserver::take_flag(isa::Unit unit, std::uint32_t flag) {
  std::deque<std::uint64_t>& sets = flags_[flag];
  if (sets.empty())
    contradiction(-1, fmt::format("{} takes flag {}, which is 0", name_of(unit), flag));
  const std::uint64_t set = sets.front();
  sets.pop_front();
  if (parts_.races != nullptr) parts_.races->matched(unit, set);
  return set;
}

void RtlObserver::synchronise(std::int64_t cycle, const CfRtlOutputs& out,
                              const CfRtlCommand& packed) {
  if (out.seq != records_.size() || out.instruction >= parts_.isa.instructions().size()) {
    contradiction(cycle, fmt::format("a synchronisation takes number {}, {} is next", out.seq,
                                     records_.size()));
  }
  Command command;
  command.instruction = &parts_.isa.instructions()[out.instruction];
  unpack(packed, command);
  CommitRecord record;
  record.seq = out.seq;
  record.instruction = command.instruction->id;
  record.pc = out.pc;
  record.issue = head_since_;
  record.start = cycle;
  record.done = cycle + 1;
  RaceCheck* const races = parts_.races;
  switch (parts_.plans[out.instruction].action) {
    case Action::SetFlag:
      flags_[command.x[0]].push_back(out.seq);
      if (races != nullptr) races->core_set(out.seq);
      break;
    case Action::WaitFlag: {
      const std::uint64_t set = take_flag(isa::Unit::Scalar, command.x[0]);
      record.waited_seq = static_cast<std::int64_t>(set);
      if (races != nullptr) races->core_wait(set);
      break;
    }
    case Action::Barrier:
      if (races != nullptr) races->core_barrier(command.x[0]);
      break;
    default:
      contradiction(cycle,
                    command.instruction->name + " is reported as a synchronisation of the core");
  }
  records_.push_back(record);
}

void RtlObserver::core_access(std::uint32_t address, std::uint32_t size_bytes, bool write) {
  if (parts_.races != nullptr) parts_.races->core_access(pc_, address, size_bytes, write);
}

/// As the model's engines count it: MACs, bytes in DRAM or of the result, lane operations.
std::int64_t RtlObserver::work_of(const Command& command) const {
  const Plan& plan = parts_.engine_plans[*command.instruction];
  if (command.instruction->unit == isa::Unit::Matrix) {
    return std::int64_t{command.tile[1].rows} * command.tile[1].cols * command.tile[2].cols;
  }
  std::int64_t rows = 0, cols = 0;
  for (std::size_t i = 0; i < command.instruction->operands.size(); ++i) {
    if (command.instruction->operands[i].kind != isa::OperandKind::Tile) continue;
    rows = std::max<std::int64_t>(rows, command.tile[i].rows);
    cols = std::max<std::int64_t>(cols, command.tile[i].cols);
  }
  // One is read, or the result says how many: its source is an index space of its own.
  if (plan.shape == Plan::Shape::Get) rows = cols = 1;
  const bool by_result = plan.shape == Plan::Shape::Transpose ||
                         plan.shape == Plan::Shape::Gather || plan.shape == Plan::Shape::View;
  if (by_result) {
    rows = command.tile[plan.results[0]].rows;
    cols = command.tile[plan.results[0]].cols;
  }
  switch (command.instruction->unit) {
    case isa::Unit::Load:
    case isa::Unit::Store:
      return rows * cols * size_bytes(command.view.type);
    case isa::Unit::Move:
      return rows * cols * size_bytes(command.tile[plan.results[0]].type);
    default:
      return rows * cols * plan.lane_operations;
  }
}

UnitStats RtlObserver::stats(isa::Unit unit) const {
  UnitStats stats = stats_[static_cast<int>(unit)];
  if (unit == isa::Unit::Scalar)
    stats.instructions = stats.work = static_cast<std::int64_t>(retired_);
  return stats;
}

}  // namespace coldforge::sim
