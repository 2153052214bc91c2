#include "agent/study/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/base/error.h"
#include "sim/base/random.h"

namespace coldforge::agent::study {
namespace {

constexpr std::uint64_t kBootstrapSeed = 1;

/// A positive number as mantissa * 2^exponent, the mantissa in [0.5, 1): products never overflow.
struct Scaled {
  double mantissa = 0.5;
  std::int64_t exponent = 1;  // 1 = 0.5 * 2

  void multiply(double factor) {
    int shift = 0;
    mantissa = std::frexp(mantissa * factor, &shift);
    exponent += shift;
  }
  bool operator<(const Scaled& other) const {
    return exponent != other.exponent ? exponent < other.exponent : mantissa < other.mantissa;
  }
};

Scaled power(double base, std::size_t exponent) {
  Scaled result;
  for (std::size_t i = 0; i < exponent; ++i) result.multiply(base);
  return result;
}

/// How often each of `count` things is drawn in `count` draws.
std::vector<int> resample(std::size_t count, Random& random) {
  std::vector<int> times(count, 0);
  for (std::size_t i = 0; i < count; ++i) ++times[random.below(static_cast<std::uint32_t>(count))];
  return times;
}

}  // namespace

double mean(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

Spread spread(const std::vector<double>& values) {
  return {values.size(),         quantile(values, 0.0),  quantile(values, 0.25),
          quantile(values, 0.5), quantile(values, 0.75), quantile(values, 1.0)};
}

double geometric_mean(const std::vector<double>& values, double floor) {
  CF_CHECK(floor > 0, "a geometric mean needs a floor above 0");
  if (values.empty()) return 0;
  Scaled product;
  double low = floor, high = floor;
  for (const double value : values) {
    const double counted = std::max(value, floor);
    product.multiply(counted);
    high = std::max(high, counted);
  }
  // The root lies between floor and largest value; halving the distance ends at neighbours.
  for (double middle = low + (high - low) / 2; middle > low && middle < high;
       middle = low + (high - low) / 2) {
    (power(middle, values.size()) < product ? low : high) = middle;
  }
  return high;
}

Difference paired_difference(const Scores& a, const Scores& b, int draws) {
  CF_CHECK(!a.empty() && a.size() == b.size(), "paired scores have the same seeds");
  const std::size_t seeds = a.size(), tasks = a.front().size();
  CF_CHECK(tasks > 0, "a difference needs a task");
  Scores difference = a;
  double total = 0;
  for (std::size_t s = 0; s < seeds; ++s) {
    CF_CHECK(a[s].size() == tasks && b[s].size() == tasks, "paired scores have the same tasks");
    for (std::size_t t = 0; t < tasks; ++t) total += difference[s][t] -= b[s][t];
  }
  const double count = static_cast<double>(seeds * tasks);

  Random random(kBootstrapSeed, stream_key("bootstrap"));
  std::vector<double> means;
  for (int draw = 0; draw < draws; ++draw) {
    const std::vector<int> of_seed = resample(seeds, random), of_task = resample(tasks, random);
    double sum = 0;
    for (std::size_t s = 0; s < seeds; ++s) {
      if (of_seed[s] == 0) continue;
      double row = 0;
      for (std::size_t t = 0; t < tasks; ++t) row += of_task[t] * difference[s][t];
      sum += of_seed[s] * row;
    }
    means.push_back(sum / count);
  }
  return {total / count, quantile(means, 0.025), quantile(means, 0.975)};
}

}  // namespace coldforge::agent::study
