#pragma once

#include <cstdint>

#include "sim/exec/command.h"
#include "sim/mem/tile_lines.h"
#include "sim/mem/tile_memory.h"

namespace coldforge::sim {

/// Elements of tiles and 32-bit lanes. Bounds have been checked at issue.

inline const std::uint8_t* element(const TileDesc& tile, const TileMemories& memories,
                                   std::int64_t row, std::int64_t col) {
  return memories[tile.memory].data() + element_address(tile, row, col);
}
inline std::uint8_t* element(const TileDesc& tile, TileMemories& memories, std::int64_t row,
                             std::int64_t col) {
  return memories[tile.memory].data() + element_address(tile, row, col);
}

/// `count` elements from (row, col) on, along the row, as lanes.
void read_lanes(const TileDesc& tile, const TileMemories& memories, std::int64_t row,
                std::int64_t col, std::int64_t count, std::uint32_t* lanes);
/// The other way; lanes are fp32 bits or int32.
void write_lanes(const TileDesc& tile, TileMemories& memories, std::int64_t row, std::int64_t col,
                 std::int64_t count, bool lanes_are_float, const std::uint32_t* lanes);

/// Copies `count` elements between strided places, strides in elements; one type: bits stay,
/// another: through lanes.
void convert(ElementType from, const std::uint8_t* source, std::int64_t source_stride,
             ElementType to, std::uint8_t* target, std::int64_t target_stride, std::int64_t count);

/// A 32-bit type whose columns are adjacent: its elements are lanes where they lie.
inline bool holds_lanes(const TileDesc& tile) {
  return size_bytes(tile.type) == 4 && tile.col_stride == 1;
}

}  // namespace coldforge::sim
