#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "isa/arch.h"
#include "sim/run.h"
#include "sim/scalar/csr.h"
#include "sim/scalar/decode.h"
#include "sim/scalar/descriptors.h"
#include "sim/scalar/issue_check.h"
#include "sim/scalar/tile_plan.h"

namespace coldforge::sim {

/// The scalar core without its surroundings: RV32IM and Zicsr, machine mode, in order, with ITCM,
/// DTCM and the descriptor registers. Plain C++: the SystemC module around it (core.h) lets it run
/// ahead to its next interaction and carries that out.
///
/// Time: cycle() is the cycle of the instruction at pc(); costs as in sim/README.md, "Scalar core".
class Cpu {
 public:
  /// Why run() returned. In all cases but Limit the instruction at pc() is not carried out yet.
  enum class Stop : std::uint8_t {
    Limit,      ///< a limit given to run() was reached
    Tile,       ///< engine or synchronisation instruction: plan() and word()
    DramLoad,   ///< access(): then finish_load()
    DramStore,  ///< access(): then complete()
    Counter,    ///< access().address is an NPU counter CSR: then finish_value()
    Ecall,
    Trap,  ///< a trap without handler: trap()
  };
  struct Access {
    std::uint32_t address = 0;
    std::uint32_t bytes = 0;
    std::uint32_t value = 0;  ///< stores: the data, in the low bytes
  };
  struct TrapInfo {
    Cause cause = Cause::Illegal;
    std::uint32_t pc = 0;
    std::uint32_t value = 0;  ///< what mtval shows
    std::string message;      ///< one line
  };

  /// All references outlive the core. The DTCM beyond the program's segments holds a pattern of
  /// `poison_seed`.
  Cpu(const isa::Isa& isa, const isa::Arch& arch, const std::vector<TilePlan>& plans,
      const IssueCheck& check, const Program& program, std::uint64_t poison_seed, bool profile);

  /// Runs until an interaction, or until `instructions` more were tried or cycle() >=
  /// `cycle_limit`.
  Stop run(std::uint64_t instructions, std::int64_t cycle_limit);

  std::int64_t cycle() const { return cycle_; }
  std::uint64_t steps() const {
    return steps_;
  }  ///< instructions tried, those that trapped included
  std::uint64_t retired() const { return steps_ - not_retired_; }
  std::uint32_t pc() const { return pc_; }
  std::uint32_t word() const;
  const TilePlan& plan() const;
  const Access& access() const { return access_; }
  const TrapInfo& trap_info() const { return trap_; }
  std::uint32_t reg(int number) const { return x_[number]; }
  void set_reg(int number, std::uint32_t value) {
    if (number != 0) x_[number] = value;
  }

  /// The command of the tile instruction at pc(): descriptors and registers as they are now.
  Command capture() const;
  /// True if the descriptors of the instruction at pc() were found legal since they last changed;
  /// note_legal() says so.
  bool known_legal() const;
  void note_legal();
  bool has_bad_view() const;  ///< an operand field names v8 or above

  /// The instruction at pc() is carried out; the next one begins in cycle `next`.
  void complete(std::int64_t next);
  void finish_load(std::uint32_t bits, std::int64_t next);
  void finish_value(std::uint32_t value,
                    std::int64_t next);  ///< the value goes to the destination register
  /// The instruction at pc() takes until `cycle`: for one that traps late.
  void advance(std::int64_t cycle) { cycle_ = cycle; }
  /// The instruction at pc() traps. False if there is no handler: the run ends with trap_info().
  bool trap(Cause cause, std::uint32_t value, std::string message);

  /// Memories of the core for the debug port and for printing; nullptr if the range is not in one
  /// of them.
  const std::uint8_t* memory(std::uint32_t address, std::uint32_t bytes) const;
  std::uint8_t* writable_memory(std::uint32_t address, std::uint32_t bytes);  ///< DTCM only

  /// Cycles charged to each word of the ITCM, if profiling is on.
  const std::vector<std::int64_t>& pc_cycles() const { return pc_cycles_; }

 private:
  template <bool kProfile>
  Stop run_loop(std::uint64_t last_step, std::int64_t cycle_limit);
  template <class T>
  bool load_fast(std::uint32_t address, T& value) const;
  template <class T>
  bool store_fast(std::uint32_t address, T value);
  std::size_t behind_code(std::uint32_t pc) const;
  /// Whatever the loop does not do itself; true if it is done and the loop goes on, false to return
  /// `stop`.
  bool slow_step(const Decoded& d, Stop& stop);
  bool load_slow(std::uint32_t address, std::uint32_t bytes, Stop& stop);
  bool store_slow(std::uint32_t address, std::uint32_t bytes, std::uint32_t value, Stop& stop);
  bool raise(Cause cause, std::uint32_t value, const char* what, Stop& stop);
  bool csr(const Decoded& d, Stop& stop);
  bool csr_write_value(const Decoded& d, std::uint32_t old, std::uint32_t& value) const;
  bool config(const Decoded& d, Stop& stop);
  void write_load(const Decoded& d, std::uint32_t bits);

  const isa::Isa& isa_;
  const std::vector<TilePlan>& plans_;
  const IssueCheck& check_;
  const std::int64_t mul_extra_, div_extra_, jump_extra_;
  std::vector<std::uint8_t> itcm_, dtcm_;
  /// One a word up to code_end_, an Illegal for the rest of the ITCM, a FetchFault for what is no
  /// ITCM.
  std::vector<Decoded> decoded_;
  std::uint32_t code_end_ = 0;
  std::vector<std::uint64_t>
      legal_stamps_;  ///< descriptor stamp + 1 of the last successful check, by word
  std::vector<std::int64_t> pc_cycles_;
  std::uint32_t x_[33] = {};  ///< [32] takes what is written to x0
  std::uint32_t pc_;
  std::int64_t cycle_ = 0;
  std::uint64_t steps_ = 0, not_retired_ = 0;
  CsrFile csrs_;
  Descriptors descriptors_;
  Access access_;
  TrapInfo trap_;
};

/// Fills memory that a program must not rely on: a pattern that depends on seed and position only.
void poison(std::uint8_t* bytes, std::size_t size, std::uint64_t seed);

}  // namespace coldforge::sim
