#include "sim/scalar/core.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/base/error.h"
#include "sim/exec/semantics.h"
#include "sim/soc/clock.h"

namespace coldforge::sim {
namespace {

constexpr int kExitCall = 93;
constexpr int kPrintCall = 64;
constexpr int kA0 = 10, kA1 = 11, kA2 = 12, kA7 = 17;
constexpr std::size_t kStackBytes = 256 * 1024;
/// A print is cut here before its bytes are looked at: a guest's length is not to be trusted.
constexpr std::uint32_t kLargestPrint = 1 << 20;

}  // namespace

ScalarCore::ScalarCore(const sc_core::sc_module_name& name, const isa::Isa& isa,
                       const isa::Arch& arch, Cpu& cpu, const IssueCheck& check,
                       const CoreSurroundings& around, const CoreOptions& options)
    : sc_core::sc_module(name),
      isa_(isa),
      run_ahead_(static_cast<std::uint64_t>(arch.scalar.run_ahead_instructions)),
      cpu_(cpu),
      check_(check),
      around_(around),
      options_(options) {
  bus_isock.register_nb_transport_bw(this, &ScalarCore::response);
  SC_THREAD(run);
  set_stack_size(kStackBytes);
}

void ScalarCore::start() {
  if (started_) return;
  started_ = true;
  if (sc_core::sc_is_running()) start_event_.notify();
}

void ScalarCore::run() {
  if (!started_) wait_for(start_event_);
  cpu_.advance(current_cycle());
  while (!has_ended()) {
    const std::uint64_t tried = cpu_.steps();
    if (tried >= options_.instruction_limit) return end(Outcome::InstructionLimit, cpu_.cycle());
    const Cpu::Stop stop =
        cpu_.run(std::min(run_ahead_, options_.instruction_limit - tried), options_.cycle_limit);
    wait_until(cpu_.cycle());
    // The cycle in which the machine stops, for a fault or at the limit, is not the core's any more.
    if (cpu_.cycle() >= options_.cycle_limit || (around_.is_stopped && around_.is_stopped())) return;
    switch (stop) {
      case Cpu::Stop::Limit:
        break;
      case Cpu::Stop::Tile:
        tile_instruction();
        break;
      case Cpu::Stop::DramLoad:
        dram_access(false);
        break;
      case Cpu::Stop::DramStore:
        dram_access(true);
        break;
      case Cpu::Stop::Counter:
        counter();
        break;
      case Cpu::Stop::Ecall:
        ecall();
        break;
      case Cpu::Stop::Trap:
        end(Outcome::Trap, cpu_.cycle() + 1);
        break;
    }
  }
}

void ScalarCore::wait_until(std::int64_t cycle) {
  const std::int64_t now = current_cycle();
  if (cycle > now) wait(cycle_time(cycle - now));
}

void ScalarCore::wait_for(const sc_core::sc_event& event) { wait(event); }

void ScalarCore::begin_stall(Stall reason, std::string what) {
  stall_from_ = current_cycle();
  stall_reason_ = reason;
  stall_text_ = std::move(what);
}

void ScalarCore::end_stall(std::int64_t cycle, std::int64_t released_by) {
  if (cycle > stall_from_) {
    stalled_[static_cast<int>(stall_reason_)] += cycle - stall_from_;
    if (options_.keep_stalls) {
      stalls_.push_back({stall_from_, cycle, stall_reason_, released_by, cpu_.pc()});
    }
  }
  stall_from_ = -1;
}

void ScalarCore::end(Outcome outcome, std::int64_t cycle) {
  outcome_ = outcome;
  end_cycle_ = cycle;
  ended.notify();
}

void ScalarCore::trap(Cause cause, std::uint32_t value, const std::string& what) {
  std::string message = fmt::format("{} at pc 0x{:08x}", name_of(cause), cpu_.pc());
  if (!what.empty()) message += ": " + what;
  if (!cpu_.trap(cause, value, std::move(message))) end(Outcome::Trap, cpu_.cycle() + 1);
}

void ScalarCore::tile_instruction() {
  const TilePlan& plan = cpu_.plan();
  const std::uint32_t word = cpu_.word();
  Command command = cpu_.capture();
  if (!cpu_.known_legal()) {
    const std::string problem =
        cpu_.has_bad_view() ? "view registers are v0 to v7" : check_.problem(plan, command);
    if (!problem.empty()) {
      return trap(Cause::IllegalTile, word,
                  fmt::format("{}: {}", isa::disassemble(isa_, word, cpu_.pc()), problem));
    }
    cpu_.note_legal();
  }
  switch (plan.action) {
    case Action::SetFlag:
      return set_flag(command.x[0]);
    case Action::WaitFlag:
      return wait_flag(command.x[0]);
    case Action::Barrier:
      return barrier(command.x[0]);
    default:
      return issue(std::move(command), plan.action);
  }
}

void ScalarCore::set_flag(std::uint32_t flag) {
  const std::int64_t now = current_cycle();
  Recorder& recorder = *around_.recorder;
  if (!around_.flags->set(flag, isa::Unit::Scalar, recorder.next_seq(), now)) {
    return trap(Cause::IllegalTile, cpu_.word(),
                fmt::format("flag {} overflows: it counts to 15", flag));
  }
  const isa::Instruction& instruction = *cpu_.plan().instruction;
  const std::uint64_t seq =
      recorder.scalar_record(instruction, cpu_.pc(), now, now, Stall::Busy, -1);
  if (around_.races != nullptr) around_.races->core_set(seq);
  cpu_.complete(now + 1);
}

void ScalarCore::wait_flag(std::uint32_t flag) {
  FlagFile& flags = *around_.flags;
  const std::int64_t first = current_cycle();
  if (!flags.begin_wait(flag, isa::Unit::Scalar, around_.recorder->next_seq(), first)) {
    return trap(Cause::IllegalTile, cpu_.word(),
                fmt::format("flag {}: another unit waits for it", flag));
  }
  begin_stall(Stall::Flag, fmt::format("flag {}", flag));
  while (flags.visible(flag, current_cycle()) == 0) wait_for(flags.changed_event(flag));
  const std::int64_t now = current_cycle();
  const std::uint64_t set_seq = flags.take(flag, now);
  end_stall(now, static_cast<std::int64_t>(set_seq));
  around_.recorder->scalar_record(*cpu_.plan().instruction, cpu_.pc(), first, now,
                                  now > first ? Stall::Flag : Stall::Busy,
                                  static_cast<std::int64_t>(set_seq));
  if (around_.races != nullptr) around_.races->core_wait(set_seq);
  cpu_.complete(now + 1);
}

void ScalarCore::barrier(std::uint32_t mask) {
  const std::int64_t first = current_cycle();
  Recorder& recorder = *around_.recorder;
  std::int64_t complete = first, released_by = -1;
  std::string names;
  for (int u = 1; u < isa::kUnits; ++u) {
    if ((mask >> u & 1) != 0)
      names += (names.empty() ? "" : ", ") + std::string(isa::name_of(isa::Unit(u)));
  }
  begin_stall(Stall::Barrier, "the barrier of " + names);
  for (int u = 1; u < isa::kUnits; ++u) {
    const isa::Unit unit{static_cast<std::uint8_t>(u)};
    if ((mask >> u & 1) == 0) continue;
    while (recorder.drained_at(unit) < 0) wait_for(recorder.done_event);
    const std::int64_t drained = recorder.drained_at(unit);
    if (drained > complete) {
      complete = drained;
      released_by = recorder.last_seq(unit);
    }
  }
  wait_until(complete);
  end_stall(complete, released_by);
  recorder.scalar_record(*cpu_.plan().instruction, cpu_.pc(), first, complete,
                         complete > first ? Stall::Barrier : Stall::Busy, released_by);
  if (around_.races != nullptr) around_.races->core_barrier(mask);
  cpu_.complete(complete + 1);
}

void ScalarCore::issue(Command command, Action action) {
  const isa::Unit unit = command.instruction->unit;
  CommandQueue& queue = *around_.queues[static_cast<int>(unit)];
  Recorder& recorder = *around_.recorder;
  begin_stall(Stall::QueueFull, fmt::format("room in the queue of {}", isa::name_of(unit)));
  while (!queue.accepts(current_cycle())) wait_for(queue.popped_event);
  const std::int64_t now = current_cycle();
  end_stall(now, recorder.last_started(unit));
  command.seq = recorder.next_seq();
  command.issue = now;
  const std::uint64_t seq = command.seq;
  recorder.issued(command);
  if (action != Action::Gets) {
    queue.push(std::move(command), now);
    return cpu_.complete(now + 1);
  }
  queue.push(command, now);

  begin_stall(Stall::Result, "the element of tgets");
  stall_from_ = now + 1;
  while (recorder.drained_at(unit) < 0) wait_for(recorder.done_event);
  const std::int64_t done = recorder.drained_at(unit);
  wait_until(done);
  end_stall(done, static_cast<std::int64_t>(seq));
  if (around_.races != nullptr) around_.races->core_joins(unit, seq);
  cpu_.finish_value(get_element(command, *around_.tiles), done);
}

void ScalarCore::dram_access(bool write) {
  const Cpu::Access access = cpu_.access();
  std::uint32_t data = access.value;
  begin_stall(Stall::Result, write ? "the response to a DRAM store" : "the data of a DRAM load");
  response_cycle_ = -1;
  tlm::tlm_generic_payload* payload =
      pool_.get(write, access.address, reinterpret_cast<std::uint8_t*>(&data), access.bytes);
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const tlm::tlm_sync_enum sync = bus_isock->nb_transport_fw(*payload, phase, delay);
  if (sync == tlm::TLM_COMPLETED || (sync == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP)) {
    response_cycle_ = current_cycle() + whole_cycles(delay);
  }
  while (response_cycle_ < 0) wait_for(response_event_);
  wait_until(response_cycle_);
  const bool failed = payload->is_response_error();
  BusTiming* timing = nullptr;
  payload->get_extension(timing);
  const std::string problem = timing != nullptr ? timing->problem : std::string();
  payload->release();
  end_stall(response_cycle_, -1);
  if (failed) {
    const Cause cause = write ? Cause::StoreFault : Cause::LoadFault;
    cpu_.advance(response_cycle_);
    return trap(cause, access.address,
                problem.empty() ? fmt::format("address 0x{:08x}", access.address) : problem);
  }
  if (around_.races != nullptr) {
    around_.races->core_access(cpu_.pc(), access.address, access.bytes, write);
  }
  if (write)
    cpu_.complete(response_cycle_ + 1);
  else
    cpu_.finish_load(data, response_cycle_ + 1);
}

tlm::tlm_sync_enum ScalarCore::response(tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                                        sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  response_cycle_ = current_cycle() + whole_cycles(delay);
  response_event_.notify();
  return tlm::TLM_COMPLETED;
}

void ScalarCore::counter() {
  const std::uint32_t csr = cpu_.access().address;
  const std::uint64_t value = around_.counter ? around_.counter(csr & ~kCsrHighHalf) : 0;
  cpu_.finish_value(static_cast<std::uint32_t>((csr & kCsrHighHalf) != 0 ? value >> 32 : value),
                    cpu_.cycle() + 1);
}

void ScalarCore::ecall() {
  switch (cpu_.reg(kA7)) {
    case kExitCall:
      exit_code_ = static_cast<std::int32_t>(cpu_.reg(kA0));
      cpu_.complete(cpu_.cycle() + 1);
      return end(Outcome::Exited, cpu_.cycle());
    case kPrintCall:
      return print();
    default:
      return trap(Cause::Ecall, 0, fmt::format("a7 = {}", cpu_.reg(kA7)));
  }
}

void ScalarCore::print() {
  const std::uint32_t address = cpu_.reg(kA1);
  const std::uint32_t length = std::min(cpu_.reg(kA2), kLargestPrint);
  std::string text;
  if (!read_bytes(address, length, text)) {
    return trap(Cause::LoadFault, address,
                fmt::format("print of {} bytes at 0x{:08x}", length, address));
  }
  printed_.append(
      text, 0, options_.print_limit_bytes - std::min(printed_.size(), options_.print_limit_bytes));
  cpu_.set_reg(kA0, length);
  cpu_.complete(cpu_.cycle() + 1);
}

bool ScalarCore::read_bytes(std::uint32_t address, std::uint32_t size, std::string& text) {
  text.resize(size);
  if (size == 0) return true;
  if (const std::uint8_t* bytes = cpu_.memory(address, size)) {
    std::memcpy(text.data(), bytes, size);
    return true;
  }
  tlm::tlm_generic_payload* payload =
      pool_.get(false, address, reinterpret_cast<std::uint8_t*>(text.data()), size);
  const bool all = bus_isock->transport_dbg(*payload) == size;
  payload->release();
  return all;
}

UnitStats ScalarCore::stats(std::int64_t end_cycle) const {
  UnitStats stats;
  std::int64_t idle = 0;
  for (int s = 0; s < kStalls; ++s) stats.cycles[s] = stalled_[s];
  if (stall_from_ >= 0 && end_cycle > stall_from_) {
    stats.cycles[static_cast<int>(stall_reason_)] += end_cycle - stall_from_;
  }
  for (std::int64_t cycles : stats.cycles) idle += cycles;
  const std::int64_t alive = has_ended() ? std::min(end_cycle_, end_cycle) : end_cycle;
  stats.cycles[static_cast<int>(Stall::Busy)] = alive - idle;
  stats.cycles[static_cast<int>(Stall::Empty)] = end_cycle - alive;
  stats.instructions = static_cast<std::int64_t>(cpu_.retired());
  stats.work = stats.instructions;
  return stats;
}

std::string ScalarCore::waiting() const {
  if (has_ended() || stall_from_ < 0) return {};
  return fmt::format("scalar waits for {} (pc 0x{:08x})", stall_text_, cpu_.pc());
}

}  // namespace coldforge::sim
