#pragma once

// Conversions between element formats, element by element and without branches. Internal to
// sim/exec/numerics; what they mean stands in float_formats.h.

#include <cstdint>

#include "sim/exec/numerics/fp32.h"
#include "sim/exec/numerics/lane_functions.h"

namespace coldforge::sim::format {

CF_LANE_INLINE std::uint32_t fp32_from_fp16(std::uint32_t h) {
  const std::uint32_t sign = (h & 0x8000u) << 16;
  const std::uint32_t magnitude = h & 0x7fffu;
  const std::uint32_t normal = (magnitude << 13) + (112u << 23);
  const std::uint32_t subnormal =
      as_bits(static_cast<float>(static_cast<std::int32_t>(magnitude & 0x3ff)) * 0x1p-24f);
  std::uint32_t bits = magnitude < 0x400u ? subnormal : normal;
  bits = magnitude == 0x7c00u ? kInf32 : bits;
  bits |= sign;
  return magnitude > 0x7c00u ? kNan32 : bits;
}

CF_LANE_INLINE std::uint32_t fp32_from_bf16(std::uint32_t h) { return canonical(flush(h << 16)); }

CF_LANE_INLINE std::uint32_t fp16_from_fp32(std::uint32_t x) {
  const std::uint32_t magnitude = x & ~kSign32;
  const std::uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
  const std::uint32_t normal = (rounded >> 13) - (112u << 10);
  // One half has the unit 2^-24 in its last place: adding it rounds to a multiple of fp16's
  // smallest subnormal.
  const std::uint32_t small = magnitude < 0x38800000u ? magnitude : 0u;
  const std::uint32_t subnormal = as_bits(as_float(small) + 0.5f) - 0x3f000000u;
  std::uint32_t bits = magnitude < 0x38800000u ? subnormal : normal;
  bits = rounded >= 0x47800000u ? 0x7c00u : bits;
  bits |= (x >> 16) & 0x8000u;
  return is_nan(x) ? 0x7e00u : bits;
}

CF_LANE_INLINE std::uint32_t bf16_from_fp32(std::uint32_t x) {
  const std::uint32_t flushed = flush(x);
  const std::uint32_t rounded = (flushed + 0x7fffu + ((flushed >> 16) & 1u)) >> 16;
  return is_nan(x) ? 0x7fc0u : rounded;
}

/// int32 to bf16, rounded once: bits below fp32's 24 are first folded into one sticky bit.
CF_LANE_INLINE std::uint32_t bf16_from_int32(std::uint32_t x) {
  const std::uint32_t sign = x & kSign32;
  const std::uint32_t magnitude = sign != 0 ? 0u - x : x;
  const std::uint32_t folded = (magnitude & ~0xffu) | ((magnitude & 0xffu) != 0 ? 0x100u : 0u);
  const std::uint32_t exact = magnitude < (1u << 24) ? magnitude : folded;
  const std::uint32_t bits = as_bits(static_cast<float>(exact));
  return bf16_from_fp32(bits | (exact != 0 ? sign : 0u));
}

CF_LANE_INLINE std::int64_t int64_from_fp32(std::uint32_t x) {
  const float value = as_float(x);
  const bool nan = is_nan(x);
  const bool high = value >= 0x1p63f;
  const bool low = value < -0x1p63f;
  const bool integral = (x & ~kSign32) >= 0x4b800000u;  // 2^24: no fraction bits from here on
  const bool direct = integral & !nan & !high & !low;
  const auto small = static_cast<std::int64_t>(lane::as_int(lane::to_int_nearest(x)));
  const auto large = static_cast<std::int64_t>(direct ? value : 0.0f);
  return nan ? 0 : high ? INT64_MAX : low ? INT64_MIN : integral ? large : small;
}

CF_LANE_INLINE std::int32_t clamp(std::int32_t x, std::int32_t low, std::int32_t high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

}  // namespace coldforge::sim::format
