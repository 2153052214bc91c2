#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "agent/generator/evolution.h"
#include "agent/generator/random_search.h"
#include "tests/unit/composer/choices.h"

using namespace coldforge;

namespace {

using Choices = std::map<std::string, std::string>;

Choices choices_of(const std::vector<agent::Fragment>& fragments) {
  Choices map;
  for (const agent::Fragment& fragment : fragments) map[fragment.hole] = fragment.value;
  return map;
}

struct Fixture {
  isa::Isa isa = isa::Isa::load();
  isa::Arch arch = isa::load_arch("edge");
  std::vector<agent::ContextItem> context = test::api_context(isa);
  kernels::Task task = kernels::load_task(test::basic_task("gelu"));
  agent::GenerationRequest request = test::request_for(task, arch, context);

  /// Random kernels as feasible traces; the first is the fastest by far.
  std::vector<agent::ContextItem> population(int size) {
    std::vector<agent::ContextItem> items;
    for (int i = 0; i < size; ++i) {
      request.candidate = 1000 + static_cast<std::uint64_t>(i);
      const auto kernel = agent::RandomSearch().generate(request);
      agent::ContextItem item;
      item.id = "parent " + std::to_string(i);
      item.kind = "trace";
      item.pattern = kernel.pattern;
      item.fragments = kernel.fragments;
      item.feasible = true;
      item.cycles = i == 0 ? 100 : 1000 + i;
      item.roofline_fraction = 50.0 / static_cast<double>(item.cycles);
      items.push_back(item);
    }
    return items;
  }
};

int differing(const Choices& a, const Choices& b) {
  int count = 0;
  for (const auto& [hole, value] : a) count += b.count(hole) == 0 || b.at(hole) != value;
  return count;
}

}  // namespace

TEST_CASE("random search is moved by nothing that was tried before", "[search]") {
  Fixture f;
  const auto items = f.population(8);
  f.request.candidate = 3;
  const std::string bare = agent::RandomSearch().generate(f.request).source;
  f.request.context.insert(f.request.context.end(), items.begin(), items.end());
  f.request.stage = agent::Stage::Refine;
  f.request.start_point = &items[0];
  f.request.last_attempt = &items[1];
  const auto kernel = agent::RandomSearch().generate(f.request);
  CHECK(kernel.source == bare);
  CHECK(kernel.reads.empty());
}

TEST_CASE("evolution begins with random search", "[search]") {
  Fixture f;
  const auto items = f.population(3);  // one founder is missing
  f.request.context.insert(f.request.context.end(), items.begin(), items.end());
  CHECK(agent::Evolution().generate(f.request).source ==
        agent::RandomSearch().generate(f.request).source);
}

TEST_CASE("a child of evolution is near its parents, and the fastest has the most", "[search]") {
  Fixture f;
  const auto items = f.population(12);
  f.request.context.insert(f.request.context.end(), items.begin(), items.end());
  int of_fastest = 0, near = 0;
  constexpr int kChildren = 60;
  for (std::uint64_t candidate = 0; candidate < kChildren; ++candidate) {
    f.request.candidate = candidate;
    const auto kernel = agent::Evolution().generate(f.request);
    REQUIRE_FALSE(kernel.source.empty());
    bool reads_fastest = false;
    std::set<std::string> parents;
    for (const auto& read : kernel.reads) {
      reads_fastest = reads_fastest || read.item == "parent 0";
      parents.insert(read.item);
    }
    CHECK(parents.size() <= 2);
    of_fastest += reads_fastest;
    for (const agent::ContextItem& item : items) {
      if (differing(choices_of(kernel.fragments), choices_of(item.fragments)) <= 3) {
        ++near;
        break;
      }
    }
  }
  // Of three draws out of twelve one is the fastest with probability 1 - (11/12)^3 = 0.23; half of
  // the children have two parents, so that about 0.32 have it as one. Without selection: 0.12.
  CHECK(of_fastest >= kChildren / 5);
  CHECK(near >= kChildren / 2);
}

TEST_CASE("evolution reads what this task left and nothing of others", "[search]") {
  Fixture f;
  auto items = f.population(12);
  for (agent::ContextItem& item : items) item.pattern = "another task";
  f.request.candidate = 5;
  const std::string bare = agent::RandomSearch().generate(f.request).source;
  f.request.context.insert(f.request.context.end(), items.begin(), items.end());
  CHECK(agent::Evolution().generate(f.request).source == bare);
}
