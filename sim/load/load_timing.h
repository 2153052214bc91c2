#pragma once

#include <cstdint>
#include <vector>

#include "sim/mem/bursts.h"
#include "sim/mem/port_arbiter.h"
#include "sim/mem/tile_lines.h"

namespace coldforge::sim {

/// What a load asks for: pieces in order, each with the tile lines that it writes, one a step.
struct LoadPlan {
  struct Piece : BurstPiece {
    std::uint32_t groups_begin = 0,
                  groups_end = 0;  ///< beats of a request; groups of lanes of invalid elements
  };
  std::vector<Piece> pieces;
  std::vector<std::uint32_t> group_end;  ///< [group]: one past its last step in `banks`
  std::vector<std::uint64_t> banks;  ///< [step]: bank bit; 0 for a beat in which no element ends
  PortSide side = PortSide::VecWrite;
  std::size_t requests = 0;
};

/// Steps of the load engine.
/// Source: sim/README.md, "Load engine".
class LoadTiming {
 public:
  explicit LoadTiming(const isa::Arch& arch);
  /// `plan` is overwritten; its vectors keep their memory.
  void plan(const ViewDesc& view, const TileDesc& tile, LoadPlan& plan) const;

 private:
  const BurstCutter cutter_;
  const LineGeometries geometry_;
  const std::int64_t lanes_;
};

}  // namespace coldforge::sim
