#pragma once

#include <cstdint>
#include <vector>

#include "sim/mem/bursts.h"
#include "sim/mem/port_arbiter.h"
#include "sim/mem/tile_lines.h"

namespace coldforge::sim {

/// What a store asks for: bursts in order, each with the tile lines that are read for it, one a
/// step, and the steps without a port that invalid runs cost.
struct StorePlan {
  struct Burst : BurstPiece {
    std::uint32_t steps_begin = 0, steps_end = 0;  ///< in `banks`, at least one
    std::int64_t pad_steps = 0;                    ///< behind them
  };
  std::int64_t first_pad_steps = 0;  ///< in front of all bursts
  std::vector<Burst> bursts;
  std::vector<std::uint64_t> banks;  ///< [step]: bank bit; 0 for a burst in which no element begins
  PortSide side = PortSide::VecRead;
};

/// Steps of the store engine.
/// Source: sim/README.md, "Store engine".
class StoreTiming {
 public:
  explicit StoreTiming(const isa::Arch& arch) : cutter_(arch), geometry_(arch) {}
  /// `plan` is overwritten; its vectors keep their memory.
  void plan(const ViewDesc& view, const TileDesc& tile, StorePlan& plan) const;

 private:
  const BurstCutter cutter_;
  const LineGeometries geometry_;
};

}  // namespace coldforge::sim
