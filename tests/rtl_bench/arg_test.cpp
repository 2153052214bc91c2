// The steps of arg-max and arg-min against the model's reductions.
#include <verilated.h>

#include <catch2/catch.hpp>
#include <vector>

#include "VArg.h"
#include "sim/base/random.h"
#include "sim/exec/numerics/reduce.h"
#include "tests/rtl_bench/cases.h"

using namespace coldforge;
using namespace coldforge::rtl_bench;

TEST_CASE("a chain of steps in any order ends at the first extreme of a row", "[rtl]") {
  VerilatedContext context;
  VArg arg(&context);
  constexpr std::uint64_t kSeed = 5;
  for (const sim::Extreme extreme :
       {sim::Extreme::MaxF32, sim::Extreme::MinF32, sim::Extreme::MaxI32, sim::Extreme::MinI32}) {
    const bool is_float = extreme == sim::Extreme::MaxF32 || extreme == sim::Extreme::MinF32;
    arg.is_float_i = is_float;
    arg.is_min_i = extreme == sim::Extreme::MinF32 || extreme == sim::Extreme::MinI32;
    Random random(kSeed, static_cast<std::uint64_t>(extreme));
    const auto& values = corners(is_float ? Kind::F32 : Kind::I32);
    for (int row = 0; row < 3000; ++row) {
      // Few different values, so that there are equals; NaN in some rows only.
      std::vector<std::uint32_t> x(1 + random.below(9));
      for (std::uint32_t& lane : x) {
        lane = values[random.below(static_cast<std::uint32_t>(values.size()))];
        if (row % 3 != 0 && (lane & 0x7fffffffu) > 0x7f800000u) lane = 0x80000000u;
      }
      const bool is_descending = row % 2 != 0;
      for (std::size_t step = 0; step < x.size(); ++step) {
        const std::size_t at = is_descending ? x.size() - 1 - step : step;
        arg.lane_i = x[at];
        arg.index_i = static_cast<std::uint32_t>(at);
        arg.best_key_i = step == 0 ? 0x80000000u : arg.key_o;
        arg.best_index_i = step == 0 ? 0x7fffffffu : arg.index_o;
        arg.eval();
      }
      INFO("seed " << kSeed << ", extreme " << static_cast<int>(extreme) << ", row " << row);
      REQUIRE(static_cast<std::int32_t>(arg.index_o) == sim::row_arg(extreme, x.data(), x.size()));
    }
  }
}
