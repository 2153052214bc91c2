#include "kernels/compare.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace coldforge::kernels {
namespace {

const double kInfinity = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

Comparison compared(const std::vector<double>& actual, const std::vector<double>& golden,
                    ElementType type = ElementType::Fp32) {
  const Shape shape = {static_cast<std::int64_t>(golden.size())};
  return compare(Tensor(type, shape, actual), Tensor(type, shape, golden), Tolerance{}, "y");
}

TEST_CASE("an element is right up to atol plus rtol and wrong beyond", "[kernels][compare]") {
  // rms > 1: atol counts in full, 0.01 + 0.01 * 4 = 0.05.
  CHECK(compared({4.0499}, {4}).pass());
  CHECK_FALSE(compared({4.0501}, {4}).pass());
  CHECK(compared({3.9501}, {4}).pass());
  CHECK_FALSE(compared({3.9499}, {4}).pass());
}

TEST_CASE("small outputs shrink the absolute tolerance with their rms", "[kernels][compare]") {
  // As of a softmax over 1000: zeros must not pass.
  CHECK_FALSE(compared({0, 0, 0, 0}, {1e-3, 1e-3, 1e-3, 1e-3}).pass());
  CHECK(compared({1.0199e-3}, {1e-3}).pass());
  CHECK_FALSE(compared({1.0201e-3}, {1e-3}).pass());
  CHECK(compared({0, 0}, {0, 0}).pass());
}

TEST_CASE("what is not finite is right only where it is expected", "[kernels][compare]") {
  CHECK_FALSE(compared({kNan, 1}, {1, 1}).pass());
  CHECK_FALSE(compared({kInfinity, 1}, {1, 1}).pass());
  CHECK(compared({kNan, kInfinity, -kInfinity}, {kNan, kInfinity, -kInfinity}).pass());
  CHECK_FALSE(compared({0}, {kNan}).pass());
  CHECK_FALSE(compared({kNan}, {kInfinity}).pass());
  CHECK_FALSE(compared({-kInfinity}, {kInfinity}).pass());
  CHECK_FALSE(compared({65504}, {kInfinity}, ElementType::Fp16).pass());
  CHECK(compared({kNan, 1}, {1, 1}).not_finite == 1);
}

TEST_CASE("rounding to infinity is right next to the largest number of the type only",
          "[kernels][compare]") {
  CHECK(compared({kInfinity}, {65500}, ElementType::Fp16).pass());
  CHECK_FALSE(compared({kInfinity}, {60000}, ElementType::Fp16).pass());
}

TEST_CASE("one outlier among many good elements fails", "[kernels][compare]") {
  std::vector<double> golden(10000, 1.0), actual = golden;
  actual[1234] = 1e6;
  const Comparison result = compared(actual, golden);
  CHECK(result.wrong == 1);
  CHECK(result.first_wrong == 1234);
}

TEST_CASE("integers must be equal", "[kernels][compare]") {
  CHECK(compared({100}, {100}, ElementType::Int32).pass());
  CHECK_FALSE(compared({101}, {100}, ElementType::Int32).pass());
}

TEST_CASE("errors are measured in absolute, relative and last-place units", "[kernels][compare]") {
  const Comparison result =
      compared({1.0 + 0x1p-9, 2.0, 100.5}, {1.0, 2.0, 100.0}, ElementType::Fp16);
  CHECK(result.pass());
  CHECK(result.largest_absolute == 0.5);
  CHECK(result.largest_absolute_at == 2);
  CHECK(result.largest_relative == 0.005);
  CHECK(result.largest_ulp == 8);  // 0.5 / 2^-4
}

TEST_CASE("the message says how many, where and by how much", "[kernels][compare]") {
  Tensor golden(ElementType::Fp16, {4, 8});
  for (double& value : golden.values) value = 2;
  Tensor actual = golden;
  actual.values[9] = 0;   // [1, 1]
  actual.values[22] = 3;  // [2, 6]
  const Comparison result = compare(actual, golden, Tolerance{}, "y");
  CHECK(result.box_low == Shape{1, 1});
  CHECK(result.box_high == Shape{2, 6});
  CHECK(result.message() ==
        "output 'y' (fp16 4x8): 2 of 32 elements (6.25 %) are wrong; first at [1, 1]: expected 2, "
        "got 0; wrong elements "
        "lie within [1..2, 1..6]; largest absolute error 2 at [1, 1], largest relative error 1 at "
        "[1, 1] (1024 ulp); "
        "the expected rms is 2");
  CHECK(compare(golden, golden, Tolerance{}, "y").message() ==
        "output 'y' (fp16 4x8): all 32 elements are right; largest error 0 (0 ulp)");
  actual.values[0] = kNan;
  CHECK_THAT(compare(actual, golden, Tolerance{}, "y").message(),
             Catch::Contains("3 of 32 elements (9.375 %) are wrong, 1 of them NaN or infinite; "
                             "first at [0, 0]: expected "
                             "2, got nan"));
  CHECK(compare(actual, golden, Tolerance{}, std::string(700, 'y')).message().size() == 600);
}

}  // namespace
}  // namespace coldforge::kernels
