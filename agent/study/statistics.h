#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace coldforge::agent::study {

// All of it is exact arithmetic and division, no libm: the same bits on every machine.

/// Sum over count; 0 of nothing.
double mean(const std::vector<double>& values);

/// The q-quantile, 0 <= q <= 1, linear between order statistics (Hyndman and Fan's type 7, the
/// default of R and NumPy); 0 of nothing.
double quantile(std::vector<double> values, double q);

/// Quartiles and ends of a distribution; zeros for nothing.
struct Spread {
  std::size_t count = 0;
  double least = 0, lower = 0, median = 0, upper = 0, most = 0;
};
Spread spread(const std::vector<double>& values);

/// Geometric mean of values in (0, 2^52); 0 of nothing. Each value below `floor` (> 0) counts as
/// the floor, so that one zero does not hide all others.
double geometric_mean(const std::vector<double>& values, double floor);

/// Scores of one arm: [seed][task]. All rows have the same length.
using Scores = std::vector<std::vector<double>>;

/// A mean difference and the interval that holds it with 95 % confidence.
struct Difference {
  double mean = 0;
  double low = 0, high = 0;
};

/// Mean of a - b over all seeds and tasks, which are paired. The interval is the percentile
/// bootstrap's: seeds and tasks are both drawn with replacement (tasks of one seed share a bank,
/// and a task is as hard for every seed, so that neither alone is independent), `draws` times, with
/// random numbers of a fixed seed. a and b have the same extents, at least one of each.
Difference paired_difference(const Scores& a, const Scores& b, int draws = 10'000);

}  // namespace coldforge::agent::study
