#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <string>

#include "sim/exec/numerics/lane_ops.h"
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
float input(std::uint32_t bits) {
  return as_float((bits & 0x7f800000u) == 0 ? bits & 0x80000000u : bits);
}

/// `exact` is the host's IEEE result; `scaled` the same times 2^64, computed where nothing
/// underflows: it tells how the result rounds when the exponent has no lower end.
std::uint32_t flushed(float exact, float scaled) {
  if (std::isnan(exact)) return 0x7fc00000u;
  if (std::fabs(exact) < 0x1p-100f && std::fabs(scaled) < 0x1p-62f)
    return as_bits(std::copysign(0.0f, exact));
  return as_bits(exact);
}

std::uint32_t expected_add(std::uint32_t a, std::uint32_t b) {
  const float x = input(a), y = input(b);
  return flushed(x + y, x * 0x1p64f + y * 0x1p64f);
}
std::uint32_t expected_mul(std::uint32_t a, std::uint32_t b) {
  const float x = input(a), y = input(b);
  const bool x_small = std::fabs(x) < std::fabs(y);
  return flushed(x * y, x_small ? (x * 0x1p64f) * y : x * (y * 0x1p64f));
}
std::uint32_t expected_div(std::uint32_t a, std::uint32_t b) {
  const float x = input(a), y = input(b);
  // |x / y| is small only if x is small or y large: scale the one that stays in range.
  return flushed(x / y, std::fabs(x) < 1 ? (x * 0x1p64f) / y : x / (y * 0x1p-64f));
}
std::uint32_t expected_fma(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const float x = input(a), y = input(b), z = input(c);
  const bool x_small = std::fabs(x) < std::fabs(y);
  return flushed(std::fma(x, y, z), x_small ? std::fma(x * 0x1p64f, y, z * 0x1p64f)
                                            : std::fma(x, y * 0x1p64f, z * 0x1p64f));
}

struct Triple {
  std::vector<std::uint32_t> a, b, c;
  std::size_t size() const { return a.size(); }
  void add(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
    a.push_back(x);
    b.push_back(y);
    c.push_back(z);
  }
};

/// All triples of corners, then random ones, then products that end just around 2^-126.
Triple operands() {
  Triple t;
  const auto corners = corner_lanes();
  for (const auto x : corners) {
    for (const auto y : corners) {
      for (const auto z : corners) t.add(x, y, z);
    }
  }
  const auto x = random_lanes(200000, 1), y = random_lanes(200000, 2), z = random_lanes(200000, 3);
  for (std::size_t i = 0; i < x.size(); ++i) {
    t.add(x[i], y[i], z[i]);
    const std::uint32_t near_one = 0x3f7fff00u + (y[i] & 0x1ffu);
    t.add(0x00800000u + (x[i] & 0x3ffu), near_one, 0u);
    t.add((x[i] & 0x807fffffu) | 0x30000000u, (y[i] & 0x807fffffu) | 0x10000000u,
          (z[i] & 0x80ffffffu) | 0x00800000u);
  }
  return t;
}

TEST_CASE("fp32 arithmetic is IEEE, nearest even, with flushing judged after rounding",
          "[numerics][arithmetic]") {
  const Triple t = operands();
  const std::size_t n = t.size();
  struct Case {
    const char* name;
    std::uint32_t (*expected)(std::uint32_t, std::uint32_t, std::uint32_t);
  };
  const Case cases[] = {
      {"add.f32", [](auto a, auto b, auto) { return expected_add(a, b); }},
      {"sub.f32", [](auto a, auto b, auto) { return expected_add(a, b ^ 0x80000000u); }},
      {"mul.f32", [](auto a, auto b, auto) { return expected_mul(a, b); }},
      {"div.f32", [](auto a, auto b, auto) { return expected_div(a, b); }},
      {"fma.f32", [](auto a, auto b, auto c) { return expected_fma(a, b, c); }},
      {"sqrt.f32", [](auto a, auto, auto) { return flushed(std::sqrt(input(a)), 1); }},
      {"recip.f32", [](auto a, auto, auto) { return expected_div(0x3f800000u, a); }},
  };
  std::vector<std::uint32_t> out(n);
  const EachLevel levels;
  for (const Case& c : cases) {
    const LaneOp* op = find_lane_op(c.name);
    REQUIRE(op != nullptr);
    for (const HostSimd level : levels) {
      set_host_simd(level);
      op->run(t.a.data(), t.b.data(), t.c.data(), out.data(), n);
      std::size_t wrong = 0;
      std::size_t first = 0;
      for (std::size_t i = 0; i < n; ++i) {
        if (out[i] != c.expected(t.a[i], t.b[i], t.c[i]) && wrong++ == 0) first = i;
      }
      INFO(c.name << " level " << static_cast<int>(level) << " a " << t.a[first] << " b "
                  << t.b[first] << " c " << t.c[first] << " got " << out[first]);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("a product that rounds up to the smallest normal number is kept",
          "[numerics][arithmetic]") {
  std::uint32_t out;
  const LaneOp* mul = find_lane_op("mul.f32");
  const EachLevel levels;
  for (const HostSimd level : levels) {
    set_host_simd(level);
    // (1 + 2^-23)(1 - 2^-24) 2^-126 is above 2^-126 - 2^-151; 2^-126 (1 - 2^-24) is exact at 24
    // bits and below 2^-126.
    std::uint32_t a = 0x00800001u, b = 0x3f7fffffu;
    mul->run(&a, &b, nullptr, &out, 1);
    CHECK(out == 0x00800000u);
    a = 0x00800000u;
    mul->run(&a, &b, nullptr, &out, 1);
    CHECK(out == 0x00000000u);
    a = 0x80800000u;
    mul->run(&a, &b, nullptr, &out, 1);
    CHECK(out == 0x80000000u);
  }
}

TEST_CASE("lane operations leave the caller's floating-point modes alone",
          "[numerics][arithmetic]") {
  const std::uint32_t one = 0x3f800000u;
  std::uint32_t out;
  find_lane_op("add.f32")->run(&one, &one, nullptr, &out, 1);
  volatile float tiny = 0x1p-140f;
  CHECK(tiny * 0.5f == 0x1p-141f);
}

}  // namespace
}  // namespace coldforge::sim
