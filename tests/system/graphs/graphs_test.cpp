#include <catch2/catch.hpp>

#include "kernels/task.h"
#include "tests/system/graphs/attempt.h"
#include "tests/system/graphs/random_graph.h"

using namespace coldforge;

namespace {

constexpr std::uint64_t kGraphs = 28;
constexpr int kBudget = 10;

}  // namespace

TEST_CASE("the same seed draws the same graph, another seed another", "[graphs]") {
  CHECK(test::random_graph(1) == test::random_graph(1));
  CHECK(test::random_graph(1) != test::random_graph(2));
}

TEST_CASE("what random graphs found wrong or without a plan has a kernel", "[graphs]") {
  const std::vector<std::string> graphs = {
      // A result that lacks loops of its tensor.
      "(float[7,5] x) => (float[3,7,5] y) {\n  t = Relu (x)\n"
      "  s = Constant <value = int64[3] {3, 7, 5}> ()\n  y = Expand (t, s)\n}",
      // A sum along which nothing changes.
      "(float[4,5] x) => (float[4,5] y) {\n  s = Constant <value = int64[3] {3, 4, 5}> ()\n"
      "  e = Expand (x, s)\n  a = Constant <value = int64[1] {0}> ()\n"
      "  y = ReduceSum <keepdims = 0> (e, a)\n}",
      // A window whose innermost axis is none.
      "(float[3,3,7,15] x, float[3,2,2,1] w) => (float[3,6,13,15] y) {\n"
      "  y = ConvTranspose <kernel_shape = [2, 1], strides = [2, 1], pads = [1, 0, 1, 0], "
      "dilations = [2, 2], group = 3> (x, w)\n}",
      // An operand whose view has more levels than there are.
      "(float16[3,8,3,6,4] x, float16[8,8,2,2,2] w) => (float16[3,8,1,2,2] y) {\n"
      "  y = Conv <kernel_shape = [2, 2, 2], strides = [2, 2, 2], dilations = [1, 2, 1]> (x, w)\n}",
      // Digits of one axis, of which an extreme's place is asked.
      "(float[9] x) => (int64[3] y) {\n  s = Constant <value = int64[2] {3, 3}> ()\n"
      "  t = Reshape (x, s)\n  y = ArgMin <axis = 1, keepdims = 0> (t)\n}",
      // An index beside loops of its side.
      "(float[5,31,5,2] x) => (float[5,31,5,2] y) {\n  y = Trilu (x)\n}",
      // A border around a border.
      "(float[2,3,5] x) => (float[4,4,5] y) {\n"
      "  p = Constant <value = int64[6] {2, 0, 0, 0, 1, 0}> ()\n  t = Pad (x, p)\n"
      "  y = MaxPool <kernel_shape = [3], strides = [1], pads = [1, 1]> (t)\n}",
      // A mask of one loop, values of others.
      "(float[16,1,8] x) => (float[16,4,8] y) {\n  t = Mul (x, x)\n"
      "  i = Constant <value = int64[4] {0, 0, 0, -1}> ()\n  y = Gather <axis = 1> (t, i)\n}",
  };
  test::Workbench bench;
  for (const std::string& graph : graphs) {
    INFO(graph);
    const std::string text = "<ir_version: 8, opset_import: [\"\" : 17]>\ng " + graph + "\n";
    const test::Attempt attempt = bench.attempt(kernels::parse_task(text, "found"), 1, kBudget);
    for (const std::string& failure : attempt.failures) UNSCOPED_INFO(failure);
    UNSCOPED_INFO(attempt.reason);
    CHECK(attempt.end == test::Attempt::End::Kernel);
  }
}

TEST_CASE("any graph of supported operators gets a correct kernel or a published reason",
          "[graphs]") {
  test::Workbench bench;
  int kernels = 0;
  for (std::uint64_t seed = 1; seed <= kGraphs; ++seed) {
    const std::string text = test::random_graph(seed);
    INFO("seed " << seed << "\n" << text);
    const test::Attempt attempt =
        bench.attempt(kernels::parse_task(text, "random" + std::to_string(seed)), 1, kBudget);
    for (const std::string& failure : attempt.failures) UNSCOPED_INFO(failure);
    UNSCOPED_INFO(attempt.reason);
    CHECK(attempt.end != test::Attempt::End::Fault);
    kernels += attempt.end == test::Attempt::End::Kernel;
  }
  CHECK(kernels >= static_cast<int>(kGraphs) / 2);
}
