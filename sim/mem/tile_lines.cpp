#include "sim/mem/tile_lines.h"

namespace coldforge::sim {

LineGeometry::LineGeometry(const isa::TileMemoryArch& arch) : bank_mask(arch.banks - 1) {
  while ((std::int64_t{1} << line_shift) < arch.line_bytes) ++line_shift;
}

LineGeometries::LineGeometries(const isa::Arch& arch)
    : of{LineGeometry(arch.vec), LineGeometry(arch.left), LineGeometry(arch.right),
         LineGeometry(arch.acc)} {}

std::int64_t count_lines(const TileDesc& tile, const LineGeometry& geometry, std::int64_t row,
                         std::int64_t col, std::int64_t count) {
  if (tile.col_stride == 1) {
    const std::int64_t first = element_address(tile, row, col);
    return geometry.line_of(first + count * size_bytes(tile.type) - 1) - geometry.line_of(first) +
           1;
  }
  std::int64_t lines = 0;
  for_each_line(tile, geometry, row, col, count, [&](std::int64_t) { ++lines; });
  return lines;
}

}  // namespace coldforge::sim
