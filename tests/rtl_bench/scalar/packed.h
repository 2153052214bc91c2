#pragma once

#include <cstdint>

#include "sim/exec/command.h"

namespace coldforge::rtl_bench {

/// Bits [lsb, lsb + width) of a vector of 32-bit words, as Verilator keeps wide ports; width at
/// most 64.
std::uint64_t get_bits(const std::uint32_t* words, int lsb, int width);
void set_bits(std::uint32_t* words, int lsb, int width, std::uint64_t value);

/// Structures of cf_npu_pkg. Positions count from the last member of the structure.
inline constexpr int kTileBits = 198;
inline constexpr int kViewBits = 1046;
/// A tile at bit `lsb`; `low` and `high` become 0.
void set_tile(std::uint32_t* words, int lsb, const sim::TileDesc& tile);
sim::TileDesc get_tile(const std::uint32_t* words, int lsb);
std::uint32_t tile_low(const std::uint32_t* words, int lsb);
std::uint32_t tile_high(const std::uint32_t* words, int lsb);
void set_view(std::uint32_t* words, int lsb, const sim::ViewDesc& view);
sim::ViewDesc get_view(const std::uint32_t* words, int lsb);

bool same(const sim::TileDesc& a, const sim::TileDesc& b);
bool same(const sim::ViewDesc& a, const sim::ViewDesc& b);

}  // namespace coldforge::rtl_bench
