#include <catch2/catch.hpp>

#include "agent/generator/composer.h"
#include "agent/verify/verifier.h"
#include "tests/unit/composer/choices.h"

using namespace coldforge;

namespace {

/// Candidates of an empty memory until one is correct; its number, or -1.
int first_correct(const std::string& name, std::uint64_t seed, int budget) {
  const kernels::Task task = kernels::load_task(test::basic_task(name));
  const isa::Arch arch = isa::load_arch("edge");
  const isa::Isa isa = isa::Isa::load();
  const kernels::Toolchain toolchain(isa, arch);
  const sim::Machine machine(isa, arch);
  const agent::Verifier verifier(task, machine, toolchain, {});
  agent::Composer composer;
  const std::vector<agent::ContextItem> context = test::api_context(isa);
  for (int candidate = 0; candidate < budget; ++candidate) {
    auto request = test::request_for(task, arch, context);
    request.seed = seed;
    request.candidate = static_cast<std::uint64_t>(candidate);
    const agent::GeneratedKernel kernel = composer.generate(request);
    if (kernel.source.empty()) continue;
    const agent::Verdict verdict = verifier.verify(kernel.source);
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
