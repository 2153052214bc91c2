#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/lockstep/random/scenario.h"

namespace coldforge::lockstep {

/// A scenario as code.
struct Assembled {
  sim::Program program;
  std::vector<std::uint32_t> words;               ///< of the code, from address 0 on
  std::map<std::uint32_t, std::size_t> op_of_pc;  ///< engine instructions to ops
  std::map<std::uint32_t, std::string> notes;     ///< what begins at a pc
};

/// Deterministic. Values that the core gets to see (elements, counters, causes of traps) are
/// written to the DTCM, where the comparison of memories finds them.
Assembled assemble(const World& world, const Scenario& scenario);

/// The code, one instruction a line, with the ops between.
std::string listing(const World& world, const Assembled& assembled);

}  // namespace coldforge::lockstep
