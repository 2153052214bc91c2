#include "agent/generator/composer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "agent/generator/registry.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "tests/unit/composer/choices.h"

using namespace coldforge;

namespace {

struct Fixture {
  isa::Isa isa = isa::Isa::load();
  isa::Arch arch = isa::load_arch("edge");
  std::vector<agent::ContextItem> context = test::api_context(isa);
  agent::Composer composer;
};

std::map<std::string, std::string> choices_of(const agent::GeneratedKernel& kernel) {
  std::map<std::string, std::string> map;
  for (const agent::Fragment& fragment : kernel.fragments) map[fragment.hole] = fragment.value;
  return map;
}

agent::ContextItem start_point_of(const agent::GeneratedKernel& kernel) {
  agent::ContextItem point;
  point.id = "start";
  point.kind = "trace";
  point.pattern = kernel.pattern;
  point.fragments = kernel.fragments;
  point.feasible = true;
  return point;
}

}  // namespace

TEST_CASE("the same request gives the same bytes", "[composer]") {
  Fixture f;
  const kernels::Task task = kernels::load_task(test::basic_task("softmax"));
  const auto request = test::request_for(task, f.arch, f.context);
  const auto a = f.composer.generate(request), b = agent::Composer().generate(request);
  CHECK_FALSE(a.source.empty());
  CHECK(a.source == b.source);
  CHECK(choices_of(a) == choices_of(b));
}

TEST_CASE("other candidates and seeds give other kernels", "[composer]") {
  Fixture f;
  const kernels::Task task = kernels::load_task(test::basic_task("matmul_square"));
  auto request = test::request_for(task, f.arch, f.context);
  const std::string first = f.composer.generate(request).source;
  request.candidate = 1;
  const std::string second = f.composer.generate(request).source;
  request.candidate = 0;
  request.seed = 2;
  const std::string third = f.composer.generate(request).source;
  CHECK(first != second);
  CHECK(first != third);
}

TEST_CASE("a kernel begins with its plan in words and records every hole", "[composer]") {
  Fixture f;
  const kernels::Task task = kernels::load_task(test::basic_task("layernorm"));
  const auto kernel = f.composer.generate(test::request_for(task, f.arch, f.context));
  CHECK(kernel.source.rfind("// layernorm: composed for edge.\n", 0) == 0);
  CHECK(kernel.source.find("//   - tile: ") != std::string::npos);
  CHECK(choices_of(kernel).count("variance") == 1);
  CHECK(kernel.pattern == agent::task_pattern(task));
}

TEST_CASE("refining keeps most of the start point's choices", "[composer]") {
  Fixture f;
  const kernels::Task task = kernels::load_task(test::basic_task("gelu"));
  auto request = test::request_for(task, f.arch, f.context);
  const auto start = f.composer.generate(request);
  agent::ContextItem point = start_point_of(start);
  point.bottleneck = "vector";
  request.stage = agent::Stage::Refine;
  request.start_point = &point;
  for (std::uint64_t candidate = 1; candidate < 8; ++candidate) {
    request.candidate = candidate;
    const auto next = f.composer.generate(request);
    REQUIRE_FALSE(next.source.empty());
    CHECK(next.source != start.source);
    const auto before = choices_of(start), after = choices_of(next);
    int changed = 0;
    for (const auto& [hole, value] : after)
      changed += before.count(hole) != 0 && before.at(hole) != value;
    CHECK(changed >= 1);
    CHECK(changed <= 6);
  }
}

TEST_CASE("refining looks where the start point's time goes", "[composer]") {
  Fixture f;
  const kernels::Task task =
      kernels::load_task(test::basic_task("../level2/062_matmul_groupnorm_leakyrelu_sum"));
  auto request = test::request_for(task, f.arch, f.context);
  agent::GeneratedKernel start;
  for (; start.source.find("void part2(") == std::string::npos; ++request.candidate)
    start = f.composer.generate(request);
  agent::ContextItem point = start_point_of(start);
  request.stage = agent::Stage::Refine;
  request.start_point = &point;
  // How many of the changes concern the holes of the first part, the only ones without a prefix
  // that name a tile size.
  const auto changes_of_first = [&](const char* feedback) {
    point.feedback = feedback;
    int changes = 0;
    const auto before = choices_of(start);
    for (std::uint64_t candidate = 100; candidate < 140; ++candidate) {
      request.candidate = candidate;
      const auto after = choices_of(f.composer.generate(request));
      int different = 0;
      for (const auto& [hole, value] : before) {
        const auto found = after.find(hole);
        different += hole.rfind("tile.", 0) == 0 && found != after.end() && found->second != value;
      }
      changes += different == 1;
    }
    return changes;
  };
  const int slow = changes_of_first("cycles by function: part1 96%, part2 2%, part3 2%\n");
  const int quick = changes_of_first("cycles by function: part2 50%, part3 49%, part1 1%\n");
  CHECK(slow > 2 * quick);
}

