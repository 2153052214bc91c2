#include "kernels/tensor.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace coldforge::kernels {
namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

TEST_CASE("every 16-bit pattern survives the way to double and back", "[kernels][tensor]") {
  for (const ElementType type : {ElementType::Fp16, ElementType::Bf16}) {
    for (std::uint64_t bits = 0; bits < 65536; ++bits) {
      const double value = element_from_bits(type, bits);
      if (std::isnan(value)) continue;  // NaN becomes the canonical one
      if (element_to_bits(type, value) != bits) FAIL(name_of(type) << " bits " << bits);
    }
  }
}

TEST_CASE("rounding to narrow floats is to nearest, ties to even, and overflows to infinity",
          "[kernels][tensor]") {
  CHECK(round_to(ElementType::Fp16, 2049.0) == 2048.0);  // half way between 2048 and 2050: even
  CHECK(round_to(ElementType::Fp16, 2051.0) == 2052.0);
  CHECK(round_to(ElementType::Fp16, 65519.9) == 65504.0);
  CHECK(round_to(ElementType::Fp16, 65520.0) == kInfinity);
  CHECK(round_to(ElementType::Fp16, 0x1p-24) == 0x1p-24);  // the smallest subnormal
  CHECK(round_to(ElementType::Fp16, 0x1p-25) == 0.0);      // half of it: to even
  CHECK(round_to(ElementType::Bf16, 257.0) == 256.0);
  CHECK(round_to(ElementType::Bf16, 1.0 + 0x1p-8 + 0x1p-30) ==
        1.0 + 0x1p-7);  // not rounded twice by way of fp32
  CHECK(round_to(ElementType::Fp32, 0.1) == static_cast<double>(0.1f));
  CHECK(round_to(ElementType::Fp32, 1e39) == kInfinity);
}

TEST_CASE("rounding to integers truncates, saturates and turns NaN into zero",
          "[kernels][tensor]") {
  CHECK(round_to(ElementType::Int8, -1.9) == -1.0);
  CHECK(round_to(ElementType::Int8, 200.0) == 127.0);
  CHECK(round_to(ElementType::UInt8, -3.0) == 0.0);
  CHECK(round_to(ElementType::Int32, 3e9) == 2147483647.0);
  CHECK(round_to(ElementType::Int32, std::nan("")) == 0.0);
  CHECK(round_to(ElementType::Bool, -0.5) == 1.0);
  CHECK_FALSE(std::signbit(round_to(ElementType::Int8, -0.5)));
}

TEST_CASE("bytes in memory are little-endian and row-major", "[kernels][tensor]") {
  const Tensor halves(ElementType::Fp16, {2}, {1.0, -2.0});
  CHECK(to_bytes(halves) == std::vector<std::uint8_t>{0x00, 0x3c, 0x00, 0xc0});
  const Tensor integers(ElementType::Int32, {2}, {-2.0, 258.0});
  CHECK(to_bytes(integers) == std::vector<std::uint8_t>{0xfe, 0xff, 0xff, 0xff, 2, 1, 0, 0});
  CHECK(from_bytes(ElementType::Int32, {2}, to_bytes(integers)).values == integers.values);
}

TEST_CASE("the unit of the last place follows the exponent and ends at the subnormals",
          "[kernels][tensor]") {
  CHECK(ulp(ElementType::Fp16, 1.0) == 0x1p-10);
  CHECK(ulp(ElementType::Fp16, 1.999) == 0x1p-10);
  CHECK(ulp(ElementType::Fp16, -2.0) == 0x1p-9);
  CHECK(ulp(ElementType::Fp16, 0.0) == 0x1p-24);
  CHECK(ulp(ElementType::Bf16, 1.0) == 0x1p-7);
  CHECK(ulp(ElementType::Int8, 100.0) == 1.0);
}

TEST_CASE("shapes and positions read as people write them", "[kernels][tensor]") {
  CHECK(shape_text({64, 512}) == "64x512");
  CHECK(shape_text({}) == "scalar");
  CHECK(type_text(ElementType::Fp16, {3}) == "fp16 3");
  CHECK(index_text({2, 3, 4}, 17) == "[1, 1, 1]");
  CHECK(row_major_strides({2, 3, 4}) == std::vector<std::int64_t>{12, 4, 1});
}

}  // namespace
}  // namespace coldforge::kernels
