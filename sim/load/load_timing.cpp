#include "sim/load/load_timing.h"

namespace coldforge::sim {

LoadTiming::LoadTiming(const isa::Arch& arch)
    : cutter_(arch), geometry_(arch), lanes_(arch.vector.lanes) {}

void LoadTiming::plan(const ViewDesc& view, const TileDesc& tile, LoadPlan& plan) const {
  plan.pieces.clear();
  plan.group_end.clear();
  plan.banks.clear();
  plan.requests = 0;
  plan.side = port_side(tile.memory, true);
  const std::int64_t size = size_bytes(view.type);
  int size_shift = 0;
  while ((std::int64_t{1} << size_shift) < size) ++size_shift;
  const std::int64_t beat = cutter_.beat_bytes();
  const LineGeometry& geometry = geometry_[tile.memory];
  LineWalk walk(tile, geometry);  // pieces follow each other without a gap
  const auto add_group = [&](std::int64_t count) {
    if (count == 0) plan.banks.push_back(0);
    walk.take(count, [&](std::int64_t line) { plan.banks.push_back(geometry.bank_bit(line)); });
    plan.group_end.push_back(static_cast<std::uint32_t>(plan.banks.size()));
  };
  cutter_.for_each_piece(view, [&](const BurstPiece& cut) {
    LoadPlan::Piece piece;
    static_cast<BurstPiece&>(piece) = cut;
    piece.groups_begin = static_cast<std::uint32_t>(plan.group_end.size());
    if (!cut.request) {
      for (std::int64_t done = 0; done < cut.count; done += lanes_) {
        add_group(std::min(lanes_, cut.count - done));
      }
    } else {
      ++plan.requests;
      // An element can be written with the beat that holds its last byte.
      std::int64_t written = cut.packed >> size_shift;
      for (std::int64_t at = 0; at < cut.size_bytes;) {
        const std::int64_t in_beat = (cut.address + at) & (beat - 1);
        at = std::min<std::int64_t>(cut.size_bytes, at + beat - in_beat);
        const std::int64_t complete = (cut.packed + at) >> size_shift;
        add_group(complete - written);
        written = complete;
      }
    }
    piece.groups_end = static_cast<std::uint32_t>(plan.group_end.size());
    plan.pieces.push_back(piece);
  });
}

}  // namespace coldforge::sim
