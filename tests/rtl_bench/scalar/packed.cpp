#include "tests/rtl_bench/scalar/packed.h"

namespace coldforge::rtl_bench {
namespace {

using sim::TileDesc;
using sim::ViewDesc;

// tile_t, from its end.
constexpr int kHigh = 0, kLow = 32, kColStride = 64, kRowStride = 96, kCols = 128, kRows = 144,
              kBase = 160, kType = 192, kMemory = 196;
// view_t, from its end; members by level or axis are five times as wide.
constexpr int kInsertion = 0, kSize = 160, kAxisLow = 320, kStride = 480, kStep = 640, kAxis = 800,
              kExtent = 815, kLevels = 975, kPad = 978, kViewType = 1010, kViewBase = 1014;

std::int32_t as_signed(std::uint64_t bits) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(bits));
}
std::uint32_t as_bits(std::int32_t value) { return static_cast<std::uint32_t>(value); }

}  // namespace

std::uint64_t get_bits(const std::uint32_t* words, int lsb, int width) {
  std::uint64_t value = 0;
  for (int i = 0; i < width; ++i) {
    const int at = lsb + i;
    value |= std::uint64_t{words[at / 32] >> (at % 32) & 1} << i;
  }
  return value;
}

void set_bits(std::uint32_t* words, int lsb, int width, std::uint64_t value) {
  for (int i = 0; i < width; ++i) {
    const int at = lsb + i;
    const std::uint32_t bit = 1u << (at % 32);
    words[at / 32] = (value >> i & 1) != 0 ? words[at / 32] | bit : words[at / 32] & ~bit;
  }
}

void set_tile(std::uint32_t* words, int lsb, const TileDesc& tile) {
  set_bits(words, lsb + kHigh, 64, 0);
  set_bits(words, lsb + kColStride, 32, as_bits(tile.col_stride));
  set_bits(words, lsb + kRowStride, 32, as_bits(tile.row_stride));
  set_bits(words, lsb + kCols, 16, tile.cols);
  set_bits(words, lsb + kRows, 16, tile.rows);
  set_bits(words, lsb + kBase, 32, tile.base_bytes);
  set_bits(words, lsb + kType, 4, static_cast<std::uint64_t>(tile.type));
  set_bits(words, lsb + kMemory, 2, static_cast<std::uint64_t>(tile.memory));
}

TileDesc get_tile(const std::uint32_t* words, int lsb) {
  TileDesc tile;
  tile.col_stride = as_signed(get_bits(words, lsb + kColStride, 32));
  tile.row_stride = as_signed(get_bits(words, lsb + kRowStride, 32));
  tile.cols = static_cast<std::uint32_t>(get_bits(words, lsb + kCols, 16));
  tile.rows = static_cast<std::uint32_t>(get_bits(words, lsb + kRows, 16));
  tile.base_bytes = static_cast<std::uint32_t>(get_bits(words, lsb + kBase, 32));
  tile.type = static_cast<ElementType>(get_bits(words, lsb + kType, 4));
  tile.memory = static_cast<isa::Memory>(get_bits(words, lsb + kMemory, 2));
  return tile;
}

std::uint32_t tile_low(const std::uint32_t* words, int lsb) {
  return static_cast<std::uint32_t>(get_bits(words, lsb + kLow, 32));
}

std::uint32_t tile_high(const std::uint32_t* words, int lsb) {
  return static_cast<std::uint32_t>(get_bits(words, lsb + kHigh, 32));
}

void set_view(std::uint32_t* words, int lsb, const ViewDesc& view) {
  for (int i = 0; i < ViewDesc::kMaxLevels; ++i) {
    const ViewDesc::Axis& axis = view.axis[i];
    const ViewDesc::Level& level = view.level[i];
    set_bits(words, lsb + kInsertion + 32 * i, 32, as_bits(axis.insertion));
    set_bits(words, lsb + kSize + 32 * i, 32, as_bits(axis.size));
    set_bits(words, lsb + kAxisLow + 32 * i, 32, as_bits(axis.low));
    set_bits(words, lsb + kStride + 32 * i, 32, as_bits(axis.stride));
    set_bits(words, lsb + kStep + 32 * i, 32, as_bits(level.step));
    set_bits(words, lsb + kAxis + 3 * i, 3, level.axis);
    set_bits(words, lsb + kExtent + 32 * i, 32, level.extent);
  }
  set_bits(words, lsb + kLevels, 3, view.levels);
  set_bits(words, lsb + kPad, 32, view.pad_bits);
  set_bits(words, lsb + kViewType, 4, static_cast<std::uint64_t>(view.type));
  set_bits(words, lsb + kViewBase, 32, view.base);
}

ViewDesc get_view(const std::uint32_t* words, int lsb) {
  ViewDesc view;
  for (int i = 0; i < ViewDesc::kMaxLevels; ++i) {
    ViewDesc::Axis& axis = view.axis[i];
    ViewDesc::Level& level = view.level[i];
    axis.insertion = as_signed(get_bits(words, lsb + kInsertion + 32 * i, 32));
    axis.size = as_signed(get_bits(words, lsb + kSize + 32 * i, 32));
    axis.low = as_signed(get_bits(words, lsb + kAxisLow + 32 * i, 32));
    axis.stride = as_signed(get_bits(words, lsb + kStride + 32 * i, 32));
    level.step = as_signed(get_bits(words, lsb + kStep + 32 * i, 32));
    level.axis = static_cast<std::uint32_t>(get_bits(words, lsb + kAxis + 3 * i, 3));
    level.extent = static_cast<std::uint32_t>(get_bits(words, lsb + kExtent + 32 * i, 32));
  }
  view.levels = static_cast<std::uint32_t>(get_bits(words, lsb + kLevels, 3));
  view.pad_bits = static_cast<std::uint32_t>(get_bits(words, lsb + kPad, 32));
  view.type = static_cast<ElementType>(get_bits(words, lsb + kViewType, 4));
  view.base = static_cast<std::uint32_t>(get_bits(words, lsb + kViewBase, 32));
  return view;
}

bool same(const TileDesc& a, const TileDesc& b) {
  return a.memory == b.memory && a.type == b.type && a.base_bytes == b.base_bytes &&
         a.rows == b.rows && a.cols == b.cols && a.row_stride == b.row_stride &&
         a.col_stride == b.col_stride;
}

bool same(const ViewDesc& a, const ViewDesc& b) {
  bool alike =
      a.base == b.base && a.type == b.type && a.pad_bits == b.pad_bits && a.levels == b.levels;
  for (int i = 0; i < ViewDesc::kMaxLevels; ++i) {
    alike = alike && a.level[i].extent == b.level[i].extent && a.level[i].axis == b.level[i].axis &&
            a.level[i].step == b.level[i].step && a.axis[i].stride == b.axis[i].stride &&
            a.axis[i].low == b.axis[i].low && a.axis[i].size == b.axis[i].size &&
            a.axis[i].insertion == b.axis[i].insertion;
  }
  return alike;
}

}  // namespace coldforge::rtl_bench
