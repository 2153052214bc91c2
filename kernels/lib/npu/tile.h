#pragma once

namespace npu {

/// Tile register number `Reg` (0 to 31), describing a rectangle of elements of type T in a tile
/// memory.
///
/// The object is empty: memory, type and register are known to the compiler, base, extents and
/// strides live in the register. Several objects may name one register; the last description
/// counts.
template <Memory M, class T, int Reg>
class Tile {
  static_assert(Reg >= 0 && Reg < 32, "tile registers are numbered 0 to 31");
  static_assert(detail::type_code<T> >= 0 && detail::type_code<T> <= 5,
                "tiles hold f32, f16, bf16, i8, u8 or i32");

 public:
  static constexpr bool is_tile = true;
  static constexpr Memory memory = M;
  static constexpr int reg = Reg;
  using type = T;

  /// Names the register, leaves its content alone.
  Tile() = default;
  /// `rows` x `cols` elements, row after row, from byte `address` of the memory.
  Tile(uint32_t rows, uint32_t cols, uint32_t address) {
    builtin::tnew<Reg>(static_cast<uint32_t>(M) | static_cast<uint32_t>(detail::type_code<T>) << 4,
                       rows, cols);
    builtin::tbase<Reg>(address);
  }

  /// Moves the tile to another byte address of its memory.
  const Tile& rebase(uint32_t address) const {
    builtin::tbase<Reg>(address);
    return *this;
  }
  /// Sets the valid extents; strides stay. How tails are treated.
  const Tile& shape(uint32_t rows, uint32_t cols) const {
    builtin::tshape<Reg>(rows, cols);
    return *this;
  }
  /// Sets the strides in elements: 0 repeats, negative goes backwards.
  const Tile& stride(int32_t row, int32_t col = 1) const {
    builtin::tstride<Reg>(static_cast<uint32_t>(row), static_cast<uint32_t>(col));
    return *this;
  }
  /// Becomes a copy of `source` whose base is moved to element (row, col) of it.
  template <int Source>
  const Tile& subview(Tile<M, T, Source>, int32_t row, int32_t col) const {
    builtin::tsubview<Reg, Source>(static_cast<uint32_t>(row), static_cast<uint32_t>(col));
    return *this;
  }
};

template <class T, int Reg>
using VecTile = Tile<Memory::Vec, T, Reg>;
template <class T, int Reg>
using LeftTile = Tile<Memory::Left, T, Reg>;
template <class T, int Reg>
using RightTile = Tile<Memory::Right, T, Reg>;
template <class T, int Reg>
using AccTile = Tile<Memory::Acc, T, Reg>;

namespace detail {

template <class X>
inline constexpr bool is_tile = requires {
  X::is_tile;
};
template <class X>
inline constexpr bool is_view = requires {
  X::is_view;
};

/// Whether X is a tile in one of the memories / of one of the types of a mask.
template <class X>
constexpr bool in_memory(uint32_t mask) {
  if constexpr (is_tile<X>) {
    return (mask >> static_cast<uint32_t>(X::memory) & 1) != 0;
  } else {
    return false;
  }
}
template <class X>
constexpr bool has_type(uint32_t mask) {
  if constexpr (is_tile<X>) {
    return (mask >> type_code<typename X::type> & 1) != 0;
  } else {
    return false;
  }
}
template <class X, class Y>
constexpr bool same_type() {
  if constexpr (is_tile<X> && is_tile<Y>) {
    return same<typename X::type, typename Y::type>;
  } else {
    return false;
  }
}

template <class X>
struct RegOf {
  static constexpr int value = 0;  // not a register: a static_assert has said so already
};
template <Memory M, class T, int Reg>
struct RegOf<Tile<M, T, Reg>> {
  static constexpr int value = Reg;
};
template <class X>
inline constexpr int reg_of = RegOf<X>::value;

/// Whether the lanes of a tile's elements are fp32 (else int32).
template <class X>
constexpr bool float_lanes() {
  if constexpr (is_tile<X>) {
    return is_float<typename X::type>;
  } else {
    return false;
  }
}

}  // namespace detail
}  // namespace npu
