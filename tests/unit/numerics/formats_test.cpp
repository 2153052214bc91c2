#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "sim/exec/numerics/float_formats.h"
#include "tests/unit/numerics/samples.h"

namespace coldforge::sim {
namespace {

float as_float(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}
std::uint32_t as_bits(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

/// The value of an fp16 or bf16 pattern by the definition of the format; NaN for NaN.
double value_of_half(std::uint32_t h, int fraction_bits, int exponent_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const auto fraction = static_cast<int>(h & ((1u << fraction_bits) - 1));
  const auto exponent = static_cast<int>((h >> fraction_bits) & ((1u << exponent_bits) - 1));
  const double sign = (h & 0x8000u) != 0 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1) return fraction != 0 ? NAN : sign * HUGE_VAL;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - fraction_bits);
  return sign * std::ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits);
}

/// Rounds to nearest even in a format with `precision` bits, smallest unit 2^min_unit, largest
/// exponent `max_exponent`.
double rounded(double x, int precision, int min_unit, int max_exponent) {
  if (x == 0 || std::isnan(x) || std::isinf(x)) return x;
  int exponent;
  std::frexp(x, &exponent);
  const int unit = std::max(exponent - precision, min_unit);
  const double result = std::ldexp(std::nearbyint(std::ldexp(x, -unit)), unit);
  return std::fabs(result) >= std::ldexp(1.0, max_exponent + 1) ? std::copysign(HUGE_VAL, x)
                                                                : result;
}

TEST_CASE("every fp16 pattern widens to its value and narrows back to itself",
          "[numerics][formats]") {
  for (std::uint32_t h = 0; h < 0x10000u; ++h) {
    const auto half = static_cast<std::uint16_t>(h);
    const double value = value_of_half(h, 10, 5);
    const std::uint32_t wide = fp32_from_fp16(half);
    if (std::isnan(value)) {
      REQUIRE(wide == 0x7fc00000u);
      REQUIRE(fp16_from_fp32(wide) == 0x7e00u);
    } else {
      REQUIRE(wide == as_bits(static_cast<float>(value)));
      REQUIRE(fp16_from_fp32(wide) == half);
    }
  }
}

TEST_CASE("every bf16 pattern widens to its value, subnormals to zero, and narrows back",
          "[numerics][formats]") {
  for (std::uint32_t h = 0; h < 0x10000u; ++h) {
    const auto half = static_cast<std::uint16_t>(h);
    const std::uint32_t wide = fp32_from_bf16(half);
    if (std::isnan(value_of_half(h, 7, 8))) {
      REQUIRE(wide == 0x7fc00000u);
      REQUIRE(bf16_from_fp32(wide) == 0x7fc0u);
    } else {
      const std::uint32_t flushed = (h & 0x7f80u) == 0 ? h & 0x8000u : h;
      REQUIRE(wide == flushed << 16);
      REQUIRE(bf16_from_fp32(wide) == flushed);
    }
  }
}

void check_narrowing(std::uint32_t bits) {
  const bool nan = std::isnan(as_float(bits));
  const double x = as_float((bits & 0x7f800000u) == 0 ? bits & 0x80000000u : bits);
  const double half = value_of_half(fp16_from_fp32(bits), 10, 5);
  const double brain = value_of_half(bf16_from_fp32(bits), 7, 8);
  const double half_expected = rounded(x, 11, -24, 15);
  const double brain_expected = rounded(x, 8, -1000, 127);
  const bool half_good = nan ? fp16_from_fp32(bits) == 0x7e00u
                             : half == half_expected && std::signbit(half) == std::signbit(x);
  const bool brain_good = nan ? bf16_from_fp32(bits) == 0x7fc0u
                              : brain == brain_expected && std::signbit(brain) == std::signbit(x);
  if (half_good && brain_good) return;
  INFO("fp32 bits " << bits);
  REQUIRE(half_good);
  REQUIRE(brain_good);
}

