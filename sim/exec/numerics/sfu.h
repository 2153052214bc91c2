#pragma once

// The special functions of the NPU, in integer arithmetic that a circuit can repeat bit for bit.
// Internal to sim/exec/numerics; lane_ops.h is the door.
//
// One datapath: unpack, reduce the range, look up a row of four coefficients, evaluate a cubic,
// multiply at most once by a significand, pack. umulh and smulh are the upper 32 bits of a
// 32x32-bit product. Wider are only exp's range reduction (32x64-bit product) and log's sum (64
// bits). Everything drops bits (floor); only pack rounds, to nearest even on the 32 bits that it is
// given.
//
//   A      significand of |x|, 1.31 unsigned, bit 31 set; e its exponent: |x| = A 2^(e-31).
//          Zero and subnormals: A = 0, e = -127.
//   cubic  of a 0.32 fraction f: row = first row + f[31:27], d = f[26:0] 0000 as 0.31,
//          y = c0 + smulh(d, c1 + smulh(d, c2 + smulh(d, c3))), 2.30, 0 <= y < 4
//
//   exp      P = A log2e_high + umulh(A, log2e_low)      64 bits, 2.62
//            T = P >> clamp(30 - e, 24, 63)              64 bits, 32.32; negated for x < 0
//            k = T[63:32], y = exp2 cubic at T[31:0];    exp(x) = y 2^(k-30)
//   tanh     e < 0:  y = cubic of f(x)/x at A >> min(-1-e, 31); M = umulh(A, 2y), exponent e
//   erf      e >= 0: y = cubic of f in its binade at A << 1;    M = y, exponent 0
//            |f(x)| = M 2^(exponent-30)
//   sigmoid  T = tanh(|x|/2) as above, as 2.30; S = 2^30 + T;  x >= 0: S 2^-31
//            x < 0: exp(x) sigmoid(-x) = umulh(2y, S) 2^(k-30) with y, k of exp(x)
//   log      h = (fraction[31:27] >= 13): u = m/2 - 1, else u = m - 1, in units of 2^-24, signed;
//            sum = ((e+h) ln2_high << 23) + (e+h) ln2_low + u y, signed 64 bits, unit 2^-54;
//            |sum| is normalised (bit 63 set), its upper 32 bits are packed
//   rsqrt    y = cubic at A << 1 of binade e mod 2;            y 2^(-30 - floor(e/2))
//
// Largest error, in units in the last place (ULP) of the exact result's binade. NaN gives NaN
// everywhere. Checked by tests/unit/numerics/numerics_exhaustive: exp, log over all 2^32 inputs,
// rsqrt over every third, the others over every 101st.
//
//   function  error  monotone   special values and exact points
//   exp       0.518  yes        exp(+-0) = 1; +inf from 88.722839 up; +0 from -87.336548 down
//   log       0.567  yes        log(1) = +0; log(+-0) = -inf; log(+inf) = +inf; x < 0: NaN
//   tanh      0.58   to 1 ULP   tanh(+-0) = +-0; +-1 from |x| = 9.015625 up
//   sigmoid   0.56   to 1 ULP   sigmoid(+-0) = 0.5; 1 from 17.333334 up; +0 from -87.336548 down
//   erf       0.63   to 1 ULP   erf(+-0) = +-0; +-1 from |x| = 3.921053 up
//   rsqrt     0.585  yes        rsqrt(4^k) = 2^-k; +-0: +-inf; +inf: +0; x < 0: NaN
//
// "To 1 ULP": where the function is nearly flat a larger input may give a result one ULP lower.

#include <cstdint>

#include "isa/sfu_tables.h"
#include "sim/exec/numerics/fp32.h"

namespace coldforge::sim::sfu {

CF_LANE_INLINE std::uint32_t umulh(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(a) * b) >> 32);
}
CF_LANE_INLINE std::int32_t smulh(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>((static_cast<std::int64_t>(a) * b) >> 32);
}

/// The cubic of the table whose first row is `first_row`, at a 0.32 fraction; 2.30.
CF_LANE_INLINE std::uint32_t cubic(std::int32_t first_row, std::uint32_t fraction) {
  const std::int32_t row = first_row + static_cast<std::int32_t>(fraction >> 27);
  const auto d = static_cast<std::int32_t>((fraction << 5) >> 1);
  std::int32_t y = isa::sfu::kC2[row] + smulh(d, isa::sfu::kC3[row]);
  y = isa::sfu::kC1[row] + smulh(d, y);
  return static_cast<std::uint32_t>(isa::sfu::kC0[row]) + static_cast<std::uint32_t>(smulh(d, y));
}

CF_LANE_INLINE std::uint64_t swide(std::int32_t a, std::int32_t b) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(a) * b);
}

/// Shifts out `kStep` leading zeros if there are as many, and counts them.
template <int kStep>
CF_LANE_INLINE void normalise_step(std::uint64_t& magnitude, std::int32_t& exponent) {
  const std::uint64_t low = (magnitude >> (64 - kStep)) == 0 ? kStep : 0;
  magnitude <<= low;
  exponent -= static_cast<std::int32_t>(low);
}

