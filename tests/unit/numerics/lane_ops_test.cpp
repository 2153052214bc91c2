#include "sim/exec/numerics/lane_ops.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "tests/unit/numerics/samples.h"

namespace coldforge::sim {
namespace {

constexpr std::uint32_t kNan = 0x7fc00000u;
constexpr std::uint32_t kOne = 0x3f800000u;
constexpr std::uint32_t kMinusOne = 0xbf800000u;
constexpr std::uint32_t kMinusZero = 0x80000000u;
constexpr std::uint32_t kInf = 0x7f800000u;

std::uint32_t apply(const char* name, std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0) {
  const LaneOp* op = find_lane_op(name);
  REQUIRE(op != nullptr);
  std::uint32_t out = 0;
  op->run(&a, &b, &c, &out, 1);
  return out;
}

TEST_CASE("lane operations have unique names, are found by them, and unknown names are not",
          "[numerics][lanes]") {
  std::set<std::string_view> names;
  for (const LaneOp& op : lane_ops()) {
    CHECK(names.insert(op.name).second);
    CHECK(find_lane_op(op.name) == &op);
    CHECK(op.result != LaneType::None);
    CHECK(op.arity ==
          (op.a != LaneType::None) + (op.b != LaneType::None) + (op.c != LaneType::None));
  }
  CHECK(names.size() == 49);
  CHECK(find_lane_op("add.f64") == nullptr);
  CHECK(find_lane_op("") == nullptr);
}

TEST_CASE("every lane operation has the same bits at every SIMD level, in place too",
          "[numerics][lanes]") {
  std::vector<std::uint32_t> a, b, c;
  const auto corners = corner_lanes();
  for (const auto x : corners) {
    for (const auto y : corners) {
      a.push_back(x);
      b.push_back(y);
      c.push_back(corners[(a.size() * 7) % corners.size()]);
    }
  }
  const auto x = random_lanes(20001, 21), y = random_lanes(20001, 22), z = random_lanes(20001, 23);
  a.insert(a.end(), x.begin(), x.end());
  b.insert(b.end(), y.begin(), y.end());
  c.insert(c.end(), z.begin(), z.end());
  const std::size_t n = a.size();
  const EachLevel levels;
  for (const LaneOp& op : lane_ops()) {
    INFO(std::string(op.name));
    std::vector<std::uint32_t> expected(n);
    set_host_simd(HostSimd::Portable);
    for (std::size_t i = 0; i < n;
         ++i) {  // one at a time: the length of a block does not matter either
      op.run(&a[i], op.arity > 1 ? &b[i] : nullptr, op.arity > 2 ? &c[i] : nullptr, &expected[i],
             1);
    }
    for (const HostSimd level : levels) {
      set_host_simd(level);
      std::vector<std::uint32_t> out(n);
      op.run(a.data(), b.data(), c.data(), out.data(), n);
      CHECK(out == expected);
      out = a;
      op.run(out.data(), b.data(), c.data(), out.data(), n);
      CHECK(out == expected);
      out = b;
      op.run(a.data(), out.data(), c.data(), out.data(), n);
      CHECK(out == expected);
    }
  }
}

TEST_CASE("fp32 results are canonical and flushed, whatever the inputs", "[numerics][lanes]") {
  const auto a = random_lanes(50000, 31), b = random_lanes(50000, 32), c = random_lanes(50000, 33);
  std::vector<std::uint32_t> out(a.size());
  for (const LaneOp& op : lane_ops()) {
    if (op.result != LaneType::F32) continue;
    op.run(a.data(), b.data(), c.data(), out.data(), a.size());
    std::size_t bad = 0;
    for (const std::uint32_t y : out) {
      const std::uint32_t magnitude = y & 0x7fffffffu;
      bad += (magnitude > kInf && y != kNan) || (magnitude != 0 && magnitude < 0x00800000u) ? 1 : 0;
    }
    INFO(std::string(op.name));
    CHECK(bad == 0);
  }
}

TEST_CASE("min and max propagate NaN and order -0 below +0", "[numerics][lanes]") {
  CHECK(apply("min.f32", 0, kMinusZero) == kMinusZero);
  CHECK(apply("min.f32", kMinusZero, 0) == kMinusZero);
  CHECK(apply("max.f32", 0, kMinusZero) == 0);
  CHECK(apply("max.f32", kMinusZero, 0) == 0);
  CHECK(apply("max.f32", kOne, 0xff800001u) == kNan);
  CHECK(apply("min.f32", 0x7fffffffu, kOne) == kNan);
  CHECK(apply("max.f32", kMinusOne, 0xff800000u) == kMinusOne);
  CHECK(apply("max.f32", 0x00000001u, kMinusOne) == 0);
  CHECK(apply("min.f32", 0x80000001u, kOne) == kMinusZero);
}

TEST_CASE("comparisons are false with NaN, except ne, and see zeros as equal",
          "[numerics][lanes]") {
  for (const char* name : {"eq.f32", "lt.f32", "le.f32", "gt.f32", "ge.f32"}) {
    CHECK(apply(name, kNan, kOne) == 0);
    CHECK(apply(name, kOne, 0xff800001u) == 0);
    CHECK(apply(name, kNan, kNan) == 0);
  }
  CHECK(apply("ne.f32", kNan, kNan) == 1);
  CHECK(apply("eq.f32", 0, kMinusZero) == 1);
  CHECK(apply("eq.f32", 0x00000001u, 0x807fffffu) == 1);
  CHECK(apply("lt.f32", kMinusZero, 0) == 0);
  CHECK(apply("lt.f32", kMinusOne, kMinusZero) == 1);
  CHECK(apply("lt.f32", 0xc0000000u, kMinusOne) == 1);
  CHECK(apply("ge.f32", 0x00800000u, 0x007fffffu) == 1);
  CHECK(apply("le.f32", 0x00800000u, 0x007fffffu) == 0);
  CHECK(apply("gt.f32", kInf, 0x7f7fffffu) == 1);
}

TEST_CASE("int32 lanes wrap, shift modulo 32 and compare signed", "[numerics][lanes]") {
  CHECK(apply("add.i32", 0x7fffffffu, 1) == 0x80000000u);
  CHECK(apply("sub.i32", 0x80000000u, 1) == 0x7fffffffu);
  CHECK(apply("mul.i32", 0x10001u, 0x10001u) == 0x20001u);
  CHECK(apply("abs.i32", 0x80000000u) == 0x80000000u);
  CHECK(apply("abs.i32", 0xfffffff9u) == 7);
  CHECK(apply("neg.i32", 0x80000000u) == 0x80000000u);
  CHECK(apply("min.i32", 0xffffffffu, 1) == 0xffffffffu);
  CHECK(apply("max.i32", 0xffffffffu, 1) == 1);
  CHECK(apply("shl.i32", 1, 33) == 2);
  CHECK(apply("shr.i32", 0x80000000u, 0xffffffffu) == 1);
  CHECK(apply("sra.i32", 0x80000000u, 31) == 0xffffffffu);
  CHECK(apply("not.i32", 0x0f0f0f0fu) == 0xf0f0f0f0u);
  CHECK(apply("lt.i32", 0x80000000u, 0) == 1);
  CHECK(apply("ge.i32", 0x80000000u, 0) == 0);
}

TEST_CASE("select takes bits as they are, on any non-zero mask", "[numerics][lanes]") {
  CHECK(apply("sel", 1, 0xff800001u, 2) == 0xff800001u);
  CHECK(apply("sel", 0, 1, 0x00000001u) == 1);
  CHECK(apply("sel", 0x80000000u, 3, 4) == 3);
}

TEST_CASE("requantisation rounds twice as stated, saturates, then clamps", "[numerics][lanes]") {
  const auto i8 = [](std::int32_t a, std::uint32_t scale, std::int32_t zero) {
    return static_cast<std::int32_t>(apply("requant.i8", static_cast<std::uint32_t>(a), scale,
                                           static_cast<std::uint32_t>(zero)));
  };
  const auto u8 = [](std::int32_t a, std::uint32_t scale, std::int32_t zero) {
    return static_cast<std::int32_t>(apply("requant.u8", static_cast<std::uint32_t>(a), scale,
                                           static_cast<std::uint32_t>(zero)));
  };
  CHECK(i8(5, 0x3f000000u, 0) == 2);  // 2.5 to even
  CHECK(i8(7, 0x3f000000u, 0) == 4);  // 3.5 to even
  CHECK(i8(-5, 0x3f000000u, 3) == 1);
  CHECK(i8(1000, kOne, 0) == 127);
  CHECK(i8(-1000, kOne, 0) == -128);
  CHECK(i8(1000, kOne, -950) == 50);  // clamped only after the zero point
  CHECK(u8(1000, kOne, -950) == 50);
  CHECK(u8(-1, kOne, 0) == 0);
  CHECK(u8(300, kOne, 0) == 255);
  CHECK(i8(16777217, 0x3f000000u, -8388608) == 0);  // the fp32 conversion dropped the one
  CHECK(i8(INT32_MAX, 0x7f7fffffu, 0) == 127);      // product overflows to infinity
  CHECK(i8(INT32_MIN, kOne, INT32_MIN) == -128);    // the zero point saturates
  CHECK(i8(INT32_MAX, kOne, INT32_MAX) == 127);
  CHECK(i8(5, kNan, 9) == 9);  // NaN counts as 0
  CHECK(i8(0, kInf, -3) == -3);
  CHECK(i8(100, 0x00000001u, 4) == 4);  // a subnormal scale is zero
}

}  // namespace
}  // namespace coldforge::sim
