// What every generator without a model promises, whichever it is.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "agent/generator/registry.h"
#include "sim/base/digest.h"
#include "tests/unit/composer/choices.h"

using namespace coldforge;

namespace {

struct Fixture {
  isa::Isa isa = isa::Isa::load();
  isa::Arch arch = isa::load_arch("edge");
  std::vector<agent::ContextItem> context = test::api_context(isa);
};

/// A feasible trace of this task, made by the generator itself.
agent::ContextItem trace_of(const agent::GeneratedKernel& kernel, const std::string& id,
                            std::int64_t cycles) {
  agent::ContextItem item;
  item.id = id;
  item.kind = "trace";
  item.pattern = kernel.pattern;
  item.fragments = kernel.fragments;
  item.feasible = true;
  item.cycles = cycles;
  item.roofline_fraction = 100.0 / static_cast<double>(cycles);
  item.bottleneck = "vector";
  item.source = kernel.source;
  return item;
}

}  // namespace

TEST_CASE("every generator: the same request gives the same bytes, in any object", "[generator]") {
  Fixture f;
  const kernels::Task task = kernels::load_task(test::basic_task("softmax"));
  for (const std::string& name : agent::generator_names()) {
    INFO(name);
    auto request = test::request_for(task, f.arch, f.context);
    const auto generator = agent::make_generator(name);
    CHECK(generator->name() == name);
    for (std::uint64_t candidate = 0; candidate < 6; ++candidate) {
      request.candidate = candidate;
      const auto a = generator->generate(request);
      const auto b = agent::make_generator(name)->generate(request);
      REQUIRE_FALSE(a.source.empty());
      CHECK(a.source == b.source);
      CHECK(a.pattern == agent::task_pattern(task));
      CHECK_FALSE(a.fragments.empty());
      request.context.push_back(
          trace_of(a, std::to_string(candidate), 200 + static_cast<std::int64_t>(candidate)));
    }
  }
}

TEST_CASE("every generator: what a run has proposed is not proposed again", "[generator]") {
  Fixture f;
  const kernels::Task task = kernels::load_task(test::basic_task("relu"));
  for (const std::string& name : agent::generator_names()) {
    INFO(name);
    const auto generator = agent::make_generator(name);
    auto request = test::request_for(task, f.arch, f.context);
    std::set<std::string> proposed;
    request.proposed = &proposed;
    for (std::uint64_t candidate = 0; candidate < 40; ++candidate) {
      request.candidate = candidate;
      const auto kernel = generator->generate(request);
      REQUIRE_FALSE(kernel.source.empty());
      CHECK(proposed.insert(digest_of(kernel.source)).second);
      request.context.push_back(trace_of(kernel, std::to_string(candidate), 200));
    }
  }
}

TEST_CASE("every generator: without API items it says what is missing", "[generator]") {
  Fixture f;
  const kernels::Task task = kernels::load_task(test::basic_task("relu"));
  for (const std::string& name : agent::generator_names()) {
    INFO(name);
    const auto kernel = agent::make_generator(name)->generate(test::request_for(task, f.arch, {}));
    CHECK(kernel.source.empty());
    CHECK_FALSE(kernel.failure.empty());
  }
}

TEST_CASE("every generator: blames only holes that there are", "[generator]") {
  for (const std::string& name : agent::generator_names()) {
    const auto generator = agent::make_generator(name);
    CHECK(generator->blame({{"tile.rows", "1/4", ""}}, "run", "out of bounds") ==
          std::vector<std::string>{"tile.rows"});
    CHECK(generator->blame({}, "compile", "error").empty());
  }
}
