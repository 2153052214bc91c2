#pragma once

#include <cstdint>

#include "tests/lockstep/random/scenario.h"

namespace coldforge::lockstep {

/// The scenario of a seed: the same for the same description and machine.
///
/// A program has a profile of its own (sizes, how close its tiles lie together, how its DRAM views
/// look, how long it stays with a unit) and a few dozen ops over it, so that one fills queues, the
/// next fights for banks, another waits for DRAM. One in about thirteen traps, faults or hangs.
Scenario draw_scenario(const World& world, std::uint64_t seed);

/// Cycles that an instruction may keep its unit busy, roughly.
std::int64_t rough_cycles(const World& world, const sim::Command& command);

}  // namespace coldforge::lockstep
