#pragma once

#include <algorithm>
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

/// True if every row of the tile lies on its lines as the first one does: the number of lines of a
/// range of columns is the same in all of them.
inline bool rows_are_alike(const TileDesc& tile, const LineGeometry& geometry) {
  const std::int64_t line_bytes = std::int64_t{1} << geometry.line_shift;
  return (tile.row_stride * size_bytes(tile.type) & (line_bytes - 1)) == 0;
}

/// A walk along the elements of a tile in row-major order, some at a time.
class LineWalk {
 public:
  LineWalk(const TileDesc& tile, const LineGeometry& geometry)
      : tile_(tile), geometry_(geometry), size_(size_bytes(tile.type)) {
    seek(0);
  }

  /// Goes to element number `element`; costs nothing if the walk is there already.
  void seek(std::int64_t element) {
    if (element == at_) return;
    at_ = element;
    row_ = element / tile_.cols;
    col_ = element % tile_.cols;
    address_ = element_address(tile_, row_, col_);
  }
  /// Calls f(line) for the lines of the next `count` elements; equal neighbours once, across rows
  /// too.
  template <typename F>
  void take(std::int64_t count, F&& f) {
    at_ += count;
    if (tile_.col_stride == 1 && count > 0 && col_ + count < tile_.cols) {  // the common part
      const std::int64_t end = address_ + count * size_;
      const std::int64_t last = geometry_.line_of(end - 1);
      for (std::int64_t line = geometry_.line_of(address_); line <= last; ++line) f(line);
      address_ = end;
      col_ += count;
      return;
    }
    std::int64_t before = -1;
    while (count > 0) {
      const std::int64_t part = std::min<std::int64_t>(count, tile_.cols - col_);
      for_each_line(tile_, geometry_, row_, col_, part, [&](std::int64_t line) {
        if (line != before) f(line);
        before = line;
      });
      count -= part;
      col_ += part;
      if (col_ == tile_.cols) {
        col_ = 0;
        ++row_;
      }
    }
    address_ = element_address(tile_, row_, col_);
  }

 private:
  const TileDesc& tile_;
  const LineGeometry& geometry_;
  const std::int64_t size_;  ///< of an element, bytes
  std::int64_t at_ = -1, row_ = 0, col_ = 0;
  std::int64_t address_ = 0;  ///< of the element at (row_, col_)
};

/// Number of lines of a beat.
std::int64_t count_lines(const TileDesc& tile, const LineGeometry& geometry, std::int64_t row,
                         std::int64_t col, std::int64_t count);

}  // namespace coldforge::sim
