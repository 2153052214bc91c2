#pragma once

#include <cstdint>
#include <vector>

#include "isa/isa.h"
#include "sim/run.h"
#include "sim/scalar/core_stall.h"

namespace coldforge::sim {

/// Which instructions determined the end of a run, last first: each step begins where the one after
/// it in the list ends.
///
/// From the record that was done last, backwards: an instruction that waited for another one is
/// preceded by that one; else by the scalar code that issued it, up to the core's last stall, which
/// leads to the record that ended it. Neighbouring steps of one instruction word are put together;
/// at most 4096 steps are given, from the end on.
///
///   records  by seq, done -1 where still open
///   stalls   of the core, by time
std::vector<PathStep> critical_path(const isa::Isa& isa, const std::vector<CommitRecord>& records,
                                    const std::vector<CoreStall>& stalls, std::int64_t end_cycle);

}  // namespace coldforge::sim
