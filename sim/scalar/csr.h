#pragma once

#include <cstdint>

namespace coldforge::sim {

/// Causes of traps, as mcause shows them. 24 is the first custom cause: a tile instruction whose
/// operands break a rule.
enum class Cause : std::uint32_t {
  FetchMisaligned = 0,
  FetchFault = 1,
  Illegal = 2,
  Breakpoint = 3,
  LoadMisaligned = 4,
  LoadFault = 5,
  StoreMisaligned = 6,
  StoreFault = 7,
  Ecall = 11,
  IllegalTile = 24,
};
const char* name_of(Cause cause);  // "illegal instruction", "load access fault", ...

/// NPU counters: custom read-only CSRs of machine mode, low halves; the high half of each stands
/// 0x20 above.
inline constexpr std::uint32_t kCsrBusyCycles =
    0xfc0;  ///< + Unit number: busy cycles of a unit, in cycles before this one
inline constexpr std::uint32_t kCsrInstructions =
    0xfc8;  ///< + Unit number: instructions that were done
inline constexpr std::uint32_t kCsrDramReadBytes = 0xfd0;
inline constexpr std::uint32_t kCsrDramWriteBytes = 0xfd1;
inline constexpr std::uint32_t kCsrHighHalf = 0x20;
bool is_npu_counter(std::uint32_t csr);

/// The machine-mode CSRs that the core keeps itself. Fields that are not implemented read as 0 and
/// ignore writes (WARL): there are no interrupts, no lower privilege modes and no vectored trap
/// handlers.
///
/// mcycle and minstret may be written as the privileged manual demands; that moves what the guest
/// reads, never what a run reports.
class CsrFile {
 public:
  /// False if the CSR does not exist. `cycle` and `retired` are those before the reading
  /// instruction.
  bool read(std::uint32_t csr, std::int64_t cycle, std::uint64_t retired,
            std::uint32_t& value) const;
  /// False if it does not exist or is read-only (bits 11:10 both set).
  bool write(std::uint32_t csr, std::uint32_t value, std::int64_t cycle, std::uint64_t retired);

  std::uint32_t handler() const { return mtvec_; }
  std::uint32_t exception_pc() const { return mepc_; }
  void enter_trap(Cause cause, std::uint32_t pc, std::uint32_t value);
  void leave_trap();  ///< mret: interrupt enable back from its stack

 private:
  std::uint32_t mtvec_ = 0, mepc_ = 0, mcause_ = 0, mtval_ = 0, mscratch_ = 0, mie_ = 0;
  bool interrupts_ = false, interrupts_before_ = false;  ///< mstatus.MIE and MPIE
  std::uint64_t cycle_offset_ = 0, retired_offset_ = 0;
};

}  // namespace coldforge::sim
