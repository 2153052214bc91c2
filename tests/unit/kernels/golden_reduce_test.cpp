#include <cmath>

#include "tests/unit/kernels/golden_support.h"

namespace coldforge::kernels {
namespace {

const Tensor kMatrix = floats({2, 3}, {1, -2, 3, 4, 5, -6});

TEST_CASE("reductions run over rows, columns and everything", "[kernels][golden]") {
  const auto rows = [](const std::string& op) {
    return run_text("g (float[2,3] x) => (float[2] y) { y = " + op +
                        " <axes = [-1], keepdims = 0> (x) }",
                    {kMatrix})[0]
        .values;
  };
  CHECK(rows("ReduceMax") == std::vector<double>{3, 5});
  CHECK(rows("ReduceMin") == std::vector<double>{-2, -6});
  check_values(floats({2}, rows("ReduceMean")), {2}, {2.0 / 3, 1});
  CHECK(rows("ReduceProd") == std::vector<double>{-6, -120});
  CHECK(rows("ReduceL1") == std::vector<double>{6, 15});
  CHECK(rows("ReduceSumSquare") == std::vector<double>{14, 77});
  CHECK(rows("ReduceL2")[1] == Approx(std::sqrt(77.0)));
  CHECK(rows("ReduceLogSumExp")[0] ==
        Approx(std::log(std::exp(1.0) + std::exp(-2.0) + std::exp(3.0))));
  check_values(run_text("g (float[2,3] x) => (float[1,3] y) { y = ReduceMax <axes = [0]> (x) }",
                        {kMatrix})[0],
               {1, 3}, {4, 5, 3});
  check_values(
      run_text("g (float[2,3] x) => (float y) { y = ReduceMean <keepdims = 0> (x) }", {kMatrix})[0],
      {}, {5.0 / 6});
  check_values(
      run_text(
          "g (float[2,3] x) => (float[1,3] y) <int64[1] axes = {0}> { y = ReduceSum (x, axes) }",
          {kMatrix})[0],
      {1, 3}, {5, 3, -3});
}

TEST_CASE("a sum of exponentials does not overflow", "[kernels][golden]") {
  check_values(
      run_text("g (float[1,2] x) => (float[1,1] y) { y = ReduceLogSumExp <axes = [1]> (x) }",
               {floats({1, 2}, {1000, 1000})})[0],
      {1, 1}, {1000 + std::log(2.0)});
}

TEST_CASE("arg reductions take the first or the last of equal elements", "[kernels][golden]") {
  const Tensor x = floats({1, 4}, {7, 3, 7, 3});
  const auto run = [&](const std::string& op) {
    const Tensor y = run_text("g (float[1,4] x) => (int64[1,1] y) { y = " + op + " (x) }", {x})[0];
    CHECK(y.type == ElementType::Int64);
    return y.values[0];
  };
  CHECK(run("ArgMax <axis = 1>") == 0);
  CHECK(run("ArgMax <axis = 1, select_last_index = 1>") == 2);
  CHECK(run("ArgMin <axis = -1>") == 1);
}

TEST_CASE("CumSum runs forward, backward and exclusively along any axis", "[kernels][golden]") {
  const auto run = [](const std::string& attributes, int axis) {
    return run_text("g (float[2,3] x) => (float[2,3] y) <int64 axis = {" + std::to_string(axis) +
                        "}> { y = CumSum <" + attributes + "> (x, axis) }",
                    {floats({2, 3}, {1, 2, 3, 4, 5, 6})})[0]
        .values;
  };
  CHECK(run("reverse = 0", 1) == std::vector<double>{1, 3, 6, 4, 9, 15});
  CHECK(run("reverse = 0", 0) == std::vector<double>{1, 2, 3, 5, 7, 9});
  CHECK(run("reverse = 1", 1) == std::vector<double>{6, 5, 3, 15, 11, 6});
  CHECK(run("exclusive = 1", -1) == std::vector<double>{0, 1, 3, 0, 4, 9});
}

TEST_CASE("TopK sorts and breaks ties by position", "[kernels][golden]") {
  const auto y = run_text(
      "g (float[1,4] x) => (float[1,2] v, int64[1,2] i) <int64[1] k = {2}> { v, i = TopK (x, k) }",
      {floats({1, 4}, {5, 9, 1, 9})});
  CHECK(y[0].values == std::vector<double>{9, 9});
  CHECK(y[1].values == std::vector<double>{1, 3});
}

TEST_CASE("Softmax and LogSoftmax are stable and run along any axis", "[kernels][golden]") {
  check_values(run_text("g (float[1,2] x) => (float[1,2] y) { y = Softmax (x) }",
                        {floats({1, 2}, {1000, 1000})})[0],
               {1, 2}, {0.5, 0.5});
  check_values(run_text("g (float[2,2] x) => (float[2,2] y) { y = Softmax <axis = 0> (x) }",
                        {floats({2, 2}, {0, 0, std::log(3.0), 0})})[0],
               {2, 2}, {0.25, 0.5, 0.75, 0.5});
  check_values(run_text("g (float[1,2] x) => (float[1,2] y) { y = LogSoftmax (x) }",
                        {floats({1, 2}, {0, std::log(3.0)})})[0],
               {1, 2}, {std::log(0.25), std::log(0.75)});
}

TEST_CASE("normalisations use the population variance and epsilon", "[kernels][golden]") {
  // Mean 2, variance 1; epsilon 3 makes the divisor 2.
  check_values(run_text("g (float[1,2] x, float[2] s, float[2] b) => (float[1,2] y)"
                        "{ y = LayerNormalization <epsilon = 3.0> (x, s, b) }",
                        {floats({1, 2}, {1, 3}), floats({2}, {2, 4}), floats({2}, {0, 10})})[0],
               {1, 2}, {-1, 12});
  check_values(run_text("g (float[1,1,2] x, float[1] s, float[1] b) => (float[1,1,2] y)"
                        "{ y = InstanceNormalization <epsilon = 3.0> (x, s, b) }",
                        {floats({1, 1, 2}, {1, 3}), floats({1}, {2}), floats({1}, {5})})[0],
               {1, 1, 2}, {4, 6});
  check_values(
      run_text(
          "g (float[1,2,1] x, float[2] s, float[2] b, float[2] m, float[2] v) => (float[1,2,1] y)"
          "{ y = BatchNormalization <epsilon = 0.0> (x, s, b, m, v) }",
          {floats({1, 2, 1}, {3, 7}), floats({2}, {1, 2}), floats({2}, {0, 1}), floats({2}, {1, 1}),
           floats({2}, {4, 9})})[0],
      {1, 2, 1}, {1, 5});
  check_values(
      run_text("g (float[1,2] x) => (float[1,2] y) { y = LpNormalization <axis = 1, p = 2> (x) }",
               {floats({1, 2}, {3, 4})})[0],
      {1, 2}, {0.6, 0.8});
  check_values(run_text("g (float[1,2,1] x) => (float[1,2,1] y)"
                        "{ y = LRN <size = 3, alpha = 3.0, beta = 1.0, bias = 1.0> (x) }",
                        {floats({1, 2, 1}, {1, 2})})[0],
               {1, 2, 1}, {1.0 / 6, 2.0 / 6});
}

TEST_CASE("losses weigh classes, ignore an index and reduce", "[kernels][golden]") {
  const Tensor scores = floats({2, 2}, {0, std::log(3.0), 0, 0});  // probabilities 1/4 3/4, 1/2 1/2
  const auto run = [&](const std::string& attributes) {
    return run_text("g (float[2,2] x, int64[2] t) => (float y) { y = SoftmaxCrossEntropyLoss <" +
                        attributes + "> (x, t) }",
                    {scores, int64s({2}, {1, 0})})[0]
        .values[0];
  };
  CHECK(run("reduction = \"sum\"") == Approx(-std::log(0.75) - std::log(0.5)));
  CHECK(run("reduction = \"mean\"") == Approx((-std::log(0.75) - std::log(0.5)) / 2));
  CHECK(run("ignore_index = 0") == Approx(-std::log(0.75)));
  const auto weighted = run_text(
      "g (float[2,2] x, int64[2] t, float[2] w) => (float y) { y = NegativeLogLikelihoodLoss (x, "
      "t, w) }",
      {floats({2, 2}, {-1, -2, -3, -4}), int64s({2}, {1, 0}), floats({2}, {1, 3})});
  CHECK(weighted[0].values[0] == Approx((3 * 2 + 3) / 4.0));
  CHECK_THROWS_WITH(
      run_text("g (float[2,2] x, int64[2] t) => (float y) { y = SoftmaxCrossEntropyLoss (x, t) }",
               {scores, int64s({2}, {2, 0})}),
      "SoftmaxCrossEntropyLoss: label 2 is out of range for 2 classes");
}

TEST_CASE("Scan carries its state along the chosen axis", "[kernels][golden]") {
  const auto y = run_text(
      "g (float[2,3] x) => (float[2,3] y) <float[2] one = {1.0, 1.0}>"
      "{ last, y = Scan <num_scan_inputs = 1, scan_input_axes = [1], scan_output_axes = [1],"
      "  body = step (float[2] s, float[2] e) => (float[2] t, float[2] o) { t = Mul (s, e)  o = "
      "Identity (t) }>"
      "  (one, x) }",
      {floats({2, 3}, {1, 2, 3, 4, 5, 6})});
  check_values(y[0], {2, 3}, {1, 2, 6, 4, 20, 120});
}

}  // namespace
}  // namespace coldforge::kernels
