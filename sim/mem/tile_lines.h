#pragma once

#include <cstdint>

#include "sim/exec/command.h"
#include "sim/mem/port_arbiter.h"

namespace coldforge::sim {

/// Where lines lie in a tile memory; extents are powers of two.
struct LineGeometry {
  int line_shift = 0;
  std::int64_t bank_mask = 0;

  LineGeometry() = default;
  explicit LineGeometry(const isa::TileMemoryArch& arch);
  std::int64_t line_of(std::int64_t byte) const { return byte >> line_shift; }
  std::int64_t bank_of(std::int64_t line) const { return line & bank_mask; }
  std::uint64_t bank_bit(std::int64_t line) const { return std::uint64_t{1} << (line & bank_mask); }
};

/// The geometries of a machine, by isa::Memory.
struct LineGeometries {
  LineGeometry of[isa::kMemories];
  explicit LineGeometries(const isa::Arch& arch);
  const LineGeometry& operator[](isa::Memory memory) const { return of[static_cast<int>(memory)]; }
};

/// Byte address of an element in its memory.
inline std::int64_t element_address(const TileDesc& tile, std::int64_t row, std::int64_t col) {
  return tile.base_bytes + size_bytes(tile.type) * (row * tile.row_stride + col * tile.col_stride);
}

/// Calls f(line) for the lines of elements (row, col) .. (row, col + count - 1), count > 0: from
/// the first to the last byte if the columns are adjacent; else one by element, equal neighbours
/// once. Elements are aligned to their size.
template <typename F>
void for_each_line(const TileDesc& tile, const LineGeometry& geometry, std::int64_t row,
                   std::int64_t col, std::int64_t count, F&& f) {
  const std::int64_t size = size_bytes(tile.type);
  const std::int64_t first = element_address(tile, row, col);
  if (tile.col_stride == 1) {
    const std::int64_t last = geometry.line_of(first + count * size - 1);
    for (std::int64_t line = geometry.line_of(first); line <= last; ++line) f(line);
    return;
  }
  if (tile.col_stride == 0) count = 1;
  std::int64_t before = -1;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t line = geometry.line_of(first + i * size * tile.col_stride);
    if (line != before) f(line);
    before = line;
  }
}

/// The same for `count` elements in row-major order, from number `first` on; equal neighbours once,
/// across rows too.
template <typename F>
void for_each_line_of_elements(const TileDesc& tile, const LineGeometry& geometry,
                               std::int64_t first, std::int64_t count, F&& f) {
  std::int64_t row = first / tile.cols, col = first % tile.cols;
  std::int64_t before = -1;
  while (count > 0) {
    const std::int64_t part = count < tile.cols - col ? count : tile.cols - col;
    for_each_line(tile, geometry, row, col, part, [&](std::int64_t line) {
      if (line != before) f(line);
      before = line;
    });
    count -= part;
    col = 0;
    ++row;
  }
}

/// Number of lines of a beat.
std::int64_t count_lines(const TileDesc& tile, const LineGeometry& geometry, std::int64_t row,
                         std::int64_t col, std::int64_t count);

}  // namespace coldforge::sim
