#include "agent/loop/task_state.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <iterator>

using namespace coldforge::agent;

namespace {

CandidateRecord record(std::uint64_t candidate, bool pass, std::int64_t cycles) {
  CandidateRecord record;
  record.candidate = candidate;
  record.item = "item" + std::to_string(candidate);
  record.verdict.pass = pass;
  record.verdict.failing = Gate::Run;
  record.verdict.cycles = cycles;
  return record;
}

}  // namespace

TEST_CASE("a task drafts until its first feasible kernel, then refines", "[loop]") {
  TaskState state;
  CHECK(state.stage() == Stage::Draft);
  state.add(record(0, false, 0));
  CHECK(state.stage() == Stage::Draft);
  CHECK(state.farthest_gate == Gate::Run);
  state.add(record(1, true, 900));
  state.add(record(2, true, 1000));
  state.add(record(3, true, 700));
  CHECK(state.stage() == Stage::Refine);
  CHECK(state.first_correct->candidate == 1);
  CHECK(state.best->candidate == 3);
  CHECK(state.best_cycles == 700);
  CHECK(state.feasible == std::vector<std::string>{"item1", "item2", "item3"});
}

TEST_CASE("the finalists of a task are its fastest kernels, the earlier of equals first",
          "[loop]") {
  TaskState state;
  const std::int64_t cycles[] = {900, 700, 900, 800, 1000, 700, 900};
  for (std::size_t i = 0; i < std::size(cycles); ++i) state.add(record(i, true, cycles[i]));
  state.add(record(9, false, 100));
  std::vector<std::uint64_t> candidates;
  for (const Finalist& finalist : state.finalists) candidates.push_back(finalist.candidate);
  CHECK(candidates == std::vector<std::uint64_t>{1, 5, 3, 0, 2});
  CHECK(state.finalists[2].cycles == 800);
  CHECK(state.finalists[2].item == "item3");
}

TEST_CASE("rewards are those of the method", "[loop]") {
  Verdict verdict;
  verdict.pass = false;
  CHECK(reward_of(Stage::Draft, verdict, 0) == -1.0);
  CHECK(reward_of(Stage::Refine, verdict, 1000) == -1.0);
  verdict.pass = true;
  verdict.cycles = 500;
  CHECK(reward_of(Stage::Draft, verdict, 0) == 1.0);
  // tanh(ln 1000 - ln 500) = tanh(ln 2) = (4 - 1) / (4 + 1)
  CHECK(reward_of(Stage::Refine, verdict, 1000) == Approx(0.6).epsilon(1e-12));
  CHECK(reward_of(Stage::Refine, verdict, 250) == Approx(-0.6).epsilon(1e-12));
}
