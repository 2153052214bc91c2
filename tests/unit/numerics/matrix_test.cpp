#include "sim/exec/numerics/matrix.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "sim/base/error.h"
#include "sim/exec/numerics/float_formats.h"
#include "sim/exec/numerics/lane_ops.h"
#include "tests/unit/numerics/samples.h"

namespace coldforge::sim {
namespace {

/// rows x cols elements of `type` inside a larger array, at strides that need not be dense.
struct Matrix {
  Matrix(ElementType t, std::size_t rows, std::size_t cols, bool transposed, std::uint64_t seed,
         bool wild)
      : type(t),
        row_stride(transposed ? 1 : static_cast<std::ptrdiff_t>(cols) + 3),
        col_stride(transposed ? static_cast<std::ptrdiff_t>(rows) + 1 : 1),
        bytes((rows + 1) * (cols + 3) * 4 + 64) {
    std::vector<std::uint32_t> lanes =
        random_lanes(bytes.size() / static_cast<std::size_t>(size_bytes(t)), seed);
    if (!wild && is_float(t)) {
      for (std::uint32_t& lane : lanes)
        lane = (lane & 0x80ffffffu) | 0x3e000000u;  // about 1/8 to 2
    }
    narrow(t, is_float(t), lanes.data(), bytes.data(), 1, lanes.size());
  }
  MatrixOperand operand() const { return {type, bytes.data(), row_stride, col_stride}; }
  std::uint32_t lane(std::size_t r, std::size_t c) const {
    const std::ptrdiff_t element =
        static_cast<std::ptrdiff_t>(r) * row_stride + static_cast<std::ptrdiff_t>(c) * col_stride;
    std::uint32_t out;
    widen(type, bytes.data() + element * size_bytes(type), 1, &out, 1);
    return out;
  }
  ElementType type;
  std::ptrdiff_t row_stride, col_stride;
  std::vector<std::uint8_t> bytes;
};

void check_product(ElementType ta, ElementType tb, std::size_t m, std::size_t n, std::size_t k,
                   bool transposed, bool wild) {
  const Matrix a(ta, m, k, transposed, 60 + m, wild), b(tb, k, n, transposed, 70 + n, wild);
  const std::size_t stride = n + 5;
  std::vector<std::uint32_t> start = random_lanes(m * stride, 80 + k);
  if (!wild && is_float(ta)) {
    for (std::uint32_t& lane : start) lane = (lane & 0x80ffffffu) | 0x3e000000u;
  }
  const LaneOp& fma = *find_lane_op("fma.f32");
  for (const bool accumulate : {true, false}) {
    std::vector<std::uint32_t> expected = start;
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        std::uint32_t acc = accumulate ? start[i * stride + j] : 0;
        for (std::size_t s = 0; s < k; ++s) {
          const std::uint32_t x = a.lane(i, s), y = b.lane(s, j);
          if (is_float(ta)) {
            fma.run(&x, &y, &acc, &acc, 1);
          } else {
            acc += x * y;
          }
        }
        expected[i * stride + j] = acc;
      }
    }
    const EachLevel levels;
    for (const HostSimd level : levels) {
      set_host_simd(level);
      std::vector<std::uint32_t> acc = start;
      matrix_multiply(m, n, k, a.operand(), b.operand(), accumulate, acc.data(),
                      static_cast<std::ptrdiff_t>(stride));
      INFO(name_of(ta) << " x " << name_of(tb) << " " << m << "x" << n << "x" << k << " level "
                       << static_cast<int>(level) << (transposed ? " transposed" : "")
                       << (accumulate ? " accumulate" : "") << (wild ? " wild" : ""));
      CHECK(acc == expected);
    }
  }
}

TEST_CASE("a matrix product is one fused multiply-add a k, ascending, on every level and shape",
          "[numerics][matrix]") {
  using T = ElementType;
  for (const auto& [ta, tb] :
       {std::pair{T::Fp16, T::Fp16}, std::pair{T::Bf16, T::Bf16}, std::pair{T::Fp32, T::Fp16},
        std::pair{T::Int8, T::Int8}, std::pair{T::UInt8, T::Int8}}) {
    for (const bool transposed : {false, true}) {
      for (const bool wild : {false, true}) {
        check_product(ta, tb, 1, 1, 1, transposed, wild);
        check_product(ta, tb, 7, 33, 5, transposed, wild);
        check_product(ta, tb, 16, 64, 16, transposed, wild);
        check_product(ta, tb, 13, 31, 37, transposed, wild);
      }
    }
    check_product(ta, tb, 3, 5, 1027, false, false);  // several passes over k
  }
}

TEST_CASE("int32 accumulation wraps and fp32 sums of tiny products flush at each step",
          "[numerics][matrix]") {
  const EachLevel levels;
  for (const HostSimd level : levels) {
    set_host_simd(level);
    const std::int8_t big[] = {-128, -128};
    std::uint32_t acc = 0x7fffffffu;
    matrix_multiply(1, 1, 2, {ElementType::Int8, big, 2, 1}, {ElementType::Int8, big, 1, 1}, true,
                    &acc, 1);
    CHECK(acc == 0x7fffffffu + 32768u);
    // bf16 2^-64 * 2^-63 = 2^-127 is flushed, twice; unflushed, the sum would be 2^-126.
    const std::uint16_t x[] = {0x1f80, 0x1f80};
    const std::uint16_t y[] = {0x2000, 0x2000};
    matrix_multiply(1, 1, 2, {ElementType::Bf16, x, 2, 1}, {ElementType::Bf16, y, 1, 1}, false,
                    &acc, 1);
    CHECK(acc == 0);
    // bf16 products may exceed fp32's range and come back: 2^127 * 2 - 2^127 = 2^127 only if fused.
    const std::uint16_t huge[] = {0x7f00};
    const std::uint16_t two[] = {0x4000};
    acc = 0xff000000u;
    matrix_multiply(1, 1, 1, {ElementType::Bf16, huge, 1, 1}, {ElementType::Bf16, two, 1, 1}, true,
                    &acc, 1);
    CHECK(acc == 0x7f000000u);
  }
}

TEST_CASE("a product without inner extent keeps or zeroes its accumulator", "[numerics][matrix]") {
  std::uint32_t acc[2] = {5, 6};
  const MatrixOperand none{ElementType::Fp16, nullptr, 0, 0};
  matrix_multiply(1, 2, 0, none, none, true, acc, 2);
  CHECK(acc[1] == 6);
  matrix_multiply(1, 2, 0, none, none, false, acc, 2);
  CHECK(acc[1] == 0);
}

TEST_CASE("a product of a float and an integer is our own mistake", "[numerics][matrix]") {
  std::uint32_t acc = 0;
  const MatrixOperand f{ElementType::Fp16, nullptr, 0, 0}, i{ElementType::Int8, nullptr, 0, 0};
  CHECK_THROWS_AS(matrix_multiply(1, 1, 1, f, i, true, &acc, 1), InternalError);
}

}  // namespace
}  // namespace coldforge::sim