TEST_CASE("what a run has proposed is not proposed again", "[composer]") {
  Fixture f;
  const kernels::Task task = kernels::load_task(test::basic_task("relu"));
  auto request = test::request_for(task, f.arch, f.context);
  std::set<std::string> proposed;
  request.proposed = &proposed;
  for (std::uint64_t candidate = 0; candidate < 40; ++candidate) {
    request.candidate = candidate;
    const auto kernel = f.composer.generate(request);
    REQUIRE_FALSE(kernel.source.empty());
    CHECK(proposed.insert(digest_of(kernel.source)).second);
  }
}

TEST_CASE("drafting adapts one kernel of the context, a fast one rather", "[composer]") {
  Fixture f;
  const kernels::Task task = kernels::load_task(test::basic_task("gelu"));
  auto request = test::request_for(task, f.arch, f.context);
  std::vector<agent::GeneratedKernel> models;
  for (std::uint64_t candidate = 0; candidate < 2; ++candidate) {
    request.candidate = candidate;
    models.push_back(f.composer.generate(request));
    agent::ContextItem item;
    item.id = "model " + std::to_string(candidate);
    item.kind = "trace";
    item.feasible = true;
    item.fragments = models.back().fragments;
    item.roofline_fraction = candidate == 0 ? 0.2 : 0.8;
    f.context.push_back(item);
  }
  const auto differences = [](const agent::GeneratedKernel& a, const agent::GeneratedKernel& b) {
    const auto of_a = choices_of(a), of_b = choices_of(b);
    return std::count_if(of_a.begin(), of_a.end(), [&](const auto& choice) {
      const auto at = of_b.find(choice.first);
      return at != of_b.end() && at->second != choice.second;
    });
  };
  REQUIRE(differences(models[0], models[1]) >= 3);
  int near_fast = 0;
  for (std::uint64_t candidate = 10; candidate < 30; ++candidate) {
    auto draft = test::request_for(task, f.arch, f.context);
    draft.candidate = candidate;
    const auto kernel = f.composer.generate(draft);
    near_fast += differences(kernel, models[1]) < differences(kernel, models[0]);
  }
  CHECK(near_fast >= 17);
}

TEST_CASE("refining changes what the context speaks against", "[composer]") {
  Fixture f;
  const kernels::Task task = kernels::load_task(test::basic_task("gelu"));
  auto request = test::request_for(task, f.arch, f.context);
  const auto start = f.composer.generate(request);
  const std::string ahead = choices_of(start)["ahead"];
  agent::ContextItem point;
  point.id = "start";
  point.kind = "trace";
  point.fragments = start.fragments;
  point.feasible = true;
  request.stage = agent::Stage::Refine;
  request.start_point = &point;
  // Thirty successes of other tasks that agree with the start point in all but one hole.
  const std::string other = ahead == "2" ? "1" : "2";
  for (int i = 0; i < 30; ++i) {
    agent::ContextItem item = point;
    item.id = "success " + std::to_string(i);
    item.pattern = "another task";
    for (agent::Fragment& fragment : item.fragments) {
      if (fragment.hole == "ahead") fragment.value = other;
    }
    request.context.push_back(item);
  }
  int followed = 0;
  for (std::uint64_t candidate = 1; candidate <= 20; ++candidate) {
    request.candidate = candidate;
    followed += choices_of(f.composer.generate(request))["ahead"] == other;
  }
  CHECK(followed >= 12);  // one of about nine holes: two if they were drawn alike
}

