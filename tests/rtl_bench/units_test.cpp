// The pipelined operation units: latency as the vocabulary states it, one result a cycle, and
// stages that hold while the enable is low.
#include <verilated.h>

#include <array>
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "VUnits.h"
#include "isa/isa.h"
#include "sim/base/random.h"
#include "sim/exec/numerics/lane_ops.h"
#include "tests/rtl_bench/cases.h"

using namespace coldforge;
using namespace coldforge::rtl_bench;

namespace {

std::uint32_t model_of(const std::string& lane_op, const std::array<std::uint32_t, 3>& x) {
  std::uint32_t y = 0;
  sim::find_lane_op(lane_op)->run(&x[0], &x[1], &x[2], &y, 1);
  return y;
}

}  // namespace

TEST_CASE("operation units have the latency of the vocabulary and hold while not enabled",
          "[rtl]") {
  VerilatedContext context;
  VUnits units(&context);
  const std::map<std::string, const IData*> outputs = {{"cf_fp_add", &units.fp_add_o},
                                                       {"cf_fp_mul", &units.fp_mul_o},
                                                       {"cf_fp_fma", &units.fp_fma_o},
                                                       {"cf_fp_div", &units.fp_div_o},
                                                       {"cf_fp_sqrt", &units.fp_sqrt_o},
                                                       {"cf_fp_recip", &units.fp_recip_o},
                                                       {"cf_compare", &units.compare_o},
                                                       {"cf_alu", &units.alu_o},
                                                       {"cf_shift", &units.shift_o},
                                                       {"cf_select", &units.select_o},
                                                       {"cf_cvt_i32_f32", &units.cvt_i32_f32_o},
                                                       {"cf_cvt_f32_i32", &units.cvt_f32_i32_o},
                                                       {"cf_sfu_exp", &units.sfu_exp_o},
                                                       {"cf_sfu_log", &units.sfu_log_o},
                                                       {"cf_sfu_rsqrt", &units.sfu_rsqrt_o},
                                                       {"cf_sfu_tanh", &units.sfu_tanh_o},
                                                       {"cf_sfu_sigmoid", &units.sfu_sigmoid_o},
                                                       {"cf_sfu_erf", &units.sfu_erf_o}};

  struct Function {
    std::string lane_op;
    std::size_t latency;
    const IData* output;
  };
  std::vector<Function> functions;
  const isa::Isa isa = isa::Isa::load();
  for (const isa::Operation& operation : isa.operations()) {
    REQUIRE(outputs.count(operation.sv_module) == 1);
    for (const auto& [type, lane_op] : operation.functions) {
      functions.push_back({lane_op, static_cast<std::size_t>(operation.latency.count),
                           outputs.at(operation.sv_module)});
    }
  }

  constexpr std::uint64_t kSeed = 3;
  Random random(kSeed, stream_key("units"));
  for (const Function& function : functions) {
    INFO("seed " << kSeed << ", " << function.lane_op);
    units.rst_ni = 0;
    units.en_i = 0;
    units.clk_i = 0;
    units.eval();
    units.rst_ni = 1;
    units.fn_i = static_cast<std::uint8_t>(function_code(function.lane_op));
    // What the stages hold, the newest in front; after a reset they hold zeros.
    std::deque<std::uint32_t> stages(function.latency, 0);
    for (int cycle = 0; cycle < 60; ++cycle) {
      std::array<std::uint32_t, 3> x{};
      for (std::uint32_t& operand : x) operand = random.next_u32() & 0xc7ffffffu;
      units.a_i = x[0];
      units.b_i = x[1];
      units.c_i = x[2];
      units.en_i = random.below(4) != 0;
      units.eval();
      REQUIRE(*function.output == stages.back());
      units.clk_i = 1;
      units.eval();
      units.clk_i = 0;
      units.eval();
      if (units.en_i != 0) {
        stages.push_front(model_of(function.lane_op, x));
        stages.pop_back();
      }
      REQUIRE(*function.output == stages.back());
    }
  }
}
