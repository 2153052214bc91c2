// The arithmetic functions against the model, in seconds: every corner, some random cases, and every
// 16-bit number through every function of one operand.
#include <catch2/catch.hpp>
#include <set>

#include "sim/base/random.h"
#include "sim/exec/numerics/float_formats.h"
#include "tests/rtl_bench/cases.h"

using namespace coldforge;
using namespace coldforge::rtl_bench;

TEST_CASE("every function agrees with the model on corner and random cases", "[rtl]") {
  constexpr std::uint64_t kSeed = 20240611;
  constexpr std::uint64_t kRandomBlocks = 8;
  Block block;
  for (const auto& function : all_functions()) {
    INFO("seed " << kSeed);
    for (std::uint64_t at = 0; at < corner_cases(*function); at += kBlock) {
      fill_corners(*function, at, block);
      REQUIRE(first_difference(*function, block) == "");
    }
    for (std::uint64_t number = 0; number < kRandomBlocks; ++number) {
      fill_random(*function, kSeed, number, block);
      REQUIRE(first_difference(*function, block) == "");
    }
  }
}

TEST_CASE("conversions from 16 and 8 bits agree with the model on every element", "[rtl]") {
  Block block;
  int checked = 0;
  for (const auto& function : all_functions()) {
    const std::uint64_t cases = exhaustive_cases(*function);
    if (cases == 0 || cases > 1u << 16) continue;
    ++checked;
    for (std::uint64_t at = 0; at < cases; at += kBlock) {
      fill_exhaustive(*function, at, block);
      REQUIRE(first_difference(*function, block) == "");
    }
  }
  CHECK(checked == 7);  // widen fp16, bf16, int8, uint8, bool; the products of int8 and uint8
}

TEST_CASE("functions of one float agree with the model on every fp16 and bf16 number", "[rtl]") {
  Block block;
  block.count = kBlock;
  int checked = 0;
  for (const auto& function : all_functions()) {
    if (function->operands != std::vector<Kind>{Kind::F32}) continue;
    ++checked;
    for (std::uint32_t first = 0; first < 1u << 16; first += kBlock) {
      for (const bool is_half : {false, true}) {
        for (std::uint32_t i = 0; i < kBlock; ++i) {
          const auto bits = static_cast<std::uint16_t>(first + i);
          block.operand[0][i] = is_half ? sim::fp32_from_fp16(bits) : std::uint32_t{bits} << 16;
        }
        REQUIRE(first_difference(*function, block) == "");
      }
    }
  }
  CHECK(checked >= 20);
}

// A table has 32 rows a binade; a coefficient that is off by its last bit shows in a thousandth of
// the numbers of its row.
TEST_CASE("functions of one float agree with the model in every row of their tables", "[rtl]") {
  constexpr std::uint64_t kSeed = 20240612;
  constexpr std::uint32_t kOne = 127, kFirst = kOne - 5, kLast = kOne + 5;  // biased exponents
  Random random(kSeed, stream_key("rows"));
  Block block;
  block.count = kBlock;
  for (const auto& function : all_functions()) {
    if (function->operands != std::vector<Kind>{Kind::F32}) continue;
    INFO("seed " << kSeed);
    for (std::uint32_t row = kFirst << 5; row < (kLast + 1) << 5; ++row) {
      for (std::uint32_t i = 0; i < kBlock; ++i) {
        const std::uint32_t bits = random.next_u32();
        block.operand[0][i] = (bits & 0x80000000) | row << 18 | (bits & 0x3ffff);
      }
      REQUIRE(first_difference(*function, block) == "");
    }
  }
}

TEST_CASE("lane operations and the codes of the RTL correspond one to one", "[rtl]") {
  std::set<unsigned> codes;
  int names = 0;
  for (const auto& function : all_functions()) {
    const std::string& name = function->name;
    if (name.rfind("widen", 0) == 0 || name.rfind("narrow", 0) == 0 || name.rfind("pe", 0) == 0)
      continue;
    ++names;
    codes.insert(function_code(name));
  }
  CHECK(static_cast<int>(codes.size()) == names);
  CHECK_THROWS_WITH(function_code("add.f64"),
                    "rtl/fpu/cf_fn_pkg.sv: has no code for the lane operation add.f64");
}
