#include "sim/exec/tile_access.h"

#include <algorithm>
#include <cstring>

#include "sim/exec/numerics/float_formats.h"

namespace coldforge::sim {
namespace {

template <typename T>
void copy_strided(const std::uint8_t* source, std::int64_t source_stride, std::uint8_t* target,
                  std::int64_t target_stride, std::int64_t count) {
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(target + i * target_stride * kSize, source + i * source_stride * kSize, sizeof(T));
  }
}

void copy(std::int64_t size, const std::uint8_t* source, std::int64_t source_stride,
          std::uint8_t* target, std::int64_t target_stride, std::int64_t count) {
  if (source_stride == 1 && target_stride == 1) {
    std::memmove(target, source, static_cast<std::size_t>(count * size));
  } else if (size == 4) {
    copy_strided<std::uint32_t>(source, source_stride, target, target_stride, count);
  } else if (size == 2) {
    copy_strided<std::uint16_t>(source, source_stride, target, target_stride, count);
  } else {
    copy_strided<std::uint8_t>(source, source_stride, target, target_stride, count);
  }
}

}  // namespace

void read_lanes(const TileDesc& tile, const TileMemories& memories, std::int64_t row,
                std::int64_t col, std::int64_t count, std::uint32_t* lanes) {
  widen(tile.type, element(tile, memories, row, col), tile.col_stride, lanes,
        static_cast<std::size_t>(count));
}

void write_lanes(const TileDesc& tile, TileMemories& memories, std::int64_t row, std::int64_t col,
                 std::int64_t count, bool lanes_are_float, const std::uint32_t* lanes) {
  narrow(tile.type, lanes_are_float, lanes, element(tile, memories, row, col), tile.col_stride,
         static_cast<std::size_t>(count));
}

void convert(ElementType from, const std::uint8_t* source, std::int64_t source_stride,
             ElementType to, std::uint8_t* target, std::int64_t target_stride, std::int64_t count) {
  if (from == to) {
    return copy(size_bytes(from), source, source_stride, target, target_stride, count);
  }
  constexpr std::int64_t kBlock = 1024;
  std::uint32_t lanes[kBlock];
  for (std::int64_t done = 0; done < count; done += kBlock) {
    const std::int64_t part = std::min(kBlock, count - done);
    widen(from, source + done * source_stride * size_bytes(from), source_stride, lanes,
          static_cast<std::size_t>(part));
    narrow(to, is_float(from), lanes, target + done * target_stride * size_bytes(to), target_stride,
           static_cast<std::size_t>(part));
  }
}

}  // namespace coldforge::sim
