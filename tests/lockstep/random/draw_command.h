#pragma once

#include <cstdint>

#include "sim/base/random.h"
#include "tests/lockstep/random/scenario.h"

namespace coldforge::lockstep {

/// What the operands of a program look like.
struct Profile {
  std::uint32_t max_rows = 8, max_cols = 12, max_elems = 64;
  /// Tiles lie in windows of so many bytes: one that all units share, and one for each unit.
  std::uint32_t window_bytes = 512;
  std::uint32_t own_window_percent = 50;
  std::uint32_t same_bank_percent = 10;    ///< tiles whose rows lie in one bank
  std::uint32_t odd_stride_percent = 35;   ///< tiles that are not plain
  std::uint32_t plain_view_percent = 45;   ///< views that are one piece of memory
  std::int64_t max_pieces = 12;            ///< of DRAM that a view may touch
  std::uint32_t dram_window_bytes = 1024;  ///< stores, and loads of what was stored, stay in it
};

/// Draws operands for any instruction of an engine from its description alone: extents that the
/// rules equate are equal, everything else is tried until the check at issue lets it through.
class CommandDraw {
 public:
  CommandDraw(const World& world, const Profile& profile) : world_(world), profile_(profile) {}

  /// A legal command; false if none was found.
  bool legal(const isa::Instruction& instruction, Random& random, sim::Command& command) const;
  /// Changes something so that it is illegal; false if that was not found.
  bool make_illegal(sim::Command& command, Random& random) const;
  /// Moves the view of a load or store across the edge of its buffer.
  void make_fault(sim::Command& command, Random& random) const;

 private:
  bool attempt(const isa::Instruction& instruction, Random& random, sim::Command& command) const;
  bool draw_tile(const isa::Operand& operand, isa::Unit unit, sim::TileDesc& tile,
                 Random& random) const;
  bool draw_dram_view(std::int64_t elements, bool store, sim::ViewDesc& view, Random& random) const;
  void draw_levels(std::int64_t elements, sim::ViewDesc& view, Random& random) const;
  void draw_base(const sim::ViewDesc& shape, bool store, sim::ViewDesc& view, Random& random) const;
  bool draw_chip_view(std::int64_t elements, sim::TileDesc& source, sim::ViewDesc& view,
                      Random& random) const;
  std::uint32_t draw_extent(std::uint32_t most, Random& random) const;

  const World& world_;
  const Profile& profile_;
};

/// A 32-bit number that something may go wrong with.
std::uint32_t draw_number(Random& random);

}  // namespace coldforge::lockstep
