#include "sim/soc/recorder.h"

#include <algorithm>
#include <utility>

#include "sim/base/error.h"

namespace coldforge::sim {
namespace {

/// Engines report a done at most a cycle early, and at most `max_in_flight` in that cycle.
constexpr std::size_t kRecentDones = 256;

}  // namespace

Recorder::Recorder(RaceCheck* races, bool keep_records, bool charge_pcs)
    : races_(races), keep_records_(keep_records), charge_pcs_(charge_pcs) {}

Recorder::Entry& Recorder::entry(std::uint64_t seq) {
  CF_CHECK(seq >= first_seq_ && seq - first_seq_ < open_.size(), "a record is open until its done");
  return open_[seq - first_seq_];
}

void Recorder::issued(const Command& command) {
  CF_CHECK(command.seq == next_seq_, "commands are numbered in the order of issue");
  Entry e;
  e.instruction = command.instruction;
  e.record.seq = next_seq_++;
  e.record.instruction = command.instruction->id;
  e.record.unit = command.instruction->unit;
  e.record.pc = command.pc;
  e.record.issue = command.issue;
  e.record.start = e.record.done = -1;
  UnitState& unit = units_[static_cast<int>(e.record.unit)];
  ++unit.open;
  unit.last_seq = static_cast<std::int64_t>(e.record.seq);
  open_.push_back(std::move(e));
  if (races_ != nullptr) races_->issued(command);
}

void Recorder::started(std::uint64_t seq, std::int64_t cycle, Stall waited_for,
                       std::int64_t waited_seq) {
  CommitRecord& record = entry(seq).record;
  CF_CHECK(cycle > record.issue, "no instruction starts before the cycle after its issue");
  record.start = cycle;
  record.waited_for = waited_for;
  record.waited_seq = waited_seq;
  units_[static_cast<int>(record.unit)].last_started = static_cast<std::int64_t>(seq);
}

void Recorder::done(std::uint64_t seq, std::int64_t cycle) {
  Entry& e = entry(seq);
  UnitState& unit = units_[static_cast<int>(e.record.unit)];
  CF_CHECK(!e.closed && cycle > e.record.start && e.record.start >= 0, "start, then done, once");
  CF_CHECK(cycle >= unit.last_done, "engines retire in order");
  e.record.done = cycle;
  e.closed = true;
  if (charge_pcs_) pc_cycles_[e.record.pc] += cycle - std::max(e.record.start, unit.last_done);
  unit.last_done = cycle;
  --unit.open;
  ++unit.closed;
  unit.recent_dones.push_back(cycle);
  if (unit.recent_dones.size() > kRecentDones) unit.recent_dones.pop_front();
  last_done_ = std::max(last_done_, cycle);
  if (races_ != nullptr) races_->done(e.record.unit, seq);
  retire_front();
  done_event.notify();
}

void Recorder::retire_front() {
  while (!open_.empty() && open_.front().closed) {
    if (keep_records_) records_.push_back(open_.front().record);
    open_.pop_front();
    ++first_seq_;
  }
}

void Recorder::fault(std::uint64_t seq, std::int64_t cycle, const std::string& reason,
                     std::uint32_t address) {
  const Entry& e = entry(seq);
  const bool earlier = fault_.cycle < 0 || cycle < fault_.cycle ||
                       (cycle == fault_.cycle && e.record.unit < fault_.unit);
  if (earlier)
    fault_ = FaultInfo{cycle, e.record.unit, e.instruction, e.record.pc, reason, address};
  if (on_fault) on_fault(cycle);
}

std::int64_t Recorder::drained_at(isa::Unit unit) const {
  const UnitState& state = units_[static_cast<int>(unit)];
  return state.open == 0 ? state.last_done : -1;
}

std::uint64_t Recorder::scalar_record(const isa::Instruction& instruction, std::uint32_t pc,
                                      std::int64_t issue, std::int64_t start, Stall waited_for,
                                      std::int64_t waited_seq) {
  Entry e;
  e.instruction = &instruction;
  e.closed = true;
  e.record.seq = next_seq_++;
  e.record.instruction = instruction.id;
  e.record.pc = pc;
  e.record.issue = issue;
  e.record.start = start;
  e.record.done = start + 1;
  e.record.waited_for = waited_for;
  e.record.waited_seq = waited_seq;
  const std::uint64_t seq = e.record.seq;
  units_[0].last_seq = static_cast<std::int64_t>(seq);
  open_.push_back(std::move(e));
  retire_front();
  return seq;
}

std::int64_t Recorder::instructions(isa::Unit unit, std::int64_t cycle) const {
  const UnitState& state = units_[static_cast<int>(unit)];
  const auto ahead = std::count_if(state.recent_dones.begin(), state.recent_dones.end(),
                                   [&](std::int64_t done) { return done >= cycle; });
  return state.closed - ahead;
}

std::vector<CommitRecord> Recorder::take_records() {
  for (Entry& e : open_) {
    if (keep_records_) records_.push_back(e.record);
  }
  open_.clear();
  return std::move(records_);
}

}  // namespace coldforge::sim
