#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace coldforge::bench {

/// Host seconds of a steady clock.
double now_s();
/// Processor seconds, user and system, of all children that have ended and were waited for. A host
/// busy with other work disturbs it little.
double children_cpu_s();

/// The middle value, or the mean of the two in the middle; `values` is not empty.
double median(std::vector<double> values);

/// Calls `sample` until `seconds` have gone by, at least `least` times.
template <class Sample>
void repeat(double seconds, int least, Sample sample) {
  const double end = now_s() + seconds;
  for (int i = 0; i < least || now_s() < end; ++i) sample();
}

/// One line below a measurement that consists of several.
struct Part {
  std::string name;
  double measured = 0;  ///< in the unit of the measurement
  double best = 0;
  double simulated = 0;  ///< cycles or instructions of one run, 0 if that has no meaning
};

struct Measurement {
  std::string name;
  std::string unit;
  double target = 0;
  bool lower_is_better = false;
  std::string clock = "wall";  ///< or "cpu": children_cpu_s()
  double measured = 0;         ///< the median; of several parts, that of the slowest
  double best = 0;             ///< what the undisturbed host would show: the best of the samples
  int samples = 0;
  std::vector<Part> parts;

  bool met() const { return lower_is_better ? measured <= target : measured >= target; }
};

/// A line a measurement and part.
std::string table(const std::vector<Measurement>& measurements);
nlohmann::ordered_json to_json(const Measurement& measurement);

}  // namespace coldforge::bench
