#pragma once

// fp32 arithmetic of the NPU on bit patterns, element by element. Internal to sim/exec/numerics.
//
// Every result: round to nearest even; NaN is 7FC00000; a subnormal input counts as zero of its
// sign; a result that is below 2^-126 after rounding to 24 bits with unbounded exponent becomes
// zero of its sign.
//
// The arithmetic exists twice, with the same bits: HostFp uses the host's fp32 and needs FTZ and
// DAZ set (see FlushScope); SoftFp computes in double and rounds once more, which is exact because
// 53 >= 2*24 + 2 (Figueroa 1995), and needs no mode at all.

#include <cmath>
#include <cstdint>
#include <cstring>

// The bodies below must be compiled for the instruction set of the loop they stand in, not for the
// default one.
#define CF_LANE_INLINE inline __attribute__((always_inline))

namespace coldforge::sim {

inline constexpr std::uint32_t kNan32 = 0x7fc00000u;
inline constexpr std::uint32_t kInf32 = 0x7f800000u;
inline constexpr std::uint32_t kSign32 = 0x80000000u;
inline constexpr std::uint32_t kOne32 = 0x3f800000u;
inline constexpr std::uint32_t kMinNormal32 = 0x00800000u;

template <class To, class From>
CF_LANE_INLINE To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}
CF_LANE_INLINE float as_float(std::uint32_t bits) { return bits_as<float>(bits); }
CF_LANE_INLINE std::uint32_t as_bits(float value) { return bits_as<std::uint32_t>(value); }

CF_LANE_INLINE bool is_nan(std::uint32_t x) { return (x & ~kSign32) > kInf32; }
CF_LANE_INLINE std::uint32_t canonical(std::uint32_t x) { return is_nan(x) ? kNan32 : x; }
CF_LANE_INLINE std::uint32_t flush(std::uint32_t x) { return (x & kInf32) == 0 ? x & kSign32 : x; }

/// Maps fp32 (no NaN) to int32 so that the order of integers is the order of floats, -0 just below
/// +0.
CF_LANE_INLINE std::int32_t order_key(std::uint32_t x) {
  const auto s = static_cast<std::int32_t>(x);
  return s ^ ((s >> 31) & 0x7fffffff);
}

struct HostFp {
  static CF_LANE_INLINE std::uint32_t add(std::uint32_t a, std::uint32_t b) {
    return canonical(as_bits(as_float(a) + as_float(b)));
  }
  static CF_LANE_INLINE std::uint32_t sub(std::uint32_t a, std::uint32_t b) {
    return canonical(as_bits(as_float(a) - as_float(b)));
  }
  static CF_LANE_INLINE std::uint32_t mul(std::uint32_t a, std::uint32_t b) {
    return canonical(as_bits(as_float(a) * as_float(b)));
  }
  static CF_LANE_INLINE std::uint32_t fma(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    return canonical(as_bits(__builtin_fmaf(as_float(a), as_float(b), as_float(c))));
  }
  static CF_LANE_INLINE std::uint32_t div(std::uint32_t a, std::uint32_t b) {
    return canonical(as_bits(as_float(a) / as_float(b)));
  }
  static CF_LANE_INLINE std::uint32_t sqrt(std::uint32_t a) {
    return canonical(as_bits(__builtin_sqrtf(as_float(a))));
  }
};

struct SoftFp {
  static CF_LANE_INLINE std::uint32_t add(std::uint32_t a, std::uint32_t b) {
    return round(widened(a) + widened(b));
  }
  static CF_LANE_INLINE std::uint32_t sub(std::uint32_t a, std::uint32_t b) {
    return round(widened(a) - widened(b));
  }
  static CF_LANE_INLINE std::uint32_t mul(std::uint32_t a, std::uint32_t b) {
    return round(widened(a) * widened(b));
  }
  /// The product is exact in double; the sum is rounded to odd (Boldo and Melquiond 2008), so that
  /// rounding it again to 24 bits rounds the exact value.
  static CF_LANE_INLINE std::uint32_t fma(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    const double product = widened(a) * widened(b);
    const double addend = widened(c);
    const double sum = product + addend;
    const double part = sum - product;
    const double error = (product - (sum - part)) + (addend - part);  // TwoSum: exact
    auto bits = bits_as<std::int64_t>(sum);
    const bool finite = (bits & 0x7ff0000000000000) != 0x7ff0000000000000;
    const bool odd = (bits & 1) != 0;
    // Towards zero or away from it by one unit in the last place: the odd neighbour on the error's
    // side.
    const bool away = (error > 0) == (sum > 0);
    const std::int64_t step = away ? 1 : -1;
    bits += (finite && !odd && error != 0) ? step : 0;
    return round(bits_as<double>(bits));
  }
  static CF_LANE_INLINE std::uint32_t div(std::uint32_t a, std::uint32_t b) {
    return round(widened(a) / widened(b));
  }
  static CF_LANE_INLINE std::uint32_t sqrt(std::uint32_t a) {
    return round(__builtin_sqrt(widened(a)));
  }

 private:
  static CF_LANE_INLINE double widened(std::uint32_t x) {
    return static_cast<double>(as_float(flush(x)));
  }
  static CF_LANE_INLINE std::uint32_t round(double x) {
    // Half a unit below 2^-126 at 24 bits: from here on, rounding with unbounded exponent reaches
    // 2^-126.
    constexpr double kTiny = 0x1.ffffffp-127;
    const auto sign = static_cast<std::uint32_t>(bits_as<std::uint64_t>(x) >> 32) & kSign32;
    const bool tiny = x < kTiny && x > -kTiny;
    return tiny ? sign : canonical(as_bits(static_cast<float>(x)));
  }
};

}  // namespace coldforge::sim
