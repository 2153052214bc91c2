#include "sim/rtl/rtl_platform.h"

#include <fmt/format.h>

#include <utility>

#include "sim/base/error.h"
#include "sim/scalar/csr.h"
#include "sim/soc/clock.h"
#include "sim/soc/flags.h"

namespace coldforge::sim {
namespace {

/// cf_npu_pkg::fault_e
enum FaultCode {
  kFlagOverflow = 1,
  kFlagWaiter = 2,
  kGather = 3,
  kLoadAccess = 4,
  kStoreAccess = 5
};

RtlNpu::Options npu_options(const RunOptions& options) {
  RtlNpu::Options npu;
  npu.cycle_limit = options.cycle_limit.count;
  npu.instruction_limit = options.instruction_limit;
  npu.poison_seed = options.poison_seed;
  npu.print_limit_bytes = options.print_limit_bytes;
  npu.wave = options.wave;
  npu.wave_from = options.wave_from;
  npu.wave_to = options.wave_to;
  return npu;
}

}  // namespace

RtlPlatform::RtlPlatform(const Setup& setup, const Program& program,
                         const std::vector<Buffer>& buffers, std::size_t callers_buffers,
                         const RunOptions& options)
    : isa_(setup.isa),
      arch_(setup.arch),
      options_(options),
      board_(setup.isa, setup.arch, program, buffers, callers_buffers, options),
      observer_(
          {setup.isa, setup.plans, setup.engine_plans, board_.races(), options.source_profile}),
      npu_("npu", setup.arch, setup.library, program, observer_, npu_options(options)) {
  board_.plug(npu_);
}

RunResult RtlPlatform::run() {
  sc_core::sc_start();
  CF_CHECK(npu_.has_stopped(), "the RTL runs until it has stopped");
  RunResult result;
  decide(result);
  collect(result);
  return result;
}

void RtlPlatform::decide(RunResult& r) {
  const CfRtlOutputs& out = npu_.outputs();
  r.outcome = npu_.outcome();
  r.cycles = npu_.end_cycle();
  r.pc = observer_.pc();
  switch (r.outcome) {
    case Outcome::Exited:
      r.exit_code = static_cast<std::int32_t>(out.exit_code);
      r.pc = 0;
      break;
    case Outcome::EngineFault:
      describe_fault(r);
      break;
    case Outcome::Trap:
      r.pc = out.end_pc;
      r.fault_address = out.value;
      r.trap_cause = name_of(static_cast<Cause>(out.cause));
      r.message = fmt::format("{} at pc 0x{:08x}", r.trap_cause, r.pc);
      break;
    case Outcome::InstructionLimit:
      r.message = fmt::format("more than {} scalar instructions (pc 0x{:08x})",
                              options_.instruction_limit, r.pc);
      break;
    case Outcome::Deadlock:
      r.message = "deadlock: " + describe_wait();
      break;
    default:
      r.message = fmt::format("not done after {} cycles (pc 0x{:08x}): {}", r.cycles, r.pc,
                              describe_wait());
  }
}

void RtlPlatform::describe_fault(RunResult& r) const {
  const CfRtlOutputs& out = npu_.outputs();
  const isa::Unit unit{out.fault_unit};
  const CommitRecord* const record = observer_.record(out.fault_seq);
  if (record == nullptr)
    throw UserError("the RTL", "faults for an instruction that it did not issue");
  const isa::Instruction& instruction =
      isa_.instructions()[static_cast<std::size_t>(record->instruction)];
  std::string reason;
  switch (out.fault_code) {
    case kFlagOverflow:
      reason = FlagFile::overflow_text(out.fault_detail);
      break;
    case kFlagWaiter:
      reason = FlagFile::conflict_text(out.fault_detail);
      break;
    case kGather:
      reason = fmt::format("gather index out of range: index {} for element {}",
                           static_cast<std::int32_t>(out.fault_detail), out.fault_extra);
      break;
    default:
      reason = fmt::format("{} access fault: {}", out.fault_code == kStoreAccess ? "store" : "load",
                           npu_.bus_problem(unit));
      r.fault_address = out.fault_detail;
  }
  r.trap_cause = "engine fault";
  r.pc = record->pc;
  r.message = fmt::format("{} engine: {} at pc 0x{:08x}: {}", name_of(unit), instruction.name, r.pc,
                          reason);
}

/// What the units were charged with at the end.
std::string RtlPlatform::describe_wait() const {
  std::string text;
  for (int u = 0; u < isa::kUnits; ++u) {
    const auto stall = static_cast<Stall>(npu_.outputs().stall[u]);
    if (stall == Stall::Empty || stall == Stall::Busy) continue;
    text += (text.empty() ? "" : "; ") +
            fmt::format("{} waits: {}", name_of(isa::Unit(u)), name_of(stall));
  }
  return text.empty() ? "no unit has anything to do" : text;
}

void RtlPlatform::collect(RunResult& r) {
  r.instructions = observer_.retired();
  r.printed = npu_.printed();
  for (int u = 0; u < isa::kUnits; ++u) r.units[u] = observer_.stats(isa::Unit(u));
  if (options_.keep_memories) {
    const isa::TileMemoryArch tiles[isa::kMemories] = {arch_.vec, arch_.left, arch_.right,
                                                       arch_.acc};
    for (int m = 0; m < isa::kMemories; ++m) {
      r.memories[std::string(name_of(isa::Memory(m)))] =
          npu_.memory(m, static_cast<std::size_t>(tiles[m].size_bytes));
    }
    r.memories["DTCM"] = npu_.memory(kCfRtlDtcm, static_cast<std::size_t>(arch_.scalar.dtcm_bytes));
  }
  board_.collect(r, [this](std::uint32_t address, std::uint32_t size) {
    return npu_.core_memory(address, size);
  });
  if (options_.commit_trace) r.trace = observer_.take_records();
  if (options_.source_profile) r.pc_cycles = observer_.pc_cycles();
}

}  // namespace coldforge::sim
