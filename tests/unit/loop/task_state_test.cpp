#include "agent/loop/task_state.h"

#include <catch2/catch.hpp>
#include <cmath>

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
