#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "sim/scalar/cpu.h"
#include "tests/rtl_bench/scalar/world.h"

namespace coldforge::rtl_bench {

/// One instruction of the model's core, with everything that the RTL must show while it is at the
/// head. It is there in the cycles [first, next).
struct Step {
  std::int64_t first = 0, next = 0;
  std::uint32_t pc = 0;
  std::uint32_t x[32] = {};   ///< before it
  std::int64_t retires = -1;  ///< cycle, or -1: it traps
  std::int64_t traps = -1;    ///< likewise
  sim::Stall stall = sim::Stall::Busy;
  std::int64_t stall_from = 0, stall_to = 0;  ///< cycles charged to `stall`
  sim::Stall stall_at(std::int64_t cycle) const;

  bool reads_dram = false, writes_dram = false;  ///< asked for in `first`
  sim::Cpu::Access access;
  std::int64_t response = -1;
  std::uint32_t data = 0;  ///< of a read
  bool is_error = false;

  std::int64_t issue = -1;
  sim::Command command;  ///< issued; its seq is set
  std::int64_t set = -1, wait_from = -1, wait_to = -1, sync = -1;
  bool conflicts = false;
  std::uint32_t element = 0;
  bool prints = false;

  bool ends = false;  ///< then `next` is the first cycle without the core
  bool exits = false;
  std::uint32_t exit_code = 0;
};

/// sim::ScalarCore without the machine around it, which is a World instead: the same rules, one
/// instruction at a time.
class Reference {
 public:
  /// All references outlive it.
  Reference(sim::Cpu& cpu, const sim::IssueCheck& check, const World& world)
      : cpu_(cpu), check_(check), world_(world) {}
  Step step();

 private:
  void tile(Step& step);
  void dram(Step& step, bool write);
  void ecall(Step& step);
  void trap(Step& step, sim::Cause cause, std::uint32_t value);

  sim::Cpu& cpu_;
  const sim::IssueCheck& check_;
  const World& world_;
  std::map<std::uint32_t, std::uint8_t> dram_;  ///< what the program wrote
  std::uint64_t seq_ = 0;
};

}  // namespace coldforge::rtl_bench
