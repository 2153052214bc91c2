#include <catch2/catch.hpp>
#include <string>

#include "sim/exec/numerics/lane_ops.h"
#include "tests/unit/numerics/samples.h"
#include "tests/unit/numerics/sfu_check.h"

namespace coldforge::sim {
namespace {

std::uint32_t apply(const char* name, std::uint32_t x) {
  std::uint32_t y = 0;
  find_lane_op(name)->run(&x, nullptr, nullptr, &y, 1);
  return y;
}

TEST_CASE("special functions keep their error, order and special values on a stride of all fp32",
          "[numerics][sfu]") {
  for (const SfuPromise& promise : kSfuPromises) {
    const SfuReport report = check_sfu(promise, 2039);
    INFO(promise.lane_op << ": " << report.max_error_ulp << " ULP at " << report.worst_input << ", "
                         << report.steps_back << " steps back, " << report.wrong_specials
                         << " wrong, first at " << report.first_wrong);
    CHECK(report.inputs == (1ull << 32) / 2039 + 1);
    CHECK(report.max_error_ulp <= promise.max_error_ulp);
    CHECK(report.max_error_ulp > 0.5);  // the reference is not the function itself
    CHECK(report.wrong_specials == 0);
    CHECK(report.unlike == 0);
    CHECK(report.keeps(promise));
  }
}

TEST_CASE("special functions are exact where their mathematics is", "[numerics][sfu]") {
  const EachLevel levels;
  for (const HostSimd level : levels) {
    set_host_simd(level);
    CHECK(apply("exp.f32", 0x00000000) == 0x3f800000);
    CHECK(apply("exp.f32", 0x80000000) == 0x3f800000);
    CHECK(apply("log.f32", 0x3f800000) == 0x00000000);
    for (const char* odd : {"tanh.f32", "erf.f32"}) {
      CHECK(apply(odd, 0x00000000) == 0x00000000);
      CHECK(apply(odd, 0x80000000) == 0x80000000);
      CHECK(apply(odd, 0x80000001) == 0x80000000);  // a subnormal counts as its zero
      CHECK(apply(odd, 0xff800000) == 0xbf800000);
    }
    CHECK(apply("sigmoid.f32", 0x00000000) == 0x3f000000);
    CHECK(apply("sigmoid.f32", 0x80000000) == 0x3f000000);
    for (std::uint32_t k = 0; k < 63; ++k) {  // 4^k and 4^-k
      CHECK(apply("rsqrt.f32", (127 + 2 * k) << 23) == (127 - k) << 23);
      CHECK(apply("rsqrt.f32", (127 - 2 * k) << 23) == (127 + k) << 23);
    }
  }
}

TEST_CASE("special functions saturate, flush and reject where they say", "[numerics][sfu]") {
  CHECK(apply("exp.f32", 0x42b17217) == 0x7f7fff84);  // 88.72283: the last finite one
  CHECK(apply("exp.f32", 0x42b17218) == 0x7f800000);
  CHECK(apply("exp.f32", 0xc2aeac4f) == 0x00800026);  // -87.33654: 2^-126 and 38 ULP
  CHECK(apply("exp.f32", 0xc2aeac50) == 0x00000000);
  CHECK(apply("exp.f32", 0x7f800000) == 0x7f800000);
  CHECK(apply("exp.f32", 0xff800000) == 0x00000000);
  CHECK(apply("log.f32", 0x00000001) == 0xff800000);  // subnormal: the logarithm of zero
  CHECK(apply("log.f32", 0x80000000) == 0xff800000);
  CHECK(apply("log.f32", 0xbf800000) == 0x7fc00000);
  CHECK(apply("log.f32", 0xff800000) == 0x7fc00000);
  CHECK(apply("log.f32", 0x7f800000) == 0x7f800000);
  CHECK(apply("sigmoid.f32", 0x7f800000) == 0x3f800000);
  CHECK(apply("sigmoid.f32", 0xff800000) == 0x00000000);
  CHECK(apply("rsqrt.f32", 0x00000000) == 0x7f800000);
  CHECK(apply("rsqrt.f32", 0x807fffff) == 0xff800000);
  CHECK(apply("rsqrt.f32", 0xbf800000) == 0x7fc00000);
  CHECK(apply("rsqrt.f32", 0x7f800000) == 0x00000000);
  for (const SfuPromise& promise : kSfuPromises) {
    CHECK(apply(std::string(promise.lane_op).c_str(), 0xff800001) == 0x7fc00000);
  }
}

}  // namespace
}  // namespace coldforge::sim
