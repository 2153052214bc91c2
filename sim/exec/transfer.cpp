#include <algorithm>
#include <cstring>
#include <vector>

#include "sim/exec/numerics/float_formats.h"
#include "sim/exec/semantics.h"
#include "sim/exec/tile_access.h"

namespace coldforge::sim {
namespace {

/// Calls f(row, col, count, offset) for the parts of elements [first, first + count) that lie in
/// one row. Rows that follow each other in memory are one.
template <typename F>
void for_each_part(const TileDesc& tile, std::int64_t first, std::int64_t count, F&& f) {
  const bool dense =
      tile.col_stride == 1 && tile.row_stride == static_cast<std::int64_t>(tile.cols);
  if (dense) return f(first / tile.cols, first % tile.cols, count, std::int64_t{0});
  std::int64_t row = first / tile.cols, col = first % tile.cols;
  for (std::int64_t done = 0; done < count;) {
    const std::int64_t part = std::min<std::int64_t>(count - done, tile.cols - col);
    f(row, col, part, done);
    done += part;
    col = 0;
    ++row;
  }
}

}  // namespace

void write_elements(const TileDesc& tile, TileMemories& memories, std::int64_t first,
                    std::int64_t count, ElementType from, const std::uint8_t* packed) {
  for_each_part(tile, first, count,
                [&](std::int64_t row, std::int64_t col, std::int64_t part, std::int64_t done) {
                  convert(from, packed + done * size_bytes(from), 1, tile.type,
                          element(tile, memories, row, col), tile.col_stride, part);
                });
}

void fill_elements(const TileDesc& tile, TileMemories& memories, std::int64_t first,
                   std::int64_t count, ElementType from, std::uint32_t pad_bits) {
  const std::vector<std::uint32_t> lanes(
      static_cast<std::size_t>(std::min<std::int64_t>(count, tile.cols)), pad_bits);
  std::int64_t row = first / tile.cols, col = first % tile.cols;
  while (count > 0) {
    const std::int64_t part = std::min<std::int64_t>(count, tile.cols - col);
    write_lanes(tile, memories, row, col, part, is_float(from), lanes.data());
    count -= part;
    col = 0;
    ++row;
  }
}

void read_elements(const TileDesc& tile, const TileMemories& memories, std::int64_t first,
                   std::int64_t count, ElementType to, std::uint8_t* packed) {
  for_each_part(tile, first, count,
                [&](std::int64_t row, std::int64_t col, std::int64_t part, std::int64_t done) {
                  convert(tile.type, element(tile, memories, row, col), tile.col_stride, to,
                          packed + done * size_bytes(to), 1, part);
                });
}

std::uint32_t get_element(const Command& command, const TileMemories& memories) {
  std::uint32_t lane = 0;
  read_lanes(command.tile[1], memories, command.x[2], command.x[3], 1, &lane);
  return lane;
}

}  // namespace coldforge::sim