TEST_CASE("fp32 narrows to the nearest fp16 and bf16, ties to even", "[numerics][formats]") {
  for (std::uint64_t bits = 0; bits < (1ull << 32); bits += 1021)
    check_narrowing(static_cast<std::uint32_t>(bits));
  // All ties and their neighbours, with either neighbour even.
  for (std::uint32_t h = 0; h < 0x10000u; ++h) {
    for (const std::uint32_t below : {h << 16 | 0x7fffu, h << 16 | 0x8000u, h << 16 | 0x8001u})
      check_narrowing(below);
    const std::uint32_t wide = fp32_from_fp16(static_cast<std::uint16_t>(h));
    for (const std::uint32_t tie : {wide + 0xfffu, wide + 0x1000u, wide + 0x1001u})
      check_narrowing(tie);
  }
  // Halfway between fp16 subnormals, where the tie's bit depends on the exponent.
  for (int i = 0; i < 2048; ++i) {
    const std::uint32_t tie = as_bits(std::ldexp(static_cast<float>(2 * i + 1), -25));
    for (const std::uint32_t bits : {tie - 1, tie, tie + 1}) check_narrowing(bits);
  }
  CHECK(fp16_from_fp32(0x477fefff) == 0x7bff);  // just below 65520
  CHECK(fp16_from_fp32(0x477ff000) == 0x7c00);  // 65520 rounds to 65536, which is infinity
  CHECK(bf16_from_fp32(0x7f7f8000) == 0x7f80);
  CHECK(bf16_from_fp32(0x007fffff) == 0x0000);  // a subnormal input, not rounded up to 2^-126
}

TEST_CASE("fp32 becomes integers by nearest even, saturating, NaN as 0", "[numerics][formats]") {
  struct Case {
    float x;
    std::int32_t nearest, trunc;
  };
  for (const Case& c :
       {Case{0.5f, 0, 0}, Case{1.5f, 2, 1}, Case{2.5f, 2, 2}, Case{-0.5f, 0, 0},
        Case{-1.5f, -2, -1}, Case{0.50000006f, 1, 0}, Case{-2.5f, -2, -2},
        Case{8388607.5f, 8388608, 8388607}, Case{2147483520.0f, 2147483520, 2147483520},
        Case{2147483648.0f, INT32_MAX, INT32_MAX}, Case{-2147483648.0f, INT32_MIN, INT32_MIN},
        Case{-2147483904.0f, INT32_MIN, INT32_MIN}, Case{HUGE_VALF, INT32_MAX, INT32_MAX},
        Case{-HUGE_VALF, INT32_MIN, INT32_MIN}, Case{1e-40f, 0, 0}, Case{NAN, 0, 0}}) {
    INFO(c.x);
    CHECK(int32_from_fp32(as_bits(c.x)) == c.nearest);
    CHECK(int32_from_fp32_trunc(as_bits(c.x)) == c.trunc);
  }
  CHECK(int32_from_fp32(0xffc00000u) == 0);
  CHECK(int64_from_fp32(as_bits(2.5f)) == 2);
  CHECK(int64_from_fp32(as_bits(0x1.fffffep62f)) == 0x7fffff8000000000);
  CHECK(int64_from_fp32(as_bits(0x1p63f)) == INT64_MAX);
  CHECK(int64_from_fp32(as_bits(-0x1p63f)) == INT64_MIN);
  CHECK(int64_from_fp32(as_bits(-0x1p64f)) == INT64_MIN);
  CHECK(int64_from_fp32(as_bits(-16777219.0f)) == -16777220);
  CHECK(int64_from_fp32(0x7f800001u) == 0);
}

TEST_CASE("int32 becomes fp32 and bf16 with one rounding", "[numerics][formats]") {
  CHECK(fp32_from_int32(16777217) == as_bits(16777216.0f));
  CHECK(fp32_from_int32(16777219) == as_bits(16777220.0f));
  CHECK(fp32_from_int32(INT32_MIN) == as_bits(-2147483648.0f));
  // 0x01018001: just above the tie of bf16; by way of fp32 it would become the tie and round down.
  const std::uint32_t lanes[] = {0x01010001u, 0x01010000u, 0x01030000u, 0u - 0x01010001u,
                                 0u,          0x7fffffffu, 0x80000000u};
  std::uint16_t out[7];
  narrow(ElementType::Bf16, false, lanes, out, 1, 7);
  CHECK(out[0] == 0x4b81);
  CHECK(out[1] == 0x4b80);
  CHECK(out[2] == 0x4b82);
  CHECK(out[3] == 0xcb81);
  CHECK(out[4] == 0x0000);
  CHECK(out[5] == 0x4f00);
  CHECK(out[6] == 0xcf00);
  narrow(ElementType::Fp16, false, lanes + 4, out, 1, 3);
  CHECK(out[0] == 0x0000);
  CHECK(out[1] == 0x7c00);
  CHECK(out[2] == 0xfc00);
}