TEST_CASE("refining tries what no relative has changed", "[composer]") {
  Fixture f;
  const kernels::Task task = kernels::load_task(test::basic_task("gelu"));
  auto request = test::request_for(task, f.arch, f.context);
  const auto start = f.composer.generate(request);
  const auto before = choices_of(start);
  agent::ContextItem point = start_point_of(start);
  point.cycles = 1000;
  request.stage = agent::Stage::Refine;
  request.start_point = &point;
  // Twenty children; all differ in one hole, and none has another value for "ahead".
  for (int i = 0; i < 20; ++i) {
    agent::ContextItem child = point;
    child.id = "child " + std::to_string(i);
    child.cycles = 1100;
    agent::Fragment& changed =
        child.fragments[static_cast<std::size_t>(i) % child.fragments.size()];
    if (changed.hole != "ahead") changed.value = "something else";
    request.context.push_back(child);
  }
  int tried = 0;
  for (std::uint64_t candidate = 1; candidate <= 40; ++candidate) {
    request.candidate = candidate;
    tried += choices_of(f.composer.generate(request))["ahead"] != before.at("ahead");
  }
  CHECK(tried >= 3);  // if agreement of relatives counted: hardly ever
}

TEST_CASE("experience moves what is chosen, and the items that did so are named", "[composer]") {
  Fixture f;
  const kernels::Task task = kernels::load_task(test::basic_task("softmax"));
  int plain = 0, advised = 0;
  for (std::uint64_t candidate = 0; candidate < 20; ++candidate) {
    auto request = test::request_for(task, f.arch, f.context);
    request.candidate = candidate;
    plain += choices_of(f.composer.generate(request))["algebra.quotient"] == "reciprocal";
    for (int i = 0; i < 30; ++i) {
      agent::ContextItem item;
      item.id = "success " + std::to_string(i);
      item.kind = "trace";
      item.feasible = true;
      item.fragments = {{"algebra.quotient", "reciprocal", ""}};
      request.context.push_back(item);
    }
    const auto kernel = f.composer.generate(request);
    advised += choices_of(kernel)["algebra.quotient"] == "reciprocal";
    CHECK(std::any_of(kernel.reads.begin(), kernel.reads.end(), [](const auto& read) {
      return read.item == "success 0" && read.hole == "algebra.quotient";
    }));
  }
  CHECK(plain < 18);
  CHECK(advised >= 18);
}

TEST_CASE("the least work does not choose what is computed", "[composer]") {
  Fixture f;
  agent::Composer as_drawn(agent::as_drawn());
  const kernels::Task task = kernels::load_task(test::basic_task("softmax"));
  int compared = 0, other_plans = 0;
  for (std::uint64_t candidate = 0; candidate < 20; ++candidate) {
    auto request = test::request_for(task, f.arch, f.context);
    request.candidate = candidate;
    auto least = choices_of(f.composer.generate(request)),
         first = choices_of(as_drawn.generate(request));
    other_plans += least != first;
    for (const auto& [hole, value] : least) {
      if (!agent::is_of_numbers(hole) || first.count(hole) == 0) continue;
      INFO(hole);
      CHECK(first.at(hole) == value);
      ++compared;
    }
  }
  CHECK(compared >= 20);
  CHECK(other_plans >= 10);
}

TEST_CASE("a failure blames the holes that its gate speaks of", "[composer]") {
  const agent::Composer composer;
  const std::vector<agent::Fragment> fragments = {{"exp.shift", "none", ""},
                                                  {"ahead", "2", ""},
                                                  {"tile.rows", "1/4", ""},
                                                  {"select.fma", "fused", ""}};
  CHECK(composer.blame(fragments, "correct", "wrong results") ==
        std::vector<std::string>{"exp.shift", "select.fma"});
  CHECK(composer.blame(fragments, "run", "deadlock: load waits for flag 1") ==
        std::vector<std::string>{"ahead"});
  CHECK(composer.blame(fragments, "hack", "inline assembly").empty());
}

TEST_CASE("an unknown generator is refused with the known ones", "[composer]") {
  CHECK(agent::make_generator("composer")->name() == "composer");
  CHECK_THROWS_WITH(agent::make_generator("oracle"),
                    "--generator oracle: unknown generator; known are composer, random_search, "
                    "evolution, llm, mixed, manual, replay");
  CHECK_THROWS_WITH(agent::make_generator("llm"),
                    "--generator llm: only `coldforge synth` can ask it; known are composer, "
                    "random_search, evolution");
}
