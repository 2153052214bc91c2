#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coldforge::sim {

/// What a lane operation's operand or result is. A lane is 32 bits wide whatever it holds.
enum class LaneType : std::uint8_t {
  None,  ///< operand not used
  F32,   ///< fp32 bits
  I32,  ///< int32, two's complement; as a mask: non-zero is true; as a result of a comparison: 1 or
        ///< 0
  Any,  ///< the bits as they are
};

/// One operation of the vector unit's lanes; the table of all of them stands in lane_ops.cpp.
///
/// fp32 results are correctly rounded (nearest even) unless sfu.h states an error; NaN results are
/// 7FC00000; subnormal inputs count as zero of their sign, and so become results that are below
/// 2^-126 after rounding.
///
///   add.f32 sub.f32 mul.f32 div.f32   a op b
///   fma.f32                     a * b + c, rounded once
///   sqrt.f32 recip.f32          sqrt(-0) = -0, sqrt(negative) = NaN, recip(+-0) = +-inf
///   rsqrt.f32 exp.f32 log.f32 tanh.f32 sigmoid.f32 erf.f32
///                               table and cubic: special values and errors in sfu.h
///   min.f32 max.f32             NaN if either is NaN; -0 < +0; result flushed
///   abs.f32 neg.f32             sign cleared, flipped; NaN stays canonical; result flushed
///   eq ne lt le gt ge .f32      1 or 0; false with NaN, except ne; zeros and subnormals are equal
///   add.i32 sub.i32 mul.i32 neg.i32 abs.i32   wrap modulo 2^32
///   min.i32 max.i32             signed
///   and.i32 or.i32 xor.i32 not.i32
///   shl.i32 shr.i32 sra.i32     a by b mod 32; shr shifts zeros in, sra the sign
///   eq ne lt le gt ge .i32      signed, 1 or 0
///   sel                         a != 0 ? b : c, on bits
///   rne.i32.f32 trunc.i32.f32   fp32 to int32: nearest even, towards zero; saturating; NaN to 0
///   cvt.f32.i32                 int32 to fp32, nearest even
///   requant.i8 requant.u8       a int32, b scale (fp32), c zero point (int32): fp32(a) * b, to
///                               int32 (as rne.i32.f32), plus c (saturating), clamped to -128..127
///                               or 0..255; result int32
struct LaneOp {
  using Block = void (*)(const std::uint32_t* a, const std::uint32_t* b, const std::uint32_t* c,
                         std::uint32_t* out, std::size_t n);

  std::string_view name;
  int arity;  ///< 1 to 3; operands beyond it may be null
  LaneType a, b, c, result;
  Block block;

  /// out[i] = op(a[i], b[i], c[i]) for i < n. `out` may be an operand, but must not overlap one in
  /// part. Same bits at every HostSimd level; does not change the caller's floating-point modes.
  void run(const std::uint32_t* operand_a, const std::uint32_t* operand_b,
           const std::uint32_t* operand_c, std::uint32_t* out, std::size_t n) const {
    block(operand_a, operand_b, operand_c, out, n);
  }
};

/// All operations: `for (const LaneOp& op : lane_ops())`.
struct LaneOpRange {
  const LaneOp* first;
  const LaneOp* last;
  const LaneOp* begin() const { return first; }
  const LaneOp* end() const { return last; }
};
LaneOpRange lane_ops();

/// The operation of that name, or null.
const LaneOp* find_lane_op(std::string_view name);

}  // namespace coldforge::sim
