#pragma once

#include <memory>
#include <string>

#include "sim/run.h"

namespace coldforge::sim {

/// What a run on each backend must keep, so that they can be compared.
RunOptions lockstep_options(const RunOptions& wanted);

/// Two runs of one program side by side. Their result is the model's if both agree, else the
/// model's with Outcome::Divergence. What only the comparison needed and `wanted` did not ask for
/// is dropped.
std::unique_ptr<Machine::Pending> start_lockstep(const isa::Isa& isa, const RunOptions& wanted,
                                                 std::unique_ptr<Machine::Pending> model,
                                                 std::unique_ptr<Machine::Pending> rtl);

/// Where two runs of one program differ.
struct Difference {
  std::string text;         ///< several lines; empty if they agree
  std::uint32_t pc = 0;     ///< of the instruction that diverged first, 0 if it is none
  std::int64_t cycle = -1;  ///< of the first event that differs, on the earlier backend; -1: none
};

/// Compares issue, start and done of every instruction, outcome, cycles, stall tables, DRAM
/// counters, prints, and, if both exited, all memories byte by byte. Lockstep is claimed for
/// race-free programs: a race on both is no difference by itself, but what follows from it may be.
/// After a fault or trap, events of the last cycles and memories are not compared. A difference in
/// time comes with the last 16 instructions of each engine.
Difference compare(const isa::Isa& isa, const RunResult& model, const RunResult& rtl);

}  // namespace coldforge::sim
