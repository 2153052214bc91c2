#pragma once

#include <cstdint>
#include <vector>

#include "isa/isa.h"

namespace coldforge::rtl_bench {

/// Where a random program begins; its trap handler, if it has one, skips the instruction at fault.
inline constexpr std::uint32_t kEntry = 0x100;

/// Words of the ITCM, from address 0: arithmetic, jumps, accesses to all memories, CSRs, traps,
/// descriptors and tile instructions that are often legal. It may run for ever.
std::vector<std::uint32_t> random_program(const isa::Isa& isa, std::uint64_t seed,
                                          std::uint64_t number);

}  // namespace coldforge::rtl_bench
