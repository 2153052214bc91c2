#include "sim/scalar/descriptors.h"

#include <algorithm>

namespace coldforge::sim {
namespace {

std::int32_t as_signed(std::uint32_t value) { return static_cast<std::int32_t>(value); }

}  // namespace

void Descriptors::apply(Action action, std::uint32_t tile_or_view, std::uint32_t source,
                        const std::uint32_t* x) {
  ++stamp_;
  if (action <= Action::Tsubview) {
    apply_to_tile(action, tiles_[tile_or_view], tiles_[source], x);
    tile_stamps_[tile_or_view] = stamp_;
  } else {
    apply_to_view(action, views_[tile_or_view], x);
    view_stamps_[tile_or_view] = stamp_;
  }
}

void Descriptors::apply_to_tile(Action action, TileDesc& tile, const TileDesc& source,
                                const std::uint32_t* x) {
  switch (action) {
    case Action::Tnew:
      tile = TileDesc{};
      tile.memory = static_cast<isa::Memory>(x[1] & 15);
      tile.type = static_cast<ElementType>(x[1] >> 4);
      tile.rows = x[2];
      tile.cols = x[3];
      tile.row_stride = as_signed(x[3]);
      break;
    case Action::Tbase:
      tile.base_bytes = x[1];
      break;
    case Action::Tstride:
      tile.row_stride = as_signed(x[1]);
      tile.col_stride = as_signed(x[2]);
      break;
    case Action::Tshape:
      tile.rows = x[1];
      tile.cols = x[2];
      break;
    default: {  // Tsubview; a base that wraps around is out of bounds in every memory
      const TileDesc old = source;
      tile = old;
      tile.base_bytes += static_cast<std::uint32_t>(size_bytes(old.type)) *
                         (x[2] * static_cast<std::uint32_t>(old.row_stride) +
                          x[3] * static_cast<std::uint32_t>(old.col_stride));
    }
  }
}

void Descriptors::apply_to_view(Action action, ViewDesc& view, const std::uint32_t* x) {
  // An overlay may have dropped the rules that keep levels and axes in range.
  constexpr std::uint32_t kEnd = ViewDesc::kMaxLevels;
  const bool indexes = action != Action::Vnew && action != Action::Vbase;
  if ((indexes && x[1] >= kEnd) || (action == Action::Vwindow && x[2] >= kEnd)) return;
  switch (action) {
    case Action::Vnew:
      view = ViewDesc{};
      view.type = static_cast<ElementType>(x[1]);
      view.pad_bits = x[2];
      break;
    case Action::Vbase:
      view.base = x[1];
      break;
    case Action::Vinsert:
      view.axis[x[1]].insertion = as_signed(x[2]);
      break;
    case Action::Vstride:
      view.axis[x[1]].stride = as_signed(x[2]);
      break;
    case Action::Vlevel:
      view.levels = std::max(view.levels, x[1] + 1);
      view.level[x[1]] = ViewDesc::Level{x[2], x[1], 1};
      view.axis[x[1]] = ViewDesc::Axis{};
      view.axis[x[1]].stride = as_signed(x[3]);
      break;
    case Action::Vwindow:
      view.level[x[1]].axis = x[2];
      view.level[x[1]].step = as_signed(x[3]);
      break;
    default:  // Vbound
      view.axis[x[1]].low = as_signed(x[2]);
      view.axis[x[1]].size = as_signed(x[3]);
  }
}

}  // namespace coldforge::sim
