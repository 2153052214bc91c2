#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"
#include "tests/bench/measurements.h"

namespace coldforge::bench {
namespace {

constexpr double kLeastCycles = 50'000;
constexpr int kMostScale = 64;
/// A run of the model takes milliseconds, one of the RTL ten seconds.
constexpr int kModelRuns = 9;

struct Scaled {
  std::unique_ptr<PreparedKernel> kernel;
  std::string name;
};

/// A kernel that knows one batch only stays as long as it is.
Scaled long_enough(const Workshop& workshop, const std::string& name) {
  const std::string source = source_file("kernels/reference/" + name + ".cpp");
  const auto at = [&](int scale) {
    kernels::ReadOptions read;
    read.scale = scale;
    return Scaled{std::make_unique<PreparedKernel>(workshop, workshop.task(name, read), source),
                  fmt::format("{} --scale {}", name, scale)};
  };
  Scaled scaled = at(1);
  const auto cycles = [&] { return static_cast<double>(scaled.kernel->first_run().cycles); };
  for (int scale = 1; cycles() < kLeastCycles && scale < kMostScale;) {
    // Work grows at most with the scale: nothing between is long enough.
    scale = std::max(scale + 1, static_cast<int>(kLeastCycles / cycles() * scale));
    try {
      scaled = at(scale);
    } catch (const UserError&) {
      break;
    }
  }
  return scaled;
}

double simulation_s(const Timing& timing) {
  constexpr double kShortest_s = 1e-6;
  return std::max(timing.whole_s - timing.fixed_s, kShortest_s);
}

}  // namespace

Measurement model_to_rtl_ratio(const Workshop& workshop, double seconds) {
  Measurement measurement;
  measurement.name = "model_to_rtl_ratio";
  measurement.unit = "times";
  measurement.target = 30;
  measurement.clock = "cpu";
  double log_sum = 0, log_best = 0;
  for (const char* name : kReferences) {
    Scaled scaled = long_enough(workshop, name);
    std::vector<double> ratios, model_all_s, rtl_all_s;
    repeat(seconds / static_cast<double>(std::size(kReferences)), 1, [&] {
      std::vector<double> model_s;
      for (int i = 0; i < kModelRuns; ++i) model_s.push_back(simulation_s(scaled.kernel->time()));
      const double rtl_s = simulation_s(scaled.kernel->time(sim::Backend::Rtl));
      ratios.push_back(rtl_s / median(model_s));
      model_all_s.push_back(*std::max_element(model_s.begin(), model_s.end()));
      rtl_all_s.push_back(rtl_s);
    });
    Part part;
    part.name = scaled.name;
    part.simulated = static_cast<double>(scaled.kernel->first_run().cycles);
    part.measured = median(ratios);
    // The slowest model against the fastest RTL: what the ratio is at least.
    part.best = *std::min_element(rtl_all_s.begin(), rtl_all_s.end()) /
                *std::max_element(model_all_s.begin(), model_all_s.end());
    measurement.samples += static_cast<int>(ratios.size());
    log_sum += std::log(part.measured);
    log_best += std::log(part.best);
    measurement.parts.push_back(part);
  }
  const auto kernels = static_cast<double>(std::size(kReferences));
  measurement.measured = std::exp(log_sum / kernels);
  measurement.best = std::exp(log_best / kernels);
  return measurement;
}

}  // namespace coldforge::bench
