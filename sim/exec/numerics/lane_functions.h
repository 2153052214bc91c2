#pragma once

// The lane operations, one struct each: apply<Fp>(a, b, c) on 32-bit lanes. Internal to
// sim/exec/numerics; what they mean stands in lane_ops.h. Fp is SoftFp or HostFp (fp32.h).

#include <cstdint>

#include "sim/exec/numerics/fp32.h"
#include "sim/exec/numerics/sfu.h"

namespace coldforge::sim::lane {

using Lane = std::uint32_t;

CF_LANE_INLINE std::int32_t as_int(Lane x) { return static_cast<std::int32_t>(x); }
CF_LANE_INLINE Lane from_int(std::int32_t x) { return static_cast<Lane>(x); }

/// order_key with subnormals and both zeros at 0: how comparisons see a float.
CF_LANE_INLINE std::int32_t compare_key(Lane x) { return (x & kInf32) == 0 ? 0 : order_key(x); }

CF_LANE_INLINE bool either_nan(Lane a, Lane b) { return is_nan(a) | is_nan(b); }

/// How min and max see floats: -0 below +0.
CF_LANE_INLINE bool below(Lane a, Lane b) { return order_key(flush(a)) < order_key(flush(b)); }

/// fp32 to int32: nearest even, saturating, NaN to 0.
CF_LANE_INLINE Lane to_int_nearest(Lane x) {
  const float value = as_float(x);
  const bool high = value >= 2147483648.0f;
  const bool low = value < -2147483648.0f;
  // 1.5 * 2^52 leaves the rounded integer in the low 32 bits of the sum, in two's complement.
  const double shifted = static_cast<double>(value) + 0x1.8p52;
  const auto rounded = static_cast<Lane>(bits_as<std::uint64_t>(shifted));
  return is_nan(x) ? 0 : high ? 0x7fffffffu : low ? kSign32 : rounded;
}

/// fp32 to int32: towards zero, saturating, NaN to 0.
CF_LANE_INLINE Lane to_int_trunc(Lane x) {
  const float value = as_float(x);
  const bool high = value >= 2147483648.0f;
  const bool low = value < -2147483648.0f;
  const bool fits = !high & !low & !is_nan(x);
  const Lane inside = from_int(static_cast<std::int32_t>(fits ? value : 0.0f));
  return high ? 0x7fffffffu : low ? kSign32 : inside;
}

/// int32 to fp32, nearest even.
CF_LANE_INLINE Lane to_float(Lane x) { return as_bits(static_cast<float>(as_int(x))); }

CF_LANE_INLINE std::int32_t add_saturating(std::int32_t a, std::int32_t b) {
  const auto sum = as_int(static_cast<Lane>(a) + static_cast<Lane>(b));
  const bool overflow = ((sum ^ a) & (sum ^ b)) < 0;
  const std::int32_t limit = INT32_MAX ^ (a >> 31);
  return overflow ? limit : sum;
}

template <class Fp>
CF_LANE_INLINE Lane requantise(Lane a, Lane scale, Lane zero, std::int32_t low, std::int32_t high) {
  const Lane scaled = to_int_nearest(Fp::mul(to_float(a), scale));
  std::int32_t sum = add_saturating(as_int(scaled), as_int(zero));
  sum = sum < low ? low : sum;
  return from_int(sum > high ? high : sum);
}

// clang-format off
#define CF_LANE_FUNCTION(Name, expression)                                          \
  struct Name {                                                                     \
    template <class Fp>                                                             \
    static CF_LANE_INLINE Lane apply([[maybe_unused]] Lane a, [[maybe_unused]] Lane b, \
                                     [[maybe_unused]] Lane c) {                     \
      return static_cast<Lane>(expression);                                         \
    }                                                                               \
  }

CF_LANE_FUNCTION(AddF32, Fp::add(a, b));
CF_LANE_FUNCTION(SubF32, Fp::sub(a, b));
CF_LANE_FUNCTION(MulF32, Fp::mul(a, b));
CF_LANE_FUNCTION(FmaF32, Fp::fma(a, b, c));
CF_LANE_FUNCTION(DivF32, Fp::div(a, b));
CF_LANE_FUNCTION(SqrtF32, Fp::sqrt(a));
CF_LANE_FUNCTION(RecipF32, Fp::div(kOne32, a));
CF_LANE_FUNCTION(MinF32, either_nan(a, b) ? kNan32 : below(a, b) ? flush(a) : flush(b));
CF_LANE_FUNCTION(MaxF32, either_nan(a, b) ? kNan32 : below(a, b) ? flush(b) : flush(a));
CF_LANE_FUNCTION(AbsF32, is_nan(a) ? kNan32 : flush(a) & ~kSign32);
CF_LANE_FUNCTION(NegF32, is_nan(a) ? kNan32 : flush(a) ^ kSign32);

CF_LANE_FUNCTION(RsqrtF32, sfu::rsqrt(a));
CF_LANE_FUNCTION(ExpF32, sfu::exp(a));
CF_LANE_FUNCTION(LogF32, sfu::log(a));
CF_LANE_FUNCTION(TanhF32, sfu::tanh(a));
CF_LANE_FUNCTION(SigmoidF32, sfu::sigmoid(a));
CF_LANE_FUNCTION(ErfF32, sfu::erf(a));

CF_LANE_FUNCTION(EqF32, !is_nan(a) & !is_nan(b) & (compare_key(a) == compare_key(b)));
CF_LANE_FUNCTION(NeF32, is_nan(a) | is_nan(b) | (compare_key(a) != compare_key(b)));
CF_LANE_FUNCTION(LtF32, !is_nan(a) & !is_nan(b) & (compare_key(a) < compare_key(b)));
CF_LANE_FUNCTION(LeF32, !is_nan(a) & !is_nan(b) & (compare_key(a) <= compare_key(b)));
CF_LANE_FUNCTION(GtF32, !is_nan(a) & !is_nan(b) & (compare_key(a) > compare_key(b)));
CF_LANE_FUNCTION(GeF32, !is_nan(a) & !is_nan(b) & (compare_key(a) >= compare_key(b)));

CF_LANE_FUNCTION(AddI32, a + b);
CF_LANE_FUNCTION(SubI32, a - b);
CF_LANE_FUNCTION(MulI32, a * b);
CF_LANE_FUNCTION(MinI32, as_int(a) < as_int(b) ? a : b);
CF_LANE_FUNCTION(MaxI32, as_int(a) < as_int(b) ? b : a);
CF_LANE_FUNCTION(AbsI32, as_int(a) < 0 ? 0 - a : a);
CF_LANE_FUNCTION(NegI32, 0 - a);
CF_LANE_FUNCTION(ShlI32, a << (b & 31));
CF_LANE_FUNCTION(ShrI32, a >> (b & 31));
CF_LANE_FUNCTION(SraI32, as_int(a) >> (b & 31));
CF_LANE_FUNCTION(AndI32, a & b);
CF_LANE_FUNCTION(OrI32, a | b);
CF_LANE_FUNCTION(XorI32, a ^ b);
CF_LANE_FUNCTION(NotI32, ~a);
CF_LANE_FUNCTION(EqI32, a == b);
CF_LANE_FUNCTION(NeI32, a != b);
CF_LANE_FUNCTION(LtI32, as_int(a) < as_int(b));
CF_LANE_FUNCTION(LeI32, as_int(a) <= as_int(b));
CF_LANE_FUNCTION(GtI32, as_int(a) > as_int(b));
CF_LANE_FUNCTION(GeI32, as_int(a) >= as_int(b));

CF_LANE_FUNCTION(Select, a != 0 ? b : c);
CF_LANE_FUNCTION(IntFromFloatNearest, to_int_nearest(a));
CF_LANE_FUNCTION(IntFromFloatTrunc, to_int_trunc(a));
CF_LANE_FUNCTION(FloatFromInt, to_float(a));
CF_LANE_FUNCTION(RequantI8, requantise<Fp>(a, b, c, -128, 127));
CF_LANE_FUNCTION(RequantU8, requantise<Fp>(a, b, c, 0, 255));

#undef CF_LANE_FUNCTION
// clang-format on

}  // namespace coldforge::sim::lane
