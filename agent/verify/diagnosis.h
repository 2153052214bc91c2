#pragma once

#include <string>

#include "agent/verify/verdict.h"
#include "kernels/bounds.h"
#include "kernels/build/line_table.h"
#include "sim/run.h"

namespace coldforge::agent {

/// What a machine can do in a cycle, for kernels::lower_bound.
kernels::MachineRates rates_of(const isa::Arch& arch);

/// Where a run happened: its program, its lines, its source.
struct KernelImage {
  const sim::Program* program = nullptr;
  const kernels::LineTable* lines = nullptr;
  const std::string* source = nullptr;
};

/// "line 12: `npu::tload(x, in);`", or "pc 0x40" where no line is known.
std::string place_text(const KernelImage& image, std::uint32_t pc);
/// The line itself, trimmed, at most 100 characters; "" if there is none.
std::string source_line(const std::string& source, int line);
BlamedLine blamed(const KernelImage& image, std::uint32_t pc, std::string why);

/// Fills units, dram, instructions, bottleneck, line_cycles, class_cycles and path from a run.
///
/// Bottleneck: the class whose resource was busy longest, if that was at least half of the run;
/// else "ordering" (units waited for each other). dram = a beat moved; matrix; vector = vector or
/// move engine; scalar = an instruction retired.
void profile(const isa::Isa& isa, const KernelImage& image, const sim::RunResult& run,
             Verdict& verdict);

/// The reason of a passing verdict: cycles, bound, busy shares, stalls, shares of the source's
/// functions, the dearest lines, the end of the critical path.
std::string diagnosis_text(const std::string& source, const Verdict& verdict);

/// Stall reasons of all engines, longest first: (unit, reason, cycles). Busy and Empty are no
/// stalls.
struct StallShare {
  isa::Unit unit;
  sim::Stall stall;
  std::int64_t cycles;
};
std::vector<StallShare> stalls_by_length(const Verdict& verdict);

}  // namespace coldforge::agent
