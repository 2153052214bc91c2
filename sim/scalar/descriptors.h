#pragma once

#include <cstdint>

#include "sim/exec/command.h"
#include "sim/scalar/tile_plan.h"

namespace coldforge::sim {

inline constexpr int kTileRegisters = 32;
inline constexpr int kViewRegisters = 8;

/// The descriptor registers t0..t31 and v0..v7. At reset every one is without extents, hence
/// illegal as an operand.
class Descriptors {
 public:
  /// Carries out a descriptor instruction; `x` are the values of its x operands, by operand number.
  /// Ranges were checked.
  void apply(Action action, std::uint32_t tile_or_view, std::uint32_t source,
             const std::uint32_t* x);

  const TileDesc& tile(std::uint32_t number) const { return tiles_[number]; }
  const ViewDesc& view(std::uint32_t number) const { return views_[number]; }
  /// A number that grows with every write; what was checked at a stamp holds while the registers'
  /// stamps are not above it.
  std::uint64_t stamp() const { return stamp_; }
  std::uint64_t tile_stamp(std::uint32_t number) const { return tile_stamps_[number]; }
  std::uint64_t view_stamp(std::uint32_t number) const { return view_stamps_[number]; }

 private:
  void apply_to_tile(Action action, TileDesc& tile, const TileDesc& source, const std::uint32_t* x);
  void apply_to_view(Action action, ViewDesc& view, const std::uint32_t* x);

  TileDesc tiles_[kTileRegisters];
  ViewDesc views_[kViewRegisters];
  std::uint64_t stamp_ = 0;
  std::uint64_t tile_stamps_[kTileRegisters] = {};
  std::uint64_t view_stamps_[kViewRegisters] = {};
};

}  // namespace coldforge::sim
