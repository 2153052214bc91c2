// numerics_exhaustive [STRIDE [LANE_OP]]: measures the special functions, or one of them, over
// every STRIDE-th fp32 (default 1: all of them, some five minutes a function on one core) and
// prints the figures that sim/exec/numerics/sfu.h states. Exit code 1 if one of them is not kept.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/unit/numerics/sfu_check.h"

int main(int argc, char** argv) {
  using namespace coldforge::sim;
  const long stride = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 1;
  if (stride < 1 || stride > 1 << 30) {
    std::fprintf(stderr, "usage: numerics_exhaustive [STRIDE [LANE_OP]], STRIDE 1 to 2^30\n");
    return 2;
  }
  const auto count = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  bool kept = true;
  for (const SfuPromise& promise : kSfuPromises) {
    if (argc > 2 && promise.lane_op != argv[2]) continue;
    const SfuReport r = check_sfu(promise, static_cast<std::uint32_t>(stride));
    std::printf(
        "%-12s %llu inputs  %.4f ULP at %08x  steps back %llu (largest %llu ULP, first %08x)  "
        "wrong %llu (first %08x)  unlike %llu\n",
        std::string(promise.lane_op).c_str(), count(r.inputs), r.max_error_ulp, r.worst_input,
        count(r.steps_back), count(r.largest_step_back), r.first_step_back, count(r.wrong_specials),
        r.first_wrong, count(r.unlike));
    std::fflush(stdout);
    kept = kept && r.keeps(promise);
  }
  return kept ? 0 : 1;
}
