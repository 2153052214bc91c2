#include "tests/rtl_bench/scalar/reference.h"

#include <algorithm>
#include <limits>

namespace coldforge::rtl_bench {
namespace {

using sim::Action;
using sim::Cause;
using sim::Cpu;
using sim::Stall;

constexpr int kA0 = 10, kA1 = 11, kA2 = 12, kA7 = 17;
constexpr std::uint32_t kExitCall = 93, kPrintCall = 64, kLargestPrint = 1 << 20;

}  // namespace

Stall Step::stall_at(std::int64_t cycle) const {
  if (cycle < issue) return Stall::QueueFull;
  return cycle >= stall_from && cycle < stall_to ? stall : Stall::Busy;
}

void Reference::trap(Step& step, Cause cause, std::uint32_t value) {
  step.traps = cpu_.cycle();
  if (cpu_.trap(cause, value, "")) return;
  step.ends = true;
  step.next = step.traps + 1;
}

Step Reference::step() {
  Step step;
  step.first = cpu_.cycle();
  step.pc = cpu_.pc();
  for (int r = 1; r < 32; ++r) step.x[r] = cpu_.reg(r);
  const std::uint64_t retired = cpu_.retired();
  switch (cpu_.run(1, std::numeric_limits<std::int64_t>::max())) {
    case Cpu::Stop::Limit:
      if (cpu_.retired() == retired) step.traps = step.first;
      break;
    case Cpu::Stop::Tile:
      tile(step);
      break;
    case Cpu::Stop::DramLoad:
      dram(step, false);
      break;
    case Cpu::Stop::DramStore:
      dram(step, true);
      break;
    case Cpu::Stop::Counter: {
      const std::uint32_t csr = cpu_.access().address;
      const std::uint64_t value = world_.counter(csr & ~sim::kCsrHighHalf, step.first);
      cpu_.finish_value(
          static_cast<std::uint32_t>((csr & sim::kCsrHighHalf) != 0 ? value >> 32 : value),
          step.first + 1);
      break;
    }
    case Cpu::Stop::Ecall:
      ecall(step);
      break;
    case Cpu::Stop::Trap:
      step.traps = step.first;
      step.ends = true;
      step.next = step.first + 1;
      break;
  }
  if (!step.ends) step.next = cpu_.cycle();
  if (step.traps < 0 && step.retires < 0) step.retires = step.next - 1;
  return step;
}

void Reference::tile(Step& step) {
  const std::int64_t first = step.first;
  const sim::TilePlan& plan = cpu_.plan();
  step.command = cpu_.capture();
  if (cpu_.has_bad_view() || !check_.problem(plan, step.command).empty()) {
    return trap(step, Cause::IllegalTile, cpu_.word());
  }
  const std::uint32_t operand = step.command.x[0];
  std::int64_t at = first;
  switch (plan.action) {
    case Action::SetFlag:
      step.set = first;
      if (world_.overflow(first)) return trap(step, Cause::IllegalTile, cpu_.word());
      break;
    case Action::WaitFlag:
      step.wait_from = first;
      step.wait_to = first;
      step.conflicts = world_.conflict(first);
      if (step.conflicts) return trap(step, Cause::IllegalTile, cpu_.word());
      while (!world_.take(at)) ++at;
      step.wait_to = at;
      step.stall = Stall::Flag;
      break;
    case Action::Barrier:
      while ((operand >> 1 & ~world_.drained(at)) != 0) ++at;
      step.stall = Stall::Barrier;
      break;
    default: {
      const int engine = static_cast<int>(plan.instruction->unit) - 1;
      while ((world_.accepts(at) >> engine & 1) == 0) ++at;
      step.issue = at;
      step.command.seq = seq_++;
      if (plan.action != Action::Gets) return cpu_.complete(at + 1);
      step.retires = at;
      ++at;
      while ((world_.drained(at) >> 4 & 1) == 0) ++at;
      step.stall = Stall::Result;
      step.stall_from = step.issue + 1;
      step.stall_to = at;
      step.element = world_.element(at);
      return cpu_.finish_value(step.element, at);
    }
  }
  step.stall_from = first;
  step.stall_to = at;
  step.sync = at;
  step.command.seq = seq_++;
  cpu_.complete(at + 1);
}

void Reference::dram(Step& step, bool write) {
  step.access = cpu_.access();
  (write ? step.writes_dram : step.reads_dram) = true;
  step.response = step.first + world_.latency(step.first);
  step.is_error = world_.error(step.first);
  step.stall = Stall::Result;
  step.stall_from = step.first;
  step.stall_to = step.response;
  for (std::uint32_t i = 0; i < step.access.bytes; ++i) {
    const std::uint32_t address = step.access.address + i;
    if (write && !step.is_error) {
      dram_[address] = static_cast<std::uint8_t>(step.access.value >> 8 * i);
    }
    const auto written = dram_.find(address);
    const std::uint8_t byte = written == dram_.end() ? world_.dram(address) : written->second;
    step.data |= std::uint32_t{byte} << 8 * i;
  }
  if (step.is_error) {
    cpu_.advance(step.response);
    return trap(step, write ? Cause::StoreFault : Cause::LoadFault, step.access.address);
  }
  if (write) {
    cpu_.complete(step.response + 1);
  } else {
    cpu_.finish_load(step.data, step.response + 1);
  }
}

void Reference::ecall(Step& step) {
  if (cpu_.reg(kA7) == kExitCall) {
    step.ends = step.exits = true;
    step.exit_code = cpu_.reg(kA0);
    step.retires = step.first;
    step.next = step.first + 1;
    return cpu_.complete(step.next);
  }
  if (cpu_.reg(kA7) != kPrintCall) return trap(step, Cause::Ecall, 0);
  step.prints = true;
  const std::uint32_t address = cpu_.reg(kA1);
  if (!world_.print_ok(address)) return trap(step, Cause::LoadFault, address);
  cpu_.set_reg(kA0, std::min(cpu_.reg(kA2), kLargestPrint));
  cpu_.complete(step.first + 1);
}

}  // namespace coldforge::rtl_bench
