#include <cmath>

#include "tests/unit/kernels/golden_support.h"

namespace coldforge::kernels {
namespace {

/// y = Op <attributes> (x) for a vector.
std::vector<double> unary(const std::string& op, const std::vector<double>& x) {
  const std::string n = std::to_string(x.size());
  const std::string text = "g (float[" + n + "] x) => (float[" + n + "] y) { y = " + op + " (x) }";
  return run_text(text, {floats({static_cast<std::int64_t>(x.size())}, x)})[0].values;
}

void check_unary(const std::string& op, const std::vector<double>& x,
                 const std::vector<double>& expected) {
  INFO(op);
  const std::vector<double> actual = unary(op, x);
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(actual[i] == Approx(expected[i]).margin(1e-6));
}

TEST_CASE("activations have the values of their definitions", "[kernels][golden]") {
  check_unary("Relu", {-2, 0, 3}, {0, 0, 3});
  check_unary("LeakyRelu <alpha = 0.1>", {-2, 0, 3}, {-0.2, 0, 3});
  check_unary("Elu <alpha = 2.0>", {-1, 2}, {2 * (0.36787944117 - 1), 2});
  check_unary("Selu", {-1, 1}, {-1.11133073, 1.05070102});
  check_unary("Celu <alpha = 2.0>", {-2, 1}, {2 * (0.36787944117 - 1), 1});
  check_unary("Sigmoid", {-200, 0, 200, 1}, {0, 0.5, 1, 0.73105858});
  check_unary("HardSigmoid <alpha = 0.25, beta = 0.5>", {-3, 1, 3}, {0, 0.75, 1});
  check_unary("HardSwish", {-4, 1, 4}, {0, 2.0 / 3, 4});
  check_unary("Tanh", {0, 1}, {0, 0.76159416});
  check_unary("Softplus", {-200, 0, 200}, {0, 0.69314718, 200});
  check_unary("Softsign", {-1, 3}, {-0.5, 0.75});
  check_unary("ThresholdedRelu <alpha = 1.0>", {0.5, 1, 2}, {0, 0, 2});
  check_unary("Shrink <lambd = 1.0, bias = 0.5>", {-2, 0, 2}, {-1.5, 0, 1.5});
  check_unary("Erf", {0, 1}, {0, 0.84270079});
}

TEST_CASE("unary arithmetic has the values of its definitions", "[kernels][golden]") {
  check_unary("Abs", {-2, 3}, {2, 3});
  check_unary("Neg", {-2, 3}, {2, -3});
  check_unary("Exp", {0, 1}, {1, 2.71828183});
  check_unary("Log", {1, 2}, {0, 0.69314718});
  check_unary("Sqrt", {4, 2}, {2, 1.41421356});
  check_unary("Reciprocal", {4, -2}, {0.25, -0.5});
  check_unary("Floor", {-1.5, 1.5}, {-2, 1});
  check_unary("Ceil", {-1.5, 1.5}, {-1, 2});
  check_unary("Round", {0.5, 1.5, -2.5}, {0, 2, -2});  // ties to even
  check_unary("Sign", {-3, 0, 2}, {-1, 0, 1});
  check_unary("Sin", {0, 1}, {0, 0.84147098});
  check_unary("Identity", {7, 8}, {7, 8});
  check_unary("Dropout", {7, 8}, {7, 8});
}

TEST_CASE("binary operators broadcast", "[kernels][golden]") {
  const std::vector<Tensor> inputs = {floats({2, 3}, {1, 2, 3, 4, 5, 6}),
                                      floats({3}, {10, 20, 30})};
  const auto run = [&](const std::string& op) {
    return run_text("g (float[2,3] a, float[3] b) => (float[2,3] y) { y = " + op + " (a, b) }",
                    inputs)[0]
        .values;
  };
  CHECK(run("Add") == std::vector<double>{11, 22, 33, 14, 25, 36});
  CHECK(run("Sub") == std::vector<double>{-9, -18, -27, -6, -15, -24});
  CHECK(run("Mul") == std::vector<double>{10, 40, 90, 40, 100, 180});
  CHECK(run("Min") == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(run("Max") == std::vector<double>{10, 20, 30, 10, 20, 30});
  CHECK(run("PRelu") == std::vector<double>{1, 2, 3, 4, 5, 6});
  const auto outer = run_text("g (float[2,1] a, float[1,2] b) => (float[2,2] y) { y = Pow (a, b) }",
                              {floats({2, 1}, {2, 3}), floats({1, 2}, {1, 2})});
  CHECK(outer[0].values == std::vector<double>{2, 4, 3, 9});
}

TEST_CASE("integer arithmetic wraps, truncates and reports division by zero", "[kernels][golden]") {
  const auto run = [](const std::string& op, double a, double b) {
    return run_text("g (int8[1] a, int8[1] b) => (int8[1] y) { y = " + op + " (a, b) }",
                    {Tensor(ElementType::Int8, {1}, {a}), Tensor(ElementType::Int8, {1}, {b})})[0]
        .values[0];
  };
  CHECK(run("Add", 127, 1) == -128);
  CHECK(run("Mul", 100, 3) == 44);
  CHECK(run("Div", -7, 2) == -3);
  CHECK(run("Mod", -7, 3) == 2);
  CHECK(run("Mod <fmod = 1>", -7, 3) == -1);
  CHECK_THROWS_WITH(run("Div", 1, 0), "Div: integer division by zero");
}

TEST_CASE("comparisons and logic give bool", "[kernels][golden]") {
  const std::vector<Tensor> inputs = {floats({3}, {1, 2, 3}), floats({3}, {2, 2, 2})};
  const auto run = [&](const std::string& op) {
    const Tensor y =
        run_text("g (float[3] a, float[3] b) => (bool[3] y) { y = " + op + " (a, b) }", inputs)[0];
    CHECK(y.type == ElementType::Bool);
    return y.values;
  };
  CHECK(run("Less") == std::vector<double>{1, 0, 0});
  CHECK(run("LessOrEqual") == std::vector<double>{1, 1, 0});
  CHECK(run("Greater") == std::vector<double>{0, 0, 1});
  CHECK(run("GreaterOrEqual") == std::vector<double>{0, 1, 1});
  CHECK(run("Equal") == std::vector<double>{0, 1, 0});
  const auto chosen =
      run_text("g (bool[2] c, float[2] a, float b) => (float[2] y) { y = Where (c, a, b) }",
               {Tensor(ElementType::Bool, {2}, {1, 0}), floats({2}, {5, 6}), floats({}, {9})});
  CHECK(chosen[0].values == std::vector<double>{5, 9});
}

TEST_CASE("Clip takes either bound, and max wins when the bounds cross", "[kernels][golden]") {
  const auto run = [](const std::string& call) {
    return run_text(
               "g (float[3] x) => (float[3] y) <float low = {-1.0}, float high = {1.0}> { y = " +
                   call + " }",
               {floats({3}, {-2, 0.5, 2})})[0]
        .values;
  };
  CHECK(run("Clip (x, low, high)") == std::vector<double>{-1, 0.5, 1});
  CHECK(run("Clip (x, , high)") == std::vector<double>{-2, 0.5, 1});
  CHECK(run("Clip (x, low)") == std::vector<double>{-1, 0.5, 2});
  CHECK(run("Clip (x, high, low)") == std::vector<double>{-1, -1, -1});
}

TEST_CASE("a cast between floats keeps the double, a cast to integers truncates and saturates",
          "[kernels][golden]") {
  // 2049 is no fp16 number: rounding there and back would give 2048.
  const auto there_and_back =
      run_text("g (float[1] x) => (float[1] y) { h = Cast <to = 10> (x)  y = Cast <to = 1> (h) }",
               {floats({1}, {2049})});
  CHECK(there_and_back[0].values[0] == 2049);
  const auto narrow = run_text("g (float[3] x) => (int8[3] y) { y = Cast <to = 3> (x) }",
                               {floats({3}, {-1.9, 2.9, 300})});
  CHECK(narrow[0].values == std::vector<double>{-1, 2, 127});
  const auto output = run_text("g (float[1] x) => (float16[1] y) { y = Cast <to = 10> (x) }",
                               {floats({1}, {2049})});
  CHECK(output[0].values[0] == 2048);  // graph outputs are rounded
}

TEST_CASE("quantisation rounds half to even and saturates", "[kernels][golden]") {
  const auto quantised = run_text(
      "g (float[4] x) => (int8[4] y) <float scale = {2.0}, int8 zero = {1}> { y = QuantizeLinear "
      "(x, scale, zero) }",
      {floats({4}, {1, 3, 1000, -1000})});
  CHECK(quantised[0].values == std::vector<double>{1, 3, 127, -128});  // 0.5 -> 0, 1.5 -> 2
  const auto back = run_text(
      "g (int8[2,2] x) => (float[2,2] y) <float[2] scale = {2.0, 10.0}, int8[2] zero = {1, 0}>"
      "{ y = DequantizeLinear <axis = 1> (x, scale, zero) }",
      {Tensor(ElementType::Int8, {2, 2}, {1, 2, 3, 4})});
  CHECK(back[0].values == std::vector<double>{0, 20, 4, 40});
  const auto dynamic = run_text(
      "g (float[3] x) => (uint8[3] y, float s, uint8 z) { y, s, z = DynamicQuantizeLinear (x) }",
      {floats({3}, {-1, 0, 4.1})});
  CHECK(dynamic[0].values == std::vector<double>{0, 50, 255});
  CHECK(dynamic[1].values[0] == Approx(0.02));
}

}  // namespace
}  // namespace coldforge::kernels
