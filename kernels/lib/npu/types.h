#pragma once

#include <stdint.h>

namespace npu {

/// IEEE half precision and bfloat16: storage only. The engines compute with them; the scalar core
/// cannot.
struct f16 {
  uint16_t bits;
};
struct bf16 {
  uint16_t bits;
};
using f32 = float;
using i8 = int8_t;
using u8 = uint8_t;
using i32 = int32_t;
using i64 = int64_t;

/// Tile memories and engines, numbered as descriptors and masks number them.
enum class Memory : uint32_t { Vec, Left, Right, Acc };
enum class Engine : uint32_t { Scalar, Load, Store, Move, Matrix, Vector };

namespace detail {

template <class T>
inline constexpr int type_code = -1;
template <>
inline constexpr int type_code<f32> = 0;
template <>
inline constexpr int type_code<f16> = 1;
template <>
inline constexpr int type_code<bf16> = 2;
template <>
inline constexpr int type_code<i8> = 3;
template <>
inline constexpr int type_code<u8> = 4;
template <>
inline constexpr int type_code<i32> = 5;
template <>
inline constexpr int type_code<i64> = 6;
template <>
inline constexpr int type_code<bool> = 7;
template <class T>
inline constexpr int type_code<const T> = type_code<T>;

template <class A, class B>
inline constexpr bool same = false;
template <class A>
inline constexpr bool same<A, A> = true;

template <class T>
inline constexpr bool is_float = type_code<T> >= 0 && type_code<T> <= 2;

/// A number as an x-register carries it: fp32 bits for lanes of a float type, a 32-bit integer
/// otherwise.
template <bool AsFloat, class X>
constexpr uint32_t lane(X x) {
  if constexpr (AsFloat) {
    return __builtin_bit_cast(uint32_t, static_cast<float>(x));
  } else {
    static_assert(!same<X, float> && !same<X, double>,
                  "an integer argument was given a floating-point number");
    return static_cast<uint32_t>(x);
  }
}

}  // namespace detail

inline constexpr float infinity = __builtin_inff();

/// A tensor (or a part of one) in DRAM: an address with a type. `const T` = read-only to the
/// kernel.
template <class T>
struct Dram {
  uint32_t address;  ///< in bytes

  /// `elements` further on.
  constexpr Dram operator+(int32_t elements) const {
    return {address + static_cast<uint32_t>(elements) * static_cast<uint32_t>(sizeof(T))};
  }
  /// Seen as another type, e.g. a piece of the scratch buffer.
  template <class U>
  constexpr Dram<U> as() const {
    return {address};
  }
  /// Scalar access by the core: an uncached DRAM round trip (about 100 cycles) an element. For an
  /// index, not for work.
  T& operator[](uint32_t index) const { return reinterpret_cast<T*>(address)[index]; }
};

/// The extents of a tensor, outermost first.
template <int Rank>
struct Extents {
  int32_t extent[Rank == 0 ? 1 : Rank];

  constexpr int32_t operator[](int axis) const { return extent[axis]; }
  static constexpr int rank = Rank;
  constexpr int32_t size() const {
    int32_t product = 1;
    for (int axis = 0; axis < Rank; ++axis) product *= extent[axis];
    return product;
  }
};

constexpr int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }
constexpr int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }
/// ceil(a / b) and the smallest multiple of b that is >= a; a >= 0, b > 0.
constexpr int32_t ceil_div(int32_t a, int32_t b) { return (a + b - 1) / b; }
constexpr int32_t round_up(int32_t a, int32_t b) { return ceil_div(a, b) * b; }

}  // namespace npu