TEST_CASE("narrow integers saturate and bool is non-zero", "[numerics][formats]") {
  const std::uint32_t floats[] = {as_bits(127.5f), as_bits(-128.5f), as_bits(-129.0f),
                                  as_bits(255.5f), 0x7fc00000u,      0x00000001u};
  const std::uint32_t ints[] = {128u, 0u - 129u, 0u - 1u, 256u, 0u, 7u};
  std::int8_t i8[6];
  std::uint8_t u8[6];
  std::uint8_t flag[6];
  narrow(ElementType::Int8, true, floats, i8, 1, 6);
  narrow(ElementType::UInt8, true, floats, u8, 1, 6);
  narrow(ElementType::Bool, true, floats, flag, 1, 6);
  CHECK(std::vector<int>(i8, i8 + 6) == std::vector<int>{127, -128, -128, 127, 0, 0});
  CHECK(std::vector<int>(u8, u8 + 6) == std::vector<int>{128, 0, 0, 255, 0, 0});
  CHECK(std::vector<int>(flag, flag + 6) == std::vector<int>{1, 1, 1, 1, 1, 0});
  narrow(ElementType::Int8, false, ints, i8, 1, 6);
  narrow(ElementType::UInt8, false, ints, u8, 1, 6);
  narrow(ElementType::Bool, false, ints, flag, 1, 6);
  CHECK(std::vector<int>(i8, i8 + 6) == std::vector<int>{127, -128, -1, 127, 0, 7});
  CHECK(std::vector<int>(u8, u8 + 6) == std::vector<int>{128, 0, 0, 255, 0, 7});
  CHECK(std::vector<int>(flag, flag + 6) == std::vector<int>{1, 1, 1, 1, 0, 1});
  const std::int64_t wide[] = {INT64_MAX, INT64_MIN, -5, 0x80000000};
  std::uint32_t lanes[4];
  widen(ElementType::Int64, wide, 1, lanes, 4);
  CHECK(std::vector<std::uint32_t>(lanes, lanes + 4) ==
        std::vector<std::uint32_t>{0x7fffffffu, 0x80000000u, 0xfffffffbu, 0x7fffffffu});
}

TEST_CASE("strides broadcast, reverse and skip without touching other bytes",
          "[numerics][formats]") {
  const std::uint16_t memory[] = {0x3c00, 0x4000, 0x4200, 0x4400};  // 1 2 3 4
  std::uint32_t lanes[4];
  widen(ElementType::Fp16, memory + 1, 0, lanes, 4);
  for (const std::uint32_t lane : lanes) CHECK(lane == as_bits(2.0f));
  widen(ElementType::Fp16, memory + 3, -1, lanes, 4);
  CHECK(lanes[0] == as_bits(4.0f));
  CHECK(lanes[3] == as_bits(1.0f));
  std::uint8_t bytes[9];
  std::memset(bytes, 0xee, sizeof(bytes));
  narrow(ElementType::Int8, true, lanes, bytes + 8, -2, 4);
  CHECK(std::vector<int>(bytes, bytes + 9) ==
        std::vector<int>{0xee, 0xee, 1, 0xee, 2, 0xee, 3, 0xee, 4});
}

TEST_CASE("array conversions have the same bits at every SIMD level, contiguous or not",
          "[numerics][formats]") {
  std::vector<std::uint32_t> x = corner_lanes();
  const std::vector<std::uint32_t> more = random_lanes(1000, 11);
  x.insert(x.end(), more.begin(), more.end());
  const std::size_t n = x.size();
  const EachLevel levels;
  for (int t = 0; t < kElementTypes; ++t) {
    const auto type = static_cast<ElementType>(t);
    const auto size = static_cast<std::size_t>(size_bytes(type));
    for (const bool is_float_lane : {false, true}) {
      std::vector<std::uint8_t> expected_bytes;
      std::vector<std::uint32_t> expected_lanes;
      for (const HostSimd level : levels) {
        set_host_simd(level);
        for (const std::ptrdiff_t stride : {1, 3}) {
          const auto step = static_cast<std::size_t>(stride) * size;
          std::vector<std::uint8_t> spread(n * step);
          std::vector<std::uint8_t> dense(n * size);
          narrow(type, is_float_lane, x.data(), spread.data(), stride, n);
          for (std::size_t i = 0; i < n; ++i)
            std::memcpy(&dense[i * size], &spread[i * step], size);
          std::vector<std::uint32_t> lanes(n);
          widen(type, spread.data(), stride, lanes.data(), n);
          if (expected_bytes.empty()) {
            expected_bytes = dense;
            expected_lanes = lanes;
          }
          INFO(name_of(type) << " level " << static_cast<int>(level) << " stride " << stride);
          CHECK(dense == expected_bytes);
          CHECK(lanes == expected_lanes);
        }
      }
    }
  }
}

}  // namespace
}  // namespace coldforge::sim
