#include "agent/study/metrics.h"

#include <catch2/catch.hpp>

#include "sim/base/error.h"

using namespace coldforge;
using namespace coldforge::agent;
using namespace coldforge::agent::study;

namespace {

/// "c 400" compiles and passes with 400 cycles, "w" compiles and is wrong, "x" does not compile.
/// The bound is 100 cycles.
CandidateRecord record(const std::string& task, std::uint64_t candidate, const std::string& what) {
  CandidateRecord record;
  record.task = task;
  record.candidate = candidate;
  Verdict& verdict = record.verdict;
  verdict.failing = Gate::Compile;
  if (what != "x") {
    verdict.elf_digest = "elf";
    verdict.failing = Gate::Correct;
  }
  if (what[0] == 'c') {
    verdict.pass = true;
    verdict.cycles = std::stoi(what.substr(2));
    verdict.lower_bound_cycles = 100;
    verdict.roofline_fraction = 100.0 / static_cast<double>(verdict.cycles);
  }
  return record;
}

TaskOutcome outcome(const std::string& task, std::int64_t first, std::int64_t best,
                    std::int64_t eager) {
  TaskOutcome outcome;
  outcome.task = task;
  outcome.correct = best > 0;
  outcome.first_correct_cycles = first;
  outcome.best_cycles = best;
  outcome.eager_cycles = eager;
  outcome.lower_bound_cycles = 100;
  return outcome;
}

/// Budget 4: "a" is solved by its second candidate and improved by its fourth; "b" never.
std::vector<TaskCurve> curves() {
  const std::vector<CandidateRecord> records = {
      record("a", 0, "w"),     record("b", 0, "x"), record("a", 1, "c 400"), record("b", 1, "x"),
      record("a", 2, "c 500"), record("b", 2, "x"), record("a", 3, "c 200"), record("b", 3, "w")};
  return curves_of(records, {outcome("a", 400, 200, 300), outcome("b", 0, 0, 50)},
                   {{"a", "reduction"}, {"b", "contraction"}}, "summary.json");
}

}  // namespace

TEST_CASE("curves rise with the best so far and stay when candidates end", "[study]") {
  const TaskCurve a = curves()[0];
  CHECK(correct_curve(a, 6) == std::vector<double>{0, 1, 1, 1, 1, 1});
  CHECK(roofline_curve(a, 6) == std::vector<double>{0, 0.25, 0.25, 0.5, 0.5, 0.5});
}

TEST_CASE("areas are means over the budget, drafting's over fifteen candidates at most",
          "[study]") {
  TaskCurve a = curves()[0];
  CHECK(score("drafting_area", a, 4) == 0.75);                // 0, 1, 1, 1
  CHECK(score("refining_area", a, 4) == 0.25);                // (0 + 1/4 + 1/4 + 1/2) / 4
  CHECK(score("drafting_area", a, 30) == Approx(14.0 / 15));  // from the second of fifteen on
  CHECK(score("compiled", a, 4) == 1);
  CHECK(score("correct", a, 4) == 1);
  CHECK(score("roofline", a, 4) == 0.5);
  CHECK(score("roofline", curves()[1], 4) == 0);
  CHECK_THROWS_WITH(score("speed", a, 4),
                    "metric speed: unknown; known are compiled, correct, drafting_area, "
                    "refining_area, roofline");
}

TEST_CASE("figures of an arm are shares over seeds and tasks together", "[study]") {
  const ArmFigures figures = figures_of({curves(), curves()}, 4);
  CHECK(figures.runs == 4);
  CHECK(figures.compiled == 1.0);               // b's last candidate compiles
  CHECK(figures.candidates_compiled == 0.625);  // 4 of 4 and 1 of 4
  CHECK(figures.correct == 0.5);
  CHECK(figures.seen_only == 0);
  CHECK(figures.correct_curve == std::vector<double>{0, 0.5, 0.5, 0.5});
  CHECK(figures.drafting_area == 0.375);
  CHECK(figures.refining_area == 0.125);
  CHECK(figures.eager_runs == 4);
  REQUIRE(figures.fast);
  CHECK((*figures.fast)[0] == 0.5);
  CHECK((*figures.fast)[1] == 0.5);  // 300 / 200 = 1.5
  CHECK((*figures.fast)[2] == 0.0);
  CHECK(figures.roofline == Approx(0.0707107));  // sqrt(0.5 * 0.01)
  CHECK(figures.families.at("reduction").roofline == Approx(0.5));
  CHECK(figures.families.at("contraction").roofline == kRooflineFloor);
  CHECK(figures.families.at("contraction").correct == 0);
  CHECK(figures.speed_up.count == 2);
  CHECK(figures.speed_up.median == 2.0);         // 400 / 200
  CHECK(figures.first_roofline.median == 0.25);  // 100 / 400
}

TEST_CASE("without an eager baseline there is no fast_p", "[study]") {
  auto without = curves();
  for (TaskCurve& curve : without) curve.outcome.eager_cycles = 0;
  CHECK_FALSE(figures_of({without}, 4).fast);
}

TEST_CASE("a kernel that fails hidden trials counts as unsolved, and is said to be so", "[study]") {
  auto hidden = curves();
  hidden[0].outcome.correct = false;
  const ArmFigures figures = figures_of({hidden}, 4);
  CHECK(figures.correct == 0);
  CHECK(figures.seen_only == 0.5);
  CHECK(figures.speed_up.count == 0);
  CHECK(score("roofline", hidden[0], 4) == 0);
}

TEST_CASE("a summary without a task is refused", "[study]") {
  CHECK_THROWS_WITH(curves_of({}, {}, {{"a", "scan"}}, "cell/summary.json"),
                    "cell/summary.json: says nothing of task a");
}
