#include "sim/exec/numerics/reduce.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <string>

#include "sim/exec/numerics/lane_ops.h"
#include "tests/unit/numerics/samples.h"

namespace coldforge::sim {
namespace {

constexpr const char* kOps[] = {"add.f32", "mul.f32", "max.f32", "min.f32",
                                "add.i32", "mul.i32", "max.i32", "min.i32"};

std::uint32_t once(const LaneOp& op, std::uint32_t a, std::uint32_t b) {
  std::uint32_t out;
  op.run(&a, &b, nullptr, &out, 1);
  return out;
}

/// The definition of row_reduce, one lane at a time.
std::uint32_t by_definition(const LaneOp& op, std::uint32_t identity,
                            const std::vector<std::uint32_t>& x) {
  std::vector<std::uint32_t> p(32, identity);
  for (std::size_t i = 0; i < x.size(); ++i) p[i % 32] = i < 32 ? x[i] : once(op, p[i % 32], x[i]);
  for (std::size_t s = 16; s >= 1; s /= 2) {
    for (std::size_t j = 0; j < s; ++j) p[j] = once(op, p[j], p[j + s]);
  }
  return p[0];
}

TEST_CASE("a row is reduced in 32 partials and a tree, at every SIMD level", "[numerics][reduce]") {
  const EachLevel levels;
  for (const char* name : kOps) {
    const LaneOp& op = *find_lane_op(name);
    const auto reduce = reduce_op_from(name);
    REQUIRE(reduce.has_value());
    for (const std::size_t n : {0, 1, 2, 15, 31, 32, 33, 63, 64, 65, 100, 257}) {
      std::vector<std::uint32_t> x = random_lanes(n, 40 + n);
      for (std::uint32_t& lane : x)
        lane = (lane & 0x807fffffu) | 0x3f000000u;  // no NaN: the order must show
      const std::uint32_t expected = by_definition(op, identity_of(*reduce), x);
      for (const HostSimd level : levels) {
        set_host_simd(level);
        INFO(name << " n " << n << " level " << static_cast<int>(level));
        CHECK(row_reduce(*reduce, x.data(), n) == expected);
      }
    }
  }
  CHECK_FALSE(reduce_op_from("sub.f32").has_value());
}

TEST_CASE("the order of a row sum shows in its bits", "[numerics][reduce]") {
  std::vector<std::uint32_t> x(64, 0x33800000u);  // 2^-24
  x[0] = 0x3f800000u;                             // 1
  // Partial 0 is 1 + 2^-24 = 1 (tie to even), the other 31 are 2^-23 each. s = 16 adds 2^-23 to
  // partial 0; every further level adds twice as much as the one before: 1 + 31 * 2^-23.
  CHECK(row_reduce(ReduceOp::AddF32, x.data(), 64) == 0x3f80001fu);
}

TEST_CASE("reductions canonicalise and flush even a single element", "[numerics][reduce]") {
  const std::uint32_t nan = 0xffc00001u;
  const std::uint32_t subnormal = 0x00000001u;
  for (const ReduceOp op :
       {ReduceOp::AddF32, ReduceOp::MulF32, ReduceOp::MaxF32, ReduceOp::MinF32}) {
    CHECK(row_reduce(op, &nan, 1) == 0x7fc00000u);
    CHECK(row_reduce(op, &subnormal, 1) == 0);
    std::uint32_t out;
    column_reduce(op, &subnormal, 1, 1, 1, &out);
    CHECK(out == 0);
  }
}

TEST_CASE("columns are reduced and scanned in ascending rows from the identity",
          "[numerics][reduce]") {
  const std::size_t rows = 7, cols = 37, stride = 40;
  std::vector<std::uint32_t> x = random_lanes(rows * stride, 50);
  const EachLevel levels;
  for (const char* name : kOps) {
    const LaneOp& op = *find_lane_op(name);
    const ReduceOp reduce = *reduce_op_from(name);
    for (const HostSimd level : levels) {
      set_host_simd(level);
      std::vector<std::uint32_t> sums(cols), running(rows * cols), before(rows * cols),
          down(rows * cols);
      column_reduce(reduce, x.data(), rows, cols, stride, sums.data());
      column_scan(reduce, ScanKind::Inclusive, ScanOrder::Ascending, x.data(), rows, cols, stride,
                  running.data(), cols);
      column_scan(reduce, ScanKind::Exclusive, ScanOrder::Ascending, x.data(), rows, cols, stride,
                  before.data(), cols);
      column_scan(reduce, ScanKind::Inclusive, ScanOrder::Descending, x.data(), rows, cols, stride,
                  down.data(), cols);
      bool good = true;
      for (std::size_t c = 0; c < cols; ++c) {
        std::uint32_t sum = identity_of(reduce);
        for (std::size_t r = 0; r < rows; ++r) {
          good = good && before[r * cols + c] == sum;
          sum = once(op, sum, x[r * stride + c]);
          good = good && running[r * cols + c] == sum;
        }
        good = good && sums[c] == sum;
        sum = identity_of(reduce);
        for (std::size_t r = rows; r-- > 0;) {
          sum = once(op, sum, x[r * stride + c]);
          good = good && down[r * cols + c] == sum;
        }
      }
      INFO(name << " level " << static_cast<int>(level));
      CHECK(good);
    }
  }
}

TEST_CASE("row scans run in either direction, in place too", "[numerics][reduce]") {
  const std::vector<std::uint32_t> x = {1, 2, 3, 4};
  std::vector<std::uint32_t> y = x;
  row_scan(ReduceOp::AddI32, ScanKind::Inclusive, ScanOrder::Ascending, y.data(), 4, y.data());
  CHECK(y == std::vector<std::uint32_t>{1, 3, 6, 10});
  row_scan(ReduceOp::AddI32, ScanKind::Exclusive, ScanOrder::Ascending, x.data(), 4, y.data());
  CHECK(y == std::vector<std::uint32_t>{0, 1, 3, 6});
  row_scan(ReduceOp::MulI32, ScanKind::Inclusive, ScanOrder::Descending, x.data(), 4, y.data());
  CHECK(y == std::vector<std::uint32_t>{24, 24, 12, 4});
  row_scan(ReduceOp::MaxI32, ScanKind::Exclusive, ScanOrder::Descending, x.data(), 4, y.data());
  CHECK(y == std::vector<std::uint32_t>{4, 4, 4, 0x80000000u});
}

TEST_CASE("arg-max and arg-min give the first extreme, and NaN is the extreme",
          "[numerics][reduce]") {
  const std::uint32_t one = 0x3f800000u, two = 0x40000000u, minus = 0xbf800000u, nan = 0xffc00001u;
  const EachLevel levels;
  for (const HostSimd level : levels) {
    set_host_simd(level);
    const std::vector<std::uint32_t> a = {one, two, minus, two, minus};
    CHECK(row_arg(Extreme::MaxF32, a.data(), 5) == 1);
    CHECK(row_arg(Extreme::MinF32, a.data(), 5) == 2);
    const std::vector<std::uint32_t> b = {one, nan, 0x7f800000u, nan, 0xff800000u};
    CHECK(row_arg(Extreme::MaxF32, b.data(), 5) == 1);
    CHECK(row_arg(Extreme::MinF32, b.data(), 5) == 1);
    const std::vector<std::uint32_t> zeros = {0x80000000u, 0, 0x00000001u, 0x80000001u};
    CHECK(row_arg(Extreme::MaxF32, zeros.data(), 4) == 0);
    CHECK(row_arg(Extreme::MinF32, zeros.data() + 1, 3) == 0);
    const std::vector<std::uint32_t> ints = {0xffffffffu, 5, 0x80000000u, 5, 0x80000000u};
    CHECK(row_arg(Extreme::MaxI32, ints.data(), 5) == 1);
    CHECK(row_arg(Extreme::MinI32, ints.data(), 5) == 2);
    CHECK(row_arg(Extreme::MaxI32, ints.data() + 2, 1) == 0);
    CHECK(row_arg(Extreme::MaxF32, ints.data(), 0) == 0);
    const std::vector<std::uint32_t> rows = {one, nan, minus, two, one, nan};
    std::int32_t index[2];
    column_arg(Extreme::MaxF32, rows.data(), 3, 2, 2, index);
    CHECK(index[0] == 0);
    CHECK(index[1] == 0);
    column_arg(Extreme::MinF32, rows.data(), 2, 1, 2, index);
    CHECK(index[0] == 1);
  }
}

}  // namespace
}  // namespace coldforge::sim
