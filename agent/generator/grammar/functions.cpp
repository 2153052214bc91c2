#include "agent/generator/grammar/functions.h"

#include <fmt/format.h>

namespace coldforge::agent {

std::string nearest(const std::string& x) {
  // Above 2^23 there are no fractions; halves go to the even neighbour, as conversions do.
  return fmt::format("sel(lt(abs({0}), 8388608), to_fp32(to_int32({0})), {0})", x);
}

std::string floor_of(const std::string& x) {
  return fmt::format("sub({1}, to_fp32(gt({1}, {0})))", x, nearest(x));
}

std::string ceil_of(const std::string& x) {
  return fmt::format("add({1}, to_fp32(lt({1}, {0})))", x, nearest(x));
}

std::string sine(const std::string& x) {
  // Half-turns q taken away in two steps, the first exact for |q| < 2^13; then Taylor's series on
  // [-pi/2, pi/2], whose first term left out is below 4e-6; odd half-turns change the sign.
  const std::string turns = fmt::format("to_int32(mul({}, 0.318309886))", x);
  const std::string rest = fmt::format(
      "sub(sub({0}, mul(to_fp32({1}), 3.140625)), mul(to_fp32({1}), 9.67653589793e-4))", x, turns);
  const std::string square = fmt::format("mul({0}, {0})", rest);
  const std::string series = fmt::format(
      "mul({0}, add(mul({1}, add(mul({1}, add(mul({1}, add(mul({1}, 2.75573192e-6), "
      "-1.98412698e-4)), 8.33333333e-3)), -0.166666667)), 1))",
      rest, square);
  return fmt::format("sel(and({0}, 1), neg({1}), {1})", turns, series);
}

std::string cosine(const std::string& x) { return sine(fmt::format("add({}, 1.57079632679)", x)); }

std::string arc_tangent(const std::string& x) {
  // Beyond 1 the complement of the reciprocal's. The series interpolates atan(z) / z, as a function
  // of z^2, at Chebyshev's points of [0, 1].
  const std::string size = fmt::format("abs({})", x);
  const std::string small = fmt::format("min({0}, recip(max({0}, 1)))", size);
  const std::string square = fmt::format("mul({0}, {0})", small);
  std::string series = "-0.0131303821";
  for (const char* coefficient :
       {"0.0565899852", "-0.120448585", "0.19534659", "-0.33295711", "0.999994835"}) {
    series = fmt::format("add(mul({}, {}), {})", square, series, coefficient);
  }
  const std::string angle = fmt::format("mul({}, {})", small, series);
  const std::string whole =
      fmt::format("sel(gt({}, 1), sub(1.57079632679, {}), {})", size, angle, angle);
  return fmt::format("sel(lt({0}, 0), neg({1}), {1})", x, whole);
}

}  // namespace coldforge::agent
