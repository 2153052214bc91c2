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
