#pragma once

#include <cstdint>

#include "sim/run.h"

namespace coldforge::sim {

/// A stretch of cycles in which the core stood still.
struct CoreStall {
  std::int64_t from = 0, to = 0;  ///< [from, to)
  Stall reason = Stall::Busy;
  std::int64_t released_by = -1;  ///< seq of the record that ended it, -1: the DRAM
  std::uint32_t pc = 0;
};

}  // namespace coldforge::sim
