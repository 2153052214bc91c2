#include "agent/study/statistics.h"

#include <catch2/catch.hpp>

#include "sim/base/random.h"

using namespace coldforge;
using namespace coldforge::agent::study;

TEST_CASE("quantiles lie between order statistics", "[study]") {
  // Of four values the lower quartile is at 0.75 of the way from the first to the second.
  CHECK(quantile({4, 1, 3, 2}, 0.25) == 1.75);
  CHECK(quantile({4, 1, 3, 2}, 0.5) == 2.5);
  CHECK(quantile({4, 1, 3, 2}, 1.0) == 4);
  CHECK(quantile({}, 0.5) == 0);
  const Spread one = spread({7});
  CHECK(one.count == 1);
  CHECK(one.lower == 7);
  CHECK(one.upper == 7);
}

TEST_CASE("a geometric mean is the root of the product, and a zero counts as the floor",
          "[study]") {
  CHECK(geometric_mean({0.5, 0.125}, 0.01) == Approx(0.25).epsilon(1e-15));
  CHECK(geometric_mean({0.0, 1.0}, 0.01) == Approx(0.1).epsilon(1e-15));  // sqrt(0.01 * 1)
  CHECK(geometric_mean({0.0, 0.001}, 0.01) == 0.01);
  CHECK(geometric_mean({1.0, 1.0, 1.0}, 0.01) == 1.0);
  CHECK(geometric_mean({}, 0.01) == 0);
  // 10,000 factors: the product itself is far below the smallest double.
  CHECK(geometric_mean(std::vector<double>(10'000, 0.02), 0.01) == Approx(0.02).epsilon(1e-12));
}

TEST_CASE("a difference that is the same everywhere has no width", "[study]") {
  const Scores a = {{0.75, 0.5}, {1.0, 0.25}}, b = {{0.5, 0.25}, {0.75, 0.0}};
  const Difference difference = paired_difference(a, b);
  CHECK(difference.mean == 0.25);
  CHECK(difference.low == 0.25);
  CHECK(difference.high == 0.25);
  CHECK(paired_difference(b, a).mean == -0.25);
}

TEST_CASE("the interval has the width that the tasks' spread asks for", "[study]") {
  // One seed, 100 tasks, half differ by 1 and half by 0: the mean's deviation is
  // sqrt(0.25 / 100) = 0.05, so that 95 % lie within 0.5 +- 1.96 * 0.05 = 0.402 .. 0.598.
  Scores a(1), b(1);
  for (int t = 0; t < 100; ++t) {
    a[0].push_back(t % 2);
    b[0].push_back(0);
  }
  const Difference difference = paired_difference(a, b);
  CHECK(difference.mean == 0.5);
  CHECK(difference.low == Approx(0.402).margin(0.015));
  CHECK(difference.high == Approx(0.598).margin(0.015));
  const Difference again = paired_difference(a, b);
  CHECK(difference.low == again.low);
  CHECK(difference.high == again.high);
}

TEST_CASE("tasks that all agree within a seed do not narrow what differs between seeds",
          "[study]") {
  // Four seeds, 0 or 1 for all of 50 tasks: only four independent values. Deviation of the mean
  // sqrt(0.25 / 4) = 0.25; 200 independent ones would give 0.035.
  Scores a(4), b(4);
  for (std::size_t s = 0; s < 4; ++s) {
    a[s].assign(50, static_cast<double>(s % 2));
    b[s].assign(50, 0.0);
  }
  const Difference difference = paired_difference(a, b);
  CHECK(difference.high - difference.low > 0.7);
}

TEST_CASE("about 95 of 100 intervals hold the truth", "[study]") {
  int holds = 0;
  for (std::uint64_t trial = 0; trial < 200; ++trial) {
    Random random(trial, stream_key("coverage"));
    Scores a(1), b(1);
    for (int t = 0; t < 40; ++t) {
      a[0].push_back(0.3 + random.normal());
      b[0].push_back(0);
    }
    const Difference difference = paired_difference(a, b, 1000);
    holds += difference.low <= 0.3 && 0.3 <= difference.high;
  }
  CHECK(holds >= 178);  // 190 expected, deviation 3.1; the bootstrap is a little narrow
  CHECK(holds <= 199);
}
