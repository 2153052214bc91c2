#pragma once

#include <vector>

#include "tests/lockstep/random/scenario.h"

namespace coldforge::lockstep {

/// What the core does, one after the other: the ops of a scenario, and between them the flags and
/// barriers that order accesses of different units to a common byte.
struct Event {
  enum class Kind : std::uint8_t { Op, Set, Wait, Barrier };
  Kind kind = Kind::Op;
  std::size_t op = 0;                  ///< Kind::Op
  isa::Unit unit = isa::Unit::Scalar;  ///< Set, Wait
  std::uint32_t number = 0;            ///< flag, or mask of a barrier
};

/// Each (setter, waiter) has a flag of its own, so that the k-th wait takes the k-th set; where the
/// machine has too few, barriers do it. Sets stand right behind what they announce, or as late as
/// can be; some orders go by way of the core or of a third engine.
std::vector<Event> in_order(const World& world, const Scenario& scenario);

/// Flags from this number on belong to no pair of units.
std::uint32_t spare_flags(const isa::Arch& arch);

}  // namespace coldforge::lockstep
