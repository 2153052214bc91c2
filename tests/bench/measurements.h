#pragma once

#include "tests/bench/measurement.h"
#include "tests/bench/prepared_kernel.h"

namespace coldforge::bench {

/// Each takes about `seconds`, a few samples at least. The simulation phase of a run is the run,
/// from fork to result, less that of the same program with the same buffers that exits at once:
/// fork, elaboration, decoding and the way of the buffers there and back cancel out. It is measured
/// in processor time of the run's one thread; candidates and fixed cost are measured in wall time.

/// Distinct candidates of two small tasks through the verifier, compiled, each on three trials, two
/// under way at once.
Measurement candidates_per_s(const Workshop& workshop, double seconds);
/// fp16 MatMul 256 x 256 x 256, with its data, races checked, no profile.
Measurement matmul_cycles_per_s(const Workshop& workshop, double seconds);
/// The same for each hand-written kernel on its own task.
Measurement slowest_reference_cycles_per_s(const Workshop& workshop, double seconds);
/// A compiled program of integer code and DTCM accesses.
Measurement scalar_instructions_per_s(const Workshop& workshop, double seconds);
/// A program that ends at once, no buffers: fork, elaboration, result.
Measurement run_fixed_cost_ms(const Workshop& workshop, double seconds);

/// How many times as fast as its verilated RTL the model is: the geometric mean over the
/// hand-written kernels, each on a --scale of its task on which it takes 50,000 cycles, if it can;
/// both in one run, without traces. Minutes, and more if the RTL has to be built.
Measurement model_to_rtl_ratio(const Workshop& workshop, double seconds);

/// Tasks of basic with a hand-written kernel.
inline constexpr const char* kReferences[] = {
    "attention",     "conv2d_3x3", "gelu", "layernorm", "linear_bias_relu", "matmul_irregular",
    "matmul_square", "maxpool2d",  "relu", "rmsnorm",   "softmax",          "sum_dim"};

struct Entry {
  const char* name;
  Measurement (*measure)(const Workshop& workshop, double seconds);
  bool needs_rtl = false;  ///< measured only if asked for by name
};
inline constexpr Entry kMeasurements[] = {
    {"candidates_per_s", candidates_per_s},
    {"matmul_cycles_per_s", matmul_cycles_per_s},
    {"slowest_reference_cycles_per_s", slowest_reference_cycles_per_s},
    {"scalar_instructions_per_s", scalar_instructions_per_s},
    {"run_fixed_cost_ms", run_fixed_cost_ms},
    {"model_to_rtl_ratio", model_to_rtl_ratio, true},
};

}  // namespace coldforge::bench
