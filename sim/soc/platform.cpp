#include "sim/soc/platform.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/base/error.h"
#include "sim/soc/clock.h"
#include "sim/trace/critical_path.h"

namespace coldforge::sim {
namespace {

NpuOptions npu_options(const RunOptions& options) {
  NpuOptions npu;
  npu.core.instruction_limit = options.instruction_limit;
  npu.core.cycle_limit = options.cycle_limit.count;
  npu.core.print_limit_bytes = options.print_limit_bytes;
  npu.core.keep_stalls = options.critical_path;
  return npu;
}

}  // namespace

Platform::Platform(const Setup& setup, const Program& program, const std::vector<Buffer>& buffers,
                   std::size_t callers_buffers, const RunOptions& options)
    : isa_(setup.isa),
      arch_(setup.arch),
      options_(options),
      board_(setup.isa, setup.arch, program, buffers, callers_buffers, options),
      recorder_(board_.races(), options.commit_trace || options.critical_path,
                options.source_profile),
      memories_(setup.arch),
      cpu_(setup.isa, setup.arch, setup.plans, setup.check, program, options.poison_seed,
           options.source_profile),
      npu_("npu",
           Npu::Parts{setup.isa, setup.arch, setup.plans, setup.check, cpu_, recorder_,
                      board_.races(), memories_, setup.engines},
           npu_options(options)) {
  for (int m = 0; m < isa::kMemories; ++m) {
    TileMemory& memory = memories_[isa::Memory(m)];
    poison(memory.data(), static_cast<std::size_t>(memory.size_bytes()),
           options.poison_seed + 1 + static_cast<std::uint64_t>(m));
  }
  board_.plug(npu_);
  npu_.dram_stats = [this] { return board_.dram_stats(); };
}

RunResult Platform::run() {
  // One cycle more than the limit, so that what ends in the last allowed cycle has been seen to
  // end.
  sc_core::sc_start(cycle_time(options_.cycle_limit.count + 1), sc_core::SC_EXIT_ON_STARVATION);
  RunResult result;
  decide(result);
  collect(result);
  return result;
}

void Platform::decide(RunResult& r) {
  const ScalarCore& core = npu_.core();
  const std::int64_t now = current_cycle();
  const bool core_stopped = core.has_ended() && core.outcome() != Outcome::Exited;
  const bool drained = core.has_ended() && npu_.engines_idle();
  const std::int64_t end = std::max(core.end_cycle(), recorder_.last_done());
  if (npu_.fault_stop_cycle() >= 0 && now >= npu_.fault_stop_cycle()) {
    const FaultInfo& fault = recorder_.first_fault();
    r.outcome = Outcome::EngineFault;
    r.cycles = npu_.fault_stop_cycle();
    r.trap_cause = "engine fault";
    r.pc = fault.pc;
    r.fault_address = fault.address;
    r.message = fmt::format("{} engine: {} at pc 0x{:08x}: {}", name_of(fault.unit),
                            fault.instruction->name, fault.pc, fault.reason);
  } else if (core_stopped) {
    r.outcome = core.outcome();
    r.cycles = core.end_cycle();
    if (r.outcome == Outcome::Trap) {
      const Cpu::TrapInfo& trap = cpu_.trap_info();
      r.trap_cause = name_of(trap.cause);
      r.pc = trap.pc;
      r.fault_address = trap.value;
      r.message = trap.message;
    } else {
      r.pc = cpu_.pc();
      r.message = fmt::format("more than {} scalar instructions (pc 0x{:08x})",
                              options_.instruction_limit, cpu_.pc());
    }
  } else if (drained && end <= options_.cycle_limit.count) {
    r.outcome = Outcome::Exited;
    r.exit_code = core.exit_code();
    r.cycles = end;
  } else if (now < options_.cycle_limit.count && !sc_core::sc_pending_activity()) {
    r.outcome = Outcome::Deadlock;
    r.cycles = std::max({cpu_.cycle(), recorder_.last_done(), now});
    r.pc = cpu_.pc();
    r.message = "deadlock: " + npu_.waiting();
  } else {
    r.outcome = Outcome::CycleLimit;
    r.cycles = options_.cycle_limit.count;
    r.pc = cpu_.pc();
    r.message = fmt::format("not done after {} cycles (pc 0x{:08x})", r.cycles, cpu_.pc());
    const std::string waiting = npu_.waiting();
    if (!waiting.empty()) r.message += ": " + waiting;
  }
}

void Platform::collect(RunResult& r) {
  r.instructions = cpu_.retired();
  r.printed = npu_.core().printed();
  if (options_.keep_memories) collect_memories(r);
  collect_stats(r);
  board_.collect(r, [this](std::uint32_t address, std::uint32_t size) {
    const std::uint8_t* const bytes = cpu_.memory(address, size);
    return bytes == nullptr ? std::vector<std::uint8_t>()
                            : std::vector<std::uint8_t>(bytes, bytes + size);
  });
  collect_profile(r);
}

void Platform::collect_memories(RunResult& r) {
  for (int m = 0; m < isa::kMemories; ++m) {
    const TileMemory& memory = memories_[isa::Memory(m)];
    r.memories[std::string(name_of(isa::Memory(m)))].assign(memory.data(),
                                                            memory.data() + memory.size_bytes());
  }
  const auto size = static_cast<std::uint32_t>(arch_.scalar.dtcm_bytes);
  const std::uint8_t* const dtcm = cpu_.memory(kDtcmBase, size);
  r.memories["DTCM"].assign(dtcm, dtcm + size);
}

void Platform::collect_stats(RunResult& r) {
  for (int u = 0; u < isa::kUnits; ++u) {
    r.units[u] = npu_.stats(isa::Unit(u), r.cycles);
    std::int64_t sum = 0;
    for (std::int64_t cycles : r.units[u].cycles) sum += cycles;
    CF_CHECK(sum == r.cycles, fmt::format("{}: stall reasons add up to {} of {} cycles",
                                          name_of(isa::Unit(u)), sum, r.cycles));
  }
}

void Platform::collect_profile(RunResult& r) {
  std::vector<CommitRecord> records = recorder_.take_records();
  if (options_.critical_path) {
    r.critical_path = critical_path(isa_, records, npu_.core().stalls(), r.cycles);
  }
  if (options_.commit_trace) r.trace = std::move(records);
  if (options_.source_profile) {
    r.pc_cycles = recorder_.pc_cycles();
    const std::vector<std::int64_t>& scalar = cpu_.pc_cycles();
    for (std::size_t i = 0; i < scalar.size(); ++i) {
      if (scalar[i] != 0) r.pc_cycles[static_cast<std::uint32_t>(4 * i)] += scalar[i];
    }
  }
}

}  // namespace coldforge::sim