/// condition ? a : b without a branch, which would keep the loop around from being vectorised.
CF_LANE_INLINE std::uint32_t select(bool condition, std::uint32_t a, std::uint32_t b) {
  const std::uint32_t mask = 0u - static_cast<std::uint32_t>(condition);
  return (a & mask) | (b & ~mask);
}

struct Unpacked {
  std::uint32_t significand;  ///< 1.31, or 0
  std::int32_t exponent;      ///< -127 (zero) .. 128 (infinity, NaN)
};

CF_LANE_INLINE Unpacked unpack(std::uint32_t x) {
  const std::uint32_t biased = (x >> 23) & 0xff;
  const std::uint32_t significand = (x << 8) | kSign32;
  return {select(biased != 0, significand, 0), static_cast<std::int32_t>(biased) - 127};
}

/// Rounds a significand with bit 31 set to 24 bits, nearest even: 2^23 .. 2^24.
CF_LANE_INLINE std::uint32_t round_to_24(std::uint32_t m) {
  const std::uint32_t kept = m >> 8;
  return kept + (((m & 0xff) + (kept & 1)) > 0x80 ? 1 : 0);
}

/// sign | m 2^exponent for m = 0 or m >= 2^29; the result is below 2^128; flushes.
CF_LANE_INLINE std::uint32_t pack(std::uint32_t sign, std::uint32_t m, std::int32_t exponent) {
  const bool low2 = m < (1u << 30);
  m = low2 ? m << 2 : m;
  exponent = low2 ? exponent - 2 : exponent;
  const bool low1 = m < (1u << 31);
  m = low1 ? m << 1 : m;
  exponent = low1 ? exponent - 1 : exponent;
  const std::uint32_t rounded = round_to_24(m);
  // A carry out of rounding reaches the exponent by itself: rounded has the hidden bit, so one less
  // is stored.
  const std::int32_t stored = exponent + 31 + 127 - 1;
  const std::int32_t carry = static_cast<std::int32_t>(rounded >> 24);
  const std::uint32_t bits = (static_cast<std::uint32_t>(stored) << 23) + rounded;
  return sign | select((m == 0) | (stored + carry < 0), 0, bits);
}

struct ExpParts {
  std::uint32_t y;  ///< 2.30, 1 <= y <= 2
  std::int32_t k;
};

CF_LANE_INLINE ExpParts exp_parts(Unpacked x, bool negative) {
  const std::uint64_t product = static_cast<std::uint64_t>(x.significand) * isa::sfu::kLog2eHigh +
                                umulh(x.significand, isa::sfu::kLog2eLow);
  std::int32_t shift = 30 - x.exponent;
  shift = shift < 24 ? 24 : shift;
  shift = shift > 63 ? 63 : shift;
  const std::uint64_t magnitude = product >> static_cast<std::uint32_t>(shift);
  const std::uint64_t t = negative ? 0 - magnitude : magnitude;
  const auto k = static_cast<std::int32_t>(static_cast<std::uint32_t>(t >> 32));
  return {cubic(isa::sfu::kExp2Row, static_cast<std::uint32_t>(t)), k};
}

CF_LANE_INLINE std::uint32_t exp(std::uint32_t x) {
  const bool negative = (x & kSign32) != 0;
  const Unpacked u = unpack(x);
  const ExpParts parts = exp_parts(u, negative);
  const bool big = u.exponent > 6;  // |x| >= 128
  const std::uint32_t rounded = round_to_24(parts.y << 1);
  const std::int32_t stored = parts.k + 126;
  const std::int32_t carry = static_cast<std::int32_t>(rounded >> 24);
  std::uint32_t bits = (static_cast<std::uint32_t>(stored) << 23) + rounded;
  const bool low = (stored + carry < 0) | (big & negative);
  const bool high = (stored + carry > 253) | (big & !negative);
  bits = low ? 0 : bits;
  bits = high & !low ? kInf32 : bits;
  return select(is_nan(x), kNan32, bits);
}

/// |f(x)| = m 2^(exponent-30) for an odd function f whose table has f(x)/x in [0,1), then f by
/// binade.
struct OddParts {
  std::uint32_t m;
  std::int32_t exponent;  ///< <= 0
};

CF_LANE_INLINE OddParts odd_parts(Unpacked x, std::int32_t first_row, std::int32_t top_exponent) {
  const bool below_one = x.exponent < 0;
  std::int32_t down = -1 - x.exponent;
  down = down < 0 ? 0 : down;
  down = down > 31 ? 31 : down;
  const std::int32_t binade = x.exponent > top_exponent ? top_exponent : x.exponent;
  const std::uint32_t fraction =
      select(below_one, x.significand >> static_cast<std::uint32_t>(down), x.significand << 1);
  const std::int32_t piece = binade < 0 ? 0 : binade + 1;
  const std::uint32_t y = cubic(first_row + 32 * piece, fraction);
  const std::int32_t exponent = x.exponent < 0 ? x.exponent : 0;
  return {select(below_one, umulh(x.significand, y << 1), y), exponent};
}

