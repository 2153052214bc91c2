#include "tests/lockstep/random/registers.h"

#include <algorithm>

#include "sim/base/error.h"

namespace coldforge::lockstep {
namespace {

using sim::Action;
using sim::TileDesc;
using sim::ViewDesc;

/// x10 to x12 and x17 are those of calls.
constexpr int kNumbers[16] = {5, 6, 7, 8, 9, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24};

bool same_shape(const TileDesc& a, const TileDesc& b) {
  return a.memory == b.memory && a.type == b.type && a.rows == b.rows && a.cols == b.cols &&
         a.row_stride == b.row_stride && a.col_stride == b.col_stride;
}

bool same_shape(const ViewDesc& a, const ViewDesc& b) {
  if (a.type != b.type || a.pad_bits != b.pad_bits || a.levels != b.levels) return false;
  for (std::uint32_t i = 0; i < ViewDesc::kMaxLevels; ++i) {
    const ViewDesc::Level &l = a.level[i], &m = b.level[i];
    const ViewDesc::Axis &x = a.axis[i], &y = b.axis[i];
    if (i < a.levels && (l.extent != m.extent || l.axis != m.axis || l.step != m.step))
      return false;
    if (x.stride != y.stride || x.low != y.low || x.size != y.size || x.insertion != y.insertion) {
      return false;
    }
  }
  return true;
}

std::uint32_t bits(std::int32_t value) { return static_cast<std::uint32_t>(value); }

}  // namespace

template <class Content>
int Registers::least_recently_used(const std::vector<Slot<Content>>& slots) const {
  int oldest = -1;
  for (int i = 0; i < static_cast<int>(slots.size()); ++i) {
    const auto& slot = slots[static_cast<std::size_t>(i)];
    if (slot.pinned) continue;
    if (oldest < 0 || slot.used < slots[static_cast<std::size_t>(oldest)].used) oldest = i;
  }
  CF_CHECK(oldest >= 0, "has_room() is asked before registers are pinned");
  return oldest;
}

bool Registers::has_room() const {
  const auto pinned = [](const auto& slots) {
    return std::count_if(slots.begin(), slots.end(), [](const auto& slot) { return slot.pinned; });
  };
  return pinned(numbers_) <= 8 && pinned(tiles_) <= 24 && pinned(views_) <= 5;
}

void Registers::unpin() {
  for (auto& slot : numbers_) slot.pinned = false;
  for (auto& slot : tiles_) slot.pinned = false;
  for (auto& slot : views_) slot.pinned = false;
}

void Registers::emit(Action action, const std::vector<int>& registers) {
  code_.push_back(isa::encode(world_.instruction(action), registers));
}

int Registers::number(std::uint32_t value, bool pin) {
  if (value == 0) return 0;
  const auto found = std::find_if(numbers_.begin(), numbers_.end(), [&](const auto& slot) {
    return slot.known && slot.content == value;
  });
  const int slot = found != numbers_.end() ? static_cast<int>(found - numbers_.begin())
                                           : least_recently_used(numbers_);
  const int reg = kNumbers[slot];
  if (found == numbers_.end()) {
    if (value < 2048 || value >= 0xffff'f800) {
      code_.push_back(
          sim::test::addi(static_cast<std::uint32_t>(reg), 0, static_cast<std::int32_t>(value)));
    } else {
      sim::test::li(code_, static_cast<std::uint32_t>(reg), value);
    }
  }
  auto& entry = numbers_[static_cast<std::size_t>(slot)];
  entry.content = value;
  entry.known = true;
  entry.pinned = entry.pinned || pin;
  entry.used = ++clock_;
  return reg;
}

int Registers::tile(const TileDesc& tile, Random& style) {
  const TileDesc* rebased = nullptr;
  int reg = -1;
  for (int i = 0; i < static_cast<int>(tiles_.size()); ++i) {
    const auto& slot = tiles_[static_cast<std::size_t>(i)];
    if (!slot.known || !same_shape(slot.content, tile)) continue;
    if (slot.content.base_bytes == tile.base_bytes) {
      reg = i;
      rebased = &slot.content;
      break;
    }
    if (!slot.pinned) reg = i, rebased = &slot.content;
  }
  if (rebased == nullptr) {
    reg = least_recently_used(tiles_);
    write_tile(reg, tile, style);
  } else if (rebased->base_bytes != tile.base_bytes) {
    emit(Action::Tbase, {reg, number(tile.base_bytes)});
  }
  tiles_[static_cast<std::size_t>(reg)] = {tile, true, true, ++clock_};
  return reg;
}

void Registers::write_tile(int reg, const TileDesc& tile, Random& style) {
  const std::uint32_t kind =
      static_cast<std::uint32_t>(tile.memory) + 16 * static_cast<std::uint32_t>(tile.type);
  const bool reshape = style.below(5) == 0;
  const std::uint32_t size = static_cast<std::uint32_t>(size_bytes(tile.type));
  const bool by_element = style.below(5) == 0 && tile.base_bytes % size == 0;
  emit(Action::Tnew, {reg, number(kind), number(reshape ? 1 : tile.rows), number(tile.cols)});
  if (by_element) {  // the column stride is still 1
    emit(Action::Tsubview, {reg, reg, 0, number(tile.base_bytes / size)});
  } else if (tile.base_bytes != 0) {
    emit(Action::Tbase, {reg, number(tile.base_bytes)});
  }
  if (reshape) emit(Action::Tshape, {reg, number(tile.rows), number(tile.cols)});
  if (tile.row_stride != static_cast<std::int32_t>(tile.cols) || tile.col_stride != 1) {
    emit(Action::Tstride, {reg, number(bits(tile.row_stride)), number(bits(tile.col_stride))});
  }
}

int Registers::view(const ViewDesc& view, Random& style) {
  const ViewDesc* rebased = nullptr;
  int reg = -1;
  for (int i = 0; i < static_cast<int>(views_.size()); ++i) {
    const auto& slot = views_[static_cast<std::size_t>(i)];
    if (!slot.known || !same_shape(slot.content, view)) continue;
    if (slot.content.base == view.base) {
      reg = i;
      rebased = &slot.content;
      break;
    }
    if (!slot.pinned && style.below(5) != 0) reg = i, rebased = &slot.content;
  }
  if (rebased == nullptr) {
    reg = least_recently_used(views_);
    write_view(reg, view);
  } else if (rebased->base != view.base) {
    emit(Action::Vbase, {reg, number(view.base)});
  }
  views_[static_cast<std::size_t>(reg)] = {view, true, true, ++clock_};
  return reg;
}

void Registers::write_view(int reg, const ViewDesc& view) {
  emit(Action::Vnew, {reg, number(static_cast<std::uint32_t>(view.type)), number(view.pad_bits)});
  for (std::uint32_t l = 0; l < view.levels; ++l) {
    emit(Action::Vlevel,
         {reg, number(l), number(view.level[l].extent), number(bits(view.axis[l].stride))});
  }
  for (std::uint32_t l = 0; l < view.levels; ++l) {
    if (view.level[l].axis == l && view.level[l].step == 1) continue;
    emit(Action::Vwindow,
         {reg, number(l), number(view.level[l].axis), number(bits(view.level[l].step))});
  }
  for (std::uint32_t a = 0; a < ViewDesc::kMaxLevels; ++a) {
    const ViewDesc::Axis& axis = view.axis[a];
    if (a >= view.levels && axis.stride != 0) {
      emit(Action::Vstride, {reg, number(a), number(bits(axis.stride))});
    }
    if (axis.low != 0 || axis.size != ViewDesc::kUnbounded) {
      emit(Action::Vbound, {reg, number(a), number(bits(axis.low)), number(bits(axis.size))});
    }
    if (axis.insertion != 1) {
      emit(Action::Vinsert, {reg, number(a), number(bits(axis.insertion))});
    }
  }
  if (view.base != 0) emit(Action::Vbase, {reg, number(view.base)});
}

}  // namespace coldforge::lockstep
