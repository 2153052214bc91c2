#include "sim/scalar/csr.h"

#include "isa/isa.h"

namespace coldforge::sim {
namespace {

// Numbers: RISC-V privileged architecture, table 2.5.
constexpr std::uint32_t kMstatus = 0x300, kMisa = 0x301, kMie = 0x304, kMtvec = 0x305,
                        kMstatush = 0x310, kMscratch = 0x340, kMepc = 0x341, kMcause = 0x342,
                        kMtval = 0x343, kMip = 0x344, kMcycle = 0xb00, kMinstret = 0xb02,
                        kMcycleh = 0xb80, kMinstreth = 0xb82, kCycle = 0xc00, kTime = 0xc01,
                        kInstret = 0xc02, kCycleh = 0xc80, kTimeh = 0xc81, kInstreth = 0xc82,
                        kMvendorid = 0xf11, kMarchid = 0xf12, kMimpid = 0xf13, kMhartid = 0xf14,
                        kMconfigptr = 0xf15;
constexpr std::uint32_t kMisaRv32im = 0x4000'1100;  // MXL = 1 (32 bits), I and M
constexpr std::uint32_t kMppMachine = 3u << 11;     // the only privilege mode there is

std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }
std::uint64_t with_low(std::uint64_t old, std::uint32_t value) { return (old >> 32 << 32) | value; }
std::uint64_t with_high(std::uint64_t old, std::uint32_t value) {
  return std::uint64_t{low(old)} | std::uint64_t{value} << 32;
}

}  // namespace

const char* name_of(Cause cause) {
  switch (cause) {
    case Cause::FetchMisaligned:
      return "instruction address misaligned";
    case Cause::FetchFault:
      return "instruction access fault";
    case Cause::Illegal:
      return "illegal instruction";
    case Cause::Breakpoint:
      return "breakpoint";
    case Cause::LoadMisaligned:
      return "load address misaligned";
    case Cause::LoadFault:
      return "load access fault";
    case Cause::StoreMisaligned:
      return "store address misaligned";
    case Cause::StoreFault:
      return "store access fault";
    case Cause::Ecall:
      return "environment call";
    case Cause::IllegalTile:
      return "illegal tile operation";
  }
  return "unknown";
}

bool is_npu_counter(std::uint32_t csr) {
  const std::uint32_t base = csr & ~kCsrHighHalf;
  return (base >= kCsrBusyCycles && base < kCsrBusyCycles + isa::kUnits) ||
         (base >= kCsrInstructions && base < kCsrInstructions + isa::kUnits) ||
         base == kCsrDramReadBytes || base == kCsrDramWriteBytes;
}

bool CsrFile::read(std::uint32_t csr, std::int64_t cycle, std::uint64_t retired,
                   std::uint32_t& value) const {
  const std::uint64_t cycles = static_cast<std::uint64_t>(cycle);
  switch (csr) {
    case kMstatus:
      value = kMppMachine | interrupts_ << 3 | interrupts_before_ << 7;
      return true;
    case kMisa:
      value = kMisaRv32im;
      return true;
    case kMie:
      value = mie_;
      return true;
    case kMtvec:
      value = mtvec_;
      return true;
    case kMscratch:
      value = mscratch_;
      return true;
    case kMepc:
      value = mepc_;
      return true;
    case kMcause:
      value = mcause_;
      return true;
    case kMtval:
      value = mtval_;
      return true;
    case kMcycle:
      value = low(cycles + cycle_offset_);
      return true;
    case kMcycleh:
      value = high(cycles + cycle_offset_);
      return true;
    case kMinstret:
      value = low(retired + retired_offset_);
      return true;
    case kMinstreth:
      value = high(retired + retired_offset_);
      return true;
    case kCycle:
    case kTime:
      value = low(cycles + cycle_offset_);
      return true;
    case kCycleh:
    case kTimeh:
      value = high(cycles + cycle_offset_);
      return true;
    case kInstret:
      value = low(retired + retired_offset_);
      return true;
    case kInstreth:
      value = high(retired + retired_offset_);
      return true;
    case kMstatush:
    case kMip:
    case kMvendorid:
    case kMarchid:
    case kMimpid:
    case kMhartid:
    case kMconfigptr:
      value = 0;
      return true;
    default:
      return false;
  }
}

bool CsrFile::write(std::uint32_t csr, std::uint32_t value, std::int64_t cycle,
                    std::uint64_t retired) {
  // A counter that is written holds the value in the next instruction, which comes after this one
  // was counted.
  const std::uint64_t next_cycle = static_cast<std::uint64_t>(cycle) + 1;
  const std::uint64_t next_retired = retired + 1;
  switch (csr) {
    case kMstatus:
      interrupts_ = (value & 1u << 3) != 0;
      interrupts_before_ = (value & 1u << 7) != 0;
      return true;
    case kMie:
      mie_ = value & 0x888;
      return true;
    case kMtvec:
      mtvec_ = value & ~3u;
      return true;
    case kMscratch:
      mscratch_ = value;
      return true;
    case kMepc:
      mepc_ = value & ~3u;
      return true;
    case kMcause:
      mcause_ = value;
      return true;
    case kMtval:
      mtval_ = value;
      return true;
    case kMcycle:
      cycle_offset_ = with_low(next_cycle + cycle_offset_, value) - next_cycle;
      return true;
    case kMcycleh:
      cycle_offset_ = with_high(next_cycle + cycle_offset_, value) - next_cycle;
      return true;
    case kMinstret:
      retired_offset_ = with_low(next_retired + retired_offset_, value) - next_retired;
      return true;
    case kMinstreth:
      retired_offset_ = with_high(next_retired + retired_offset_, value) - next_retired;
      return true;
    case kMisa:
    case kMstatush:
    case kMip:
      return true;  // no writable field
    default:
      return false;
  }
}

void CsrFile::enter_trap(Cause cause, std::uint32_t pc, std::uint32_t value) {
  mcause_ = static_cast<std::uint32_t>(cause);
  mepc_ = pc;
  mtval_ = value;
  interrupts_before_ = interrupts_;
  interrupts_ = false;
}

void CsrFile::leave_trap() {
  interrupts_ = interrupts_before_;
  interrupts_before_ = true;
}

}  // namespace coldforge::sim