constexpr std::int32_t kTanhTopExponent = 3;  // the table ends at 16
constexpr std::int32_t kErfTopExponent = 1;   // the table ends at 4

template <int kTop>
CF_LANE_INLINE std::uint32_t odd_function(std::uint32_t x, std::int32_t first_row) {
  const Unpacked u = unpack(x);
  const OddParts parts = odd_parts(u, first_row, kTop);
  const std::uint32_t sign = x & kSign32;
  const std::uint32_t bits =
      select(u.exponent > kTop, sign | kOne32, pack(sign, parts.m, parts.exponent - 30));
  return select(is_nan(x), kNan32, bits);
}

CF_LANE_INLINE std::uint32_t tanh(std::uint32_t x) {
  return odd_function<kTanhTopExponent>(x, isa::sfu::kTanhRow);
}

CF_LANE_INLINE std::uint32_t erf(std::uint32_t x) {
  return odd_function<kErfTopExponent>(x, isa::sfu::kErfRow);
}

CF_LANE_INLINE std::uint32_t sigmoid(std::uint32_t x) {
  const bool negative = (x & kSign32) != 0;
  const Unpacked u = unpack(x);
  const Unpacked half = {u.significand, u.exponent - 1};
  const OddParts odd = odd_parts(half, isa::sfu::kTanhRow, kTanhTopExponent);
  const std::int32_t down = -odd.exponent > 31 ? 31 : -odd.exponent;
  const std::uint32_t t =
      select(half.exponent > kTanhTopExponent, 1u << 30, odd.m >> static_cast<std::uint32_t>(down));
  const std::uint32_t s = (1u << 30) + t;
  const ExpParts parts = exp_parts(u, negative);
  const std::uint32_t m = select(negative, umulh(parts.y << 1, s), s);
  const std::uint32_t bits = pack(0, m, negative ? parts.k - 30 : -31);
  const bool vanishes = negative & (u.exponent > 6);
  return select(is_nan(x), kNan32, select(vanishes, 0, bits));
}

CF_LANE_INLINE std::uint32_t log(std::uint32_t x) {
  const Unpacked v = unpack(x);
  const std::uint32_t fraction = v.significand << 1;
  const std::uint32_t halved =
      ((fraction >> 27) + (32 - 13)) >> 5;  // 1 from segment 13 on; a branch would cost
  const auto significand = static_cast<std::int32_t>(v.significand >> 8);
  const std::int32_t u = (significand << (1 - halved)) - (1 << 24);
  const std::int32_t e = v.exponent + static_cast<std::int32_t>(halved);
  const auto y = static_cast<std::int32_t>(cubic(isa::sfu::kLogRow, fraction));
  const std::uint64_t sum = (swide(e, static_cast<std::int32_t>(isa::sfu::kLn2High)) << 23) +
                            swide(e, static_cast<std::int32_t>(isa::sfu::kLn2Low)) + swide(u, y);
  const std::uint32_t sign = static_cast<std::uint32_t>(sum >> 32) & kSign32;
  const std::uint64_t all_signs = 0 - (sum >> 63);
  std::uint64_t magnitude = (sum ^ all_signs) - all_signs;
  // Leading zeros in steps, which vectorise on every host; at least 30 bits are significant unless
  // all are zero.
  std::int32_t exponent = 32 - 54;
  normalise_step<32>(magnitude, exponent);
  normalise_step<16>(magnitude, exponent);
  normalise_step<8>(magnitude, exponent);
  normalise_step<4>(magnitude, exponent);
  normalise_step<2>(magnitude, exponent);
  normalise_step<1>(magnitude, exponent);
  std::uint32_t bits = pack(sign, static_cast<std::uint32_t>(magnitude >> 32), exponent);
  bits = select(x == kInf32, kInf32, bits);
  bits = select((x & kSign32) != 0, kNan32, bits);
  bits = select(v.significand == 0, kInf32 | kSign32, bits);
  return select(is_nan(x), kNan32, bits);
}

CF_LANE_INLINE std::uint32_t rsqrt(std::uint32_t x) {
  const Unpacked u = unpack(x);
  const std::int32_t row = isa::sfu::kRsqrtRow + 32 * (u.exponent & 1);
  const std::uint32_t y = cubic(row, u.significand << 1);
  std::uint32_t bits = pack(0, y, -30 - (u.exponent >> 1));
  bits = x == kInf32 ? 0 : bits;
  bits = (x & kSign32) != 0 ? kNan32 : bits;
  bits = u.significand == 0 ? kInf32 | (x & kSign32) : bits;
  return select(is_nan(x), kNan32, bits);
}

}  // namespace coldforge::sim::sfu
