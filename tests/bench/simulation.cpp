#include <algorithm>
#include <cmath>

#include "sim/base/error.h"
#include "tests/bench/measurements.h"

namespace coldforge::bench {
namespace {

constexpr int kLeastSamples = 5;
/// The difference of two readings on a busy host may be none, or negative.
constexpr double kShortest_s = 1e-6;

/// `amount` of something per second of the simulation phase of `kernel`.
Part speed(const std::string& name, const PreparedKernel& kernel, double amount, double seconds,
           int& samples) {
  std::vector<double> simulation_s, whole_s, fixed_s;
  repeat(seconds, kLeastSamples, [&] {
    const Timing timing = kernel.time();
    simulation_s.push_back(timing.whole_s - timing.fixed_s);
    whole_s.push_back(timing.whole_s);
    fixed_s.push_back(timing.fixed_s);
  });
  const double least_s = *std::min_element(whole_s.begin(), whole_s.end()) -
                         *std::min_element(fixed_s.begin(), fixed_s.end());
  samples += static_cast<int>(simulation_s.size());
  Part part;
  part.name = name;
  part.simulated = amount;
  part.measured = amount / std::max(median(simulation_s), kShortest_s);
  part.best = amount / std::max(least_s, kShortest_s);
  return part;
}

double cycles_of(const PreparedKernel& kernel) {
  return static_cast<double>(kernel.first_run().cycles);
}

/// A measurement of one part.
Measurement of_part(const char* name, const char* unit, double target, const Part& part,
                    int samples) {
  Measurement measurement;
  measurement.name = name;
  measurement.unit = unit;
  measurement.target = target;
  measurement.clock = "cpu";
  measurement.measured = part.measured;
  measurement.best = part.best;
  measurement.samples = samples;
  measurement.parts.push_back(part);
  return measurement;
}

}  // namespace

Measurement matmul_cycles_per_s(const Workshop& workshop, double seconds) {
  kernels::ReadOptions read;
  read.shapes = {{"a", {256, 256}}, {"b", {256, 256}}};
  const PreparedKernel kernel(workshop, workshop.task("matmul_square", read),
                              source_file("tests/bench/kernels/matmul_256.cpp"));
  int samples = 0;
  const Part part = speed("matmul_256", kernel, cycles_of(kernel), seconds, samples);
  return of_part("matmul_cycles_per_s", "cycles/s", 20e6, part, samples);
}

Measurement slowest_reference_cycles_per_s(const Workshop& workshop, double seconds) {
  Measurement measurement;
  measurement.name = "slowest_reference_cycles_per_s";
  measurement.unit = "cycles/s";
  measurement.target = 5e6;
  measurement.clock = "cpu";
  for (const char* name : kReferences) {
    const PreparedKernel kernel(workshop, workshop.task(name),
                                source_file("kernels/reference/" + std::string(name) + ".cpp"));
    measurement.parts.push_back(speed(name, kernel, cycles_of(kernel),
                                      seconds / static_cast<double>(std::size(kReferences)),
                                      measurement.samples));
  }
  const auto by = [&](double Part::*figure) {
    const auto less = [&](const Part& a, const Part& b) { return a.*figure < b.*figure; };
    return (*std::min_element(measurement.parts.begin(), measurement.parts.end(), less)).*figure;
  };
  measurement.measured = by(&Part::measured);
  measurement.best = by(&Part::best);
  return measurement;
}

Measurement scalar_instructions_per_s(const Workshop& workshop, double seconds) {
  const PreparedKernel kernel(workshop, workshop.task("relu"),
                              source_file("tests/bench/kernels/scalar_loop.cpp"),
                              /*check_outputs=*/false);
  const auto instructions = static_cast<double>(kernel.first_run().instructions);
  CF_CHECK(instructions > 1e6, "the compiler has removed the loop");
  int samples = 0;
  const Part part = speed("scalar_loop", kernel, instructions, seconds, samples);
  return of_part("scalar_instructions_per_s", "instructions/s", 30e6, part, samples);
}

Measurement run_fixed_cost_ms(const Workshop& workshop, double seconds) {
  const sim::Program program = empty_program();
  std::vector<double> run_ms;
  repeat(seconds, kLeastSamples, [&] {
    const double begin = now_s();
    workshop.machine().run(program, {}, {});
    run_ms.push_back(1e3 * (now_s() - begin));
  });
  Measurement measurement;
  measurement.name = "run_fixed_cost_ms";
  measurement.unit = "ms";
  measurement.target = 2;
  measurement.lower_is_better = true;
  measurement.measured = median(run_ms);
  measurement.best = *std::min_element(run_ms.begin(), run_ms.end());
  measurement.samples = static_cast<int>(run_ms.size());
  return measurement;
}

}  // namespace coldforge::bench
