#pragma once

#include <cstdint>
#include <vector>

#include "sim/mem/bursts.h"
#include "sim/mem/port_arbiter.h"
#include "sim/mem/tile_lines.h"

namespace coldforge::sim {

/// What a store asks for: bursts in order, each with the tile lines that are read for it, one a
/// step.
struct StorePlan {
  struct Burst : BurstPiece {
    std::uint32_t steps_begin = 0, steps_end = 0;  ///< in `banks`, at least one
  };
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
