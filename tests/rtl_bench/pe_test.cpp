// A column of processing elements against the matrix unit's definition.
#include <verilated.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "VPe.h"
#include "sim/base/random.h"
#include "sim/exec/numerics/matrix.h"

using namespace coldforge;

namespace {

/// 16-bit elements, as they stand in the low bits; finite and of a size that sums of them stay
/// finite.
std::vector<std::uint16_t> draw_elements(ElementType type, Random& random, std::size_t count) {
  std::vector<std::uint16_t> elements(count);
  for (std::uint16_t& element : elements) {
    const auto bits = static_cast<std::uint16_t>(random.next_u32());
    const std::uint32_t exponent = random.below(12);
    if (type == ElementType::Fp16) {
      element = static_cast<std::uint16_t>((bits & 0x83ff) | exponent << 10);
    } else if (type == ElementType::Bf16) {
      element = static_cast<std::uint16_t>((bits & 0x807f) | (120 + exponent) << 7);
    } else {
      element = bits & 0xff;
    }
  }
  return elements;
}

std::vector<std::uint8_t> packed(ElementType type, const std::vector<std::uint16_t>& elements) {
  const auto size = static_cast<std::size_t>(size_bytes(type));
  std::vector<std::uint8_t> bytes(elements.size() * size);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    std::memcpy(&bytes[i * size], &elements[i], size);
  }
  return bytes;
}

}  // namespace

TEST_CASE("chained processing elements compute the dot products of the matrix unit", "[rtl]") {
  VerilatedContext context;
  VPe pe(&context);
  constexpr std::uint64_t kSeed = 77;
  for (const ElementType type :
       {ElementType::Fp16, ElementType::Bf16, ElementType::Int8, ElementType::UInt8}) {
    Random random(kSeed, stream_key(name_of(type)));
    for (int product = 0; product < 200; ++product) {
      INFO("seed " << kSeed << ", " << name_of(type) << ", product " << product);
      const std::size_t k = 1 + random.below(100);
      const auto a = draw_elements(type, random, k);
      const auto b = draw_elements(type, random, k);
      const std::uint32_t start = product % 2 == 0 ? 0 : 0x42280000u;
      pe.type_i = static_cast<std::uint8_t>(type);
      pe.acc_i = start;
      for (std::size_t i = 0; i < k; ++i) {
        pe.a_i = a[i];
        pe.b_i = b[i];
        pe.eval();
        pe.acc_i = pe.acc_o;
      }
      std::uint32_t expected = start;
      const auto a_bytes = packed(type, a);
      const auto b_bytes = packed(type, b);
      sim::matrix_multiply(1, 1, k, {type, a_bytes.data(), 0, 1}, {type, b_bytes.data(), 1, 0},
                           /*accumulate=*/true, &expected, 1);
      REQUIRE(pe.acc_o == expected);
    }
  }
}
