#include "kernels/inputs.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

namespace coldforge::kernels {
namespace {

Task task_of(const std::string& graph, const std::string& remarks = "") {
  return parse_task(remarks + "<ir_version: 8, opset_import: [\"\" : 17]>\n" + graph, "t");
}

const std::string kSum =
    "g (float16[64,96] a, float16[64,96] b) => (float16[64,96] y) { y = Add (a, b) }";

TEST_CASE("rows that softmax sees have offsets beyond the range of exp", "[kernels][inputs]") {
  const Task task = parse_task(
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[64,32] x) => (float[64,32] y) { y = Softmax (x) }\n",
      "softmax");
  const Tensor x = make_inputs(task, {1, Distribution::Adversarial}).front();
  bool too_high = false, too_low = false;
  for (std::int64_t row = 0; row < 64; ++row) {
    too_high = too_high || x.values[static_cast<std::size_t>(row * 32)] > 89;
    too_low = too_low || x.values[static_cast<std::size_t>(row * 32)] < -104;
  }
  CHECK(too_high);
  CHECK(too_low);
}

TEST_CASE("inputs are a function of task, seed and distribution", "[kernels][inputs]") {
  const Task task = task_of(kSum);
  for (const Distribution distribution : kDistributions) {
    const auto first = make_inputs(task, {7, distribution});
    CHECK(first[0].values == make_inputs(task, {7, distribution})[0].values);
    CHECK(first[0].values != make_inputs(task, {8, distribution})[0].values);
    CHECK(first[0].values != first[1].values);  // no two tensors share a stream
  }
  const Task other =
      task_of("g (float16[64,96] a, float16[64,96] b) => (float16[64,96] y) { y = Sub (a, b) }");
  CHECK(make_inputs(task, {7, Distribution::Normal})[0].values !=
        make_inputs(other, {7, Distribution::Normal})[0].values);
}

TEST_CASE("the first random numbers never change", "[kernels][inputs]") {
  Task task = task_of(kSum);
  task.digest = "pinned";
  const auto inputs = make_inputs(task, {1, Distribution::Uniform});
  CHECK(inputs[0].values[0] == -0.415283203125);
  CHECK(inputs[1].values[95] == -1.103515625);
}

TEST_CASE("inputs are representable, finite, signed and not too large", "[kernels][inputs]") {
  for (const Distribution distribution : kDistributions) {
    for (const Tensor& tensor : make_inputs(task_of(kSum), {3, distribution})) {
      int negative = 0;
      for (const double value : tensor.values) {
        REQUIRE(std::abs(value) <= 8.0);
        REQUIRE(value == round_to(ElementType::Fp16, value));
        negative += value < 0;
      }
      CHECK(negative > tensor.size() / 4);
      CHECK(negative < 3 * tensor.size() / 4);
    }
  }
}

TEST_CASE("normal inputs have mean 0 and deviation 1, times the rule's scale",
          "[kernels][inputs]") {
  const Task task = task_of(kSum, "# coldforge: input b scale=0.125\n");
  const auto inputs = make_inputs(task, {5, Distribution::Normal});
  for (int i = 0; i < 2; ++i) {
    double sum = 0, squares = 0;
    for (const double value : inputs[i].values) sum += value, squares += value * value;
    const double scale = i == 0 ? 1.0 : 0.125;
    CHECK(std::abs(sum / 6144) < 0.06 * scale);
    CHECK(std::sqrt(squares / 6144) == Approx(scale).epsilon(0.05));
  }
}

TEST_CASE("adversarial inputs hold zeros, repeats, extremes and rows with a common offset",
          "[kernels][inputs]") {
  const Tensor x = make_inputs(task_of(kSum), {9, Distribution::Adversarial})[0];
  CHECK(std::count(x.values.begin(), x.values.end(), 0.0) > 100);
  CHECK(std::count_if(x.values.begin(), x.values.end(),
                      [](double v) { return std::abs(v) == 8.0; }) >= 5);
  int one_signed_rows = 0;
  std::vector<std::int64_t> places;  // of the extremes: they move from row to row
  for (std::int64_t row = 0; row < 64; ++row) {
    const auto first = x.values.begin() + row * 96;
    one_signed_rows += std::all_of(first, first + 96, [](double v) { return v > 0; }) ||
                       std::all_of(first, first + 96, [](double v) { return v < 0; });
    const auto spike = std::find_if(first, first + 96, [](double v) { return std::abs(v) == 8.0; });
    if (spike != first + 96) places.push_back(spike - first);
  }
  CHECK(one_signed_rows >= 5);
  std::sort(places.begin(), places.end());
  CHECK(std::unique(places.begin(), places.end()) - places.begin() > 3);
}

TEST_CASE("rules hold whatever the distribution", "[kernels][inputs]") {
  const Task task = task_of(
      "g (float[8,16] p, float[8,16] s, float[8,16] r) => (float[8,16] y) { t = Add (p, s) y = Add "
      "(t, r) }",
      "# coldforge: input p probabilities\n# coldforge: input s signs\n# coldforge: input r "
      "range=0.5..2\n");
  for (const Distribution distribution : kDistributions) {
    const auto inputs = make_inputs(task, {1, distribution});
    for (int row = 0; row < 8; ++row) {
      double sum = 0;
      for (int i = 0; i < 16; ++i) sum += inputs[0].values[row * 16 + i];
      CHECK(sum == Approx(1.0));
    }
    for (const double value : inputs[1].values) CHECK(std::abs(value) == 1.0);
    for (const double value : inputs[2].values) CHECK((value >= 0.5 && value <= 2.0));
  }
}

TEST_CASE("what the graph does with an input decides its default rule", "[kernels][inputs]") {
  const auto rule = [](const std::string& graph, const std::string& input) {
    return task_of(graph).input_rules.at(input);
  };
  const InputRule labels = rule(
      "g (float[4,10] x, int64[4] t) => (float y) { y = SoftmaxCrossEntropyLoss (x, t) }", "t");
  CHECK(labels.kind == InputRule::Kind::Range);
  CHECK(labels.least == 0);
  CHECK(labels.most == 9);
  const InputRule indices =
      rule("g (float[7,3] x, int64[4] i) => (float[4,3] y) { y = Gather (x, i) }", "i");
  CHECK(indices.most == 6);
  CHECK(rule("g (float[4] x) => (float[4] y) { y = Log (x) }", "x").least > 0);
  CHECK(rule("g (float[4] x, float[4] d) => (float[4] y) { y = Div (x, d) }", "d").least > 0);
  CHECK(rule("g (float[4] x, float[4] d) => (float[4] y) { y = Div (x, d) }", "x").kind ==
        InputRule::Kind::Any);
  const InputRule mask = rule(
      "g (bool[4] m, float[4] x) => (float[4] y) { c = Cast <to = 1> (m) y = Mul (x, c) }", "m");
  CHECK(mask.least == 0);
  CHECK(mask.most == 1);
  const Tensor bytes =
      make_inputs(task_of("g (int8[999] x) => (int8[999] y) { y = Abs (x) }"), {1, {}})[0];
  CHECK(*std::min_element(bytes.values.begin(), bytes.values.end()) == -128);
  CHECK(*std::max_element(bytes.values.begin(), bytes.values.end()) == 127);
}

TEST_CASE("a check meets every distribution first", "[kernels][inputs]") {
  const auto trials = make_trials(42, 5);
  REQUIRE(trials.size() == 5);
  CHECK(trials[0].distribution == Distribution::Normal);
  CHECK(trials[1].distribution == Distribution::Uniform);
  CHECK(trials[2].distribution == Distribution::Adversarial);
  CHECK(trials[3].distribution == Distribution::Normal);
  CHECK(trials[0].seed != trials[3].seed);
  CHECK(make_trials(42, 2)[1].seed == trials[1].seed);
  CHECK(make_trials(43, 1)[0].seed != trials[0].seed);
}

TEST_CASE("a structure fixes which elements of a matrix are zero or repeated",
          "[kernels][inputs]") {
  const auto matrix = [](const std::string& rule) {
    const Task task = parse_task(
        "# coldforge: input x " + rule +
            "\n<ir_version: 8, opset_import: [\"\" : 17]>\ng (float[2,5,5] x) => (float[2,5,5] y) "
            "{ y = Relu (x) }",
        "t");
    return make_inputs(task, {3, Distribution::Normal}).at(0);
  };
  const Tensor upper = matrix("upper"), lower = matrix("lower"), mirrored = matrix("symmetric");
  for (std::int64_t n = 0; n < 2; ++n) {
    for (std::int64_t row = 0; row < 5; ++row) {
      for (std::int64_t column = 0; column < 5; ++column) {
        const std::int64_t at = n * 25 + row * 5 + column, turned = n * 25 + column * 5 + row;
        CHECK((upper.values[at] == 0.0) == (row > column));
        CHECK((lower.values[at] == 0.0) == (row < column));
        CHECK(mirrored.values[at] == mirrored.values[turned]);
      }
    }
  }
}

TEST_CASE("a spread gives each sample and each tensor a level of its own", "[kernels][inputs]") {
  const std::string graph =
      "<ir_version: 8, opset_import: [\"\" : 17]>\ng (float[4,1024] x) => (float[4,1024] y) { y = "
      "Relu (x) }";
  const Task task = parse_task("# coldforge: input x spread=2\n" + graph, "t");
  std::set<double> levels;
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Tensor x = make_inputs(task, {seed, Distribution::Uniform}).at(0);
    for (std::int64_t row = 0; row < 4; ++row) {
      double largest = 0;
      for (std::int64_t i = 0; i < 1024; ++i)
        largest = std::max(largest, std::abs(x.values[row * 1024 + i]));
      CHECK(largest > 2.0 / 16 * 0.9);  // 2^-4 to 2^4 times the uniform distribution's 2
      CHECK(largest < 2.0 * 16);
      levels.insert(largest);
    }
  }
  CHECK(*levels.rbegin() > 4 * *levels.begin());
  CHECK(task.digest != parse_task(graph, "t").digest);
}

}  // namespace
}  // namespace coldforge::kernels
