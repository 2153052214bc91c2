#pragma once

namespace npu {

/// View register number `Reg` (0 to 7): up to five nested loops over elements of type T in DRAM,
/// outermost first.
///
/// The elements that the loops meet, in order, are what an instruction loads or stores. Each level
/// has an axis of its own with a stride; window() lets a level step along another level's axis,
/// bound() limits an axis (elements outside read as the pad value and are not stored). Convolution,
/// pooling, transposition and broadcast are thus views:
///
///   v.level(0, channels, h * w).level(1, 3, w).level(2, 3, 1).level(3, oh, w).level(4, ow, 1)
///    .window(3, 1, 1).window(4, 2, 1)  // output row oy moves the axis of ky, ox that of kx
///    .bound(1, 1, h).bound(2, 1, w);   // one pixel of padding above and to the left
template <class T, int Reg>
class View {
  static_assert(Reg >= 0 && Reg < 8, "view registers are numbered 0 to 7");
  static_assert(detail::type_code<T> >= 0, "DRAM holds f32, f16, bf16, i8, u8, i32, i64 or bool");

 public:
  static constexpr bool is_view = true;
  static constexpr int reg = Reg;
  using type = T;

  /// Names the register, leaves its content alone.
  View() = default;
  /// A fresh view without levels. `pad`: what elements out of bounds read as.
  template <class U, class P = int>
  explicit View(Dram<U> base, P pad = 0) {
    static_assert(detail::type_code<U> == detail::type_code<T>,
                  "the view's element type differs from the tensor's");
    builtin::vnew<Reg>(static_cast<uint32_t>(detail::type_code<T>),
                       detail::lane<detail::is_float<T>>(pad));
    builtin::vbase<Reg>(base.address);
  }

  /// Moves the view; levels and axes stay.
  template <class U>
  const View& rebase(Dram<U> base) const {
    static_assert(detail::type_code<U> == detail::type_code<T>,
                  "the view's element type differs from the tensor's");
    builtin::vbase<Reg>(base.address);
    return *this;
  }
  /// Moves the view to a byte address: for tmov_view, where it counts from the base of the source
  /// tile.
  const View& rebase(uint32_t address) const {
    builtin::vbase<Reg>(address);
    return *this;
  }
  /// Sets loop level `level` (0 = outermost): iterations, elements from one to the next.
  const View& level(uint32_t level, uint32_t extent, int32_t stride) const {
    builtin::vlevel<Reg>(level, extent, static_cast<uint32_t>(stride));
    return *this;
  }
  /// Levels 0 and 1: `rows` x `cols` elements, rows `row_stride` elements apart (default:
  /// contiguous).
  const View& rows(uint32_t rows, uint32_t cols, int32_t row_stride) const {
    return level(0, rows, row_stride).level(1, cols, 1);
  }
  const View& rows(uint32_t rows, uint32_t cols) const {
    return this->rows(rows, cols, static_cast<int32_t>(cols));
  }
  /// Lets a level move the coordinate of `axis` by `step` an iteration (stride or dilation of a
  /// window).
  const View& window(uint32_t level, uint32_t axis, int32_t step) const {
    builtin::vwindow<Reg>(level, axis, static_cast<uint32_t>(step));
    return *this;
  }
  /// Bounds an axis: `low` is taken off the coordinate, then 0 to size - 1 are valid.
  const View& bound(uint32_t axis, int32_t low, uint32_t size) const {
    builtin::vbound<Reg>(axis, static_cast<uint32_t>(low), size);
    return *this;
  }
  /// Puts factor - 1 pad elements between neighbours of an axis (transposed convolution).
  const View& insert(uint32_t axis, uint32_t factor) const {
    builtin::vinsert<Reg>(axis, factor);
    return *this;
  }
  /// Sets the element stride of an axis.
  const View& stride(uint32_t axis, int32_t stride) const {
    builtin::vstride<Reg>(axis, static_cast<uint32_t>(stride));
    return *this;
  }
};

namespace detail {

template <class T, int Reg>
struct RegOf<View<T, Reg>> {
  static constexpr int value = Reg;
};

}  // namespace detail
}  // namespace npu
