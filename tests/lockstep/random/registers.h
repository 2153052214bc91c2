#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/random.h"
#include "tests/lockstep/random/scenario.h"
#include "tests/unit/sim_core/machine_code.h"

namespace coldforge::lockstep {

/// Code that puts numbers and descriptors into registers, and remembers what is where. What is
/// pinned stays until unpin().
class Registers {
 public:
  /// Of the core, beside those that hold constants.
  static constexpr int kData = 1, kLog = 2, kScratch = 3, kAddress = 4, kFree = 25, kTrap = 29;

  Registers(const World& world, sim::test::Code& code) : world_(world), code_(code) {}

  int number(std::uint32_t value, bool pin = false);
  int tile(const sim::TileDesc& tile, Random& style);
  int view(const sim::ViewDesc& view, Random& style);
  /// Room for one more instruction whose registers stay.
  bool has_room() const;
  void unpin();

 private:
  template <class Content>
  struct Slot {
    Content content = {};
    bool known = false, pinned = false;
    std::uint64_t used = 0;
  };
  template <class Content>
  int least_recently_used(const std::vector<Slot<Content>>& slots) const;
  void emit(sim::Action action, const std::vector<int>& registers);
  void write_tile(int reg, const sim::TileDesc& tile, Random& style);
  void write_view(int reg, const sim::ViewDesc& view);

  const World& world_;
  sim::test::Code& code_;
  std::vector<Slot<std::uint32_t>> numbers_ = std::vector<Slot<std::uint32_t>>(16);
  std::vector<Slot<sim::TileDesc>> tiles_ = std::vector<Slot<sim::TileDesc>>(32);
  std::vector<Slot<sim::ViewDesc>> views_ = std::vector<Slot<sim::ViewDesc>>(8);
  std::uint64_t clock_ = 0;
};

}  // namespace coldforge::lockstep
