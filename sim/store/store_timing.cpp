#include "sim/store/store_timing.h"

namespace coldforge::sim {

void StoreTiming::plan(const ViewDesc& view, const TileDesc& tile, StorePlan& plan) const {
  plan.bursts.clear();
  plan.banks.clear();
  plan.first_pad_steps = 0;
  plan.side = port_side(tile.memory, false);
  const LineGeometry& geometry = geometry_[tile.memory];
  LineWalk walk(tile, geometry);
  cutter_.for_each_piece(view, [&](const BurstPiece& piece) {
    if (!piece.request) {
      std::int64_t& steps =
          plan.bursts.empty() ? plan.first_pad_steps : plan.bursts.back().pad_steps;
      steps += piece.is_second_pad ? 1 : 0;
      return;
    }
    StorePlan::Burst burst;
    static_cast<BurstPiece&>(burst) = piece;
    burst.steps_begin = static_cast<std::uint32_t>(plan.banks.size());
    walk.seek(piece.first);
    walk.take(piece.count,
              [&](std::int64_t line) { plan.banks.push_back(geometry.bank_bit(line)); });
    if (piece.count == 0) plan.banks.push_back(0);
    burst.steps_end = static_cast<std::uint32_t>(plan.banks.size());
    plan.bursts.push_back(burst);
  });
}

}  // namespace coldforge::sim
