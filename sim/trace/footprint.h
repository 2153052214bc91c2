#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/exec/command.h"

namespace coldforge::sim {

/// Where bytes lie: a tile memory, by isa::Memory, or DRAM.
inline constexpr int kSpaceDram = isa::kMemories;
inline constexpr int kSpaces = isa::kMemories + 1;

/// A set of bytes of one space.
class Footprint {
 public:
  struct Interval {
    std::int64_t low, end;  ///< [low, end)
  };
  static Footprint of_bytes(std::int64_t low, std::int64_t end);
  static Footprint of_tile(const TileDesc& tile);
  /// Valid elements of a view; `base` is added to every address.
  static Footprint of_view(const ViewDesc& view, ElementType type, std::int64_t base);

  std::int64_t low() const { return low_; }
  std::int64_t end() const { return end_; }  ///< low() == end(): empty
  /// Exact; where() gets one interval of common bytes.
  bool overlaps(const Footprint& other, Interval* where = nullptr) const;
  /// Sorted, disjoint, maximal.
  const std::vector<Interval>& intervals() const;

 private:
  std::int64_t low_ = 0, end_ = 0;
  bool solid_ = false;  ///< every byte of [low_, end_)
  bool is_view_ = false;
  TileDesc tile_;
  std::shared_ptr<const ViewDesc> view_;
  ElementType type_ = ElementType::Fp32;
  std::int64_t base_ = 0;
  mutable std::vector<Interval> intervals_;  ///< made when first asked for
};

/// What an instruction reads or writes in one space.
struct Access {
  int space = 0;
  bool write = false;
  Footprint bytes;
};

/// All accesses of a command: tiles by their access, views in DRAM for load and store, in the
/// source tile's memory elsewhere.
std::vector<Access> accesses_of(const Command& command);

}  // namespace coldforge::sim
