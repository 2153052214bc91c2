#include <catch2/catch.hpp>

#include "tests/system/composer/gates.h"

using namespace coldforge;

namespace {

/// Candidates of an empty memory until one is correct; its number, or -1.
int first_correct(const std::string& name, std::uint64_t seed, int budget) {
  const kernels::Task task = kernels::load_task(test::basic_task(name));
  test::Gates gates(task);
  for (int candidate = 0; candidate < budget; ++candidate) {
    const agent::GeneratedKernel kernel = gates.write(seed, candidate);
    if (kernel.source.empty()) continue;
    const agent::Verdict verdict = gates.judge(kernel.source);
    if (verdict.pass) return candidate;
    UNSCOPED_INFO(name << " " << candidate << ": " << verdict.name() << ": "
                       << verdict.reason.substr(0, 400));
  }
  return -1;
}

}  // namespace

TEST_CASE("every built-in task has a correct kernel among the first candidates of an empty memory",
          "[composer]") {
  for (const std::string& name : test::kBasicTasks) {
    INFO(name);
    CHECK(first_correct(name, 1, 10) >= 0);
  }
}
