#include "agent/study/experiment.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "isa/isa.h"
#include "kernels/task.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

using namespace coldforge;
using namespace coldforge::agent;
using namespace coldforge::agent::study;

namespace {

Experiment small() {
  Experiment experiment;
  experiment.suite = {"level1/*"};
  experiment.seeds = 2;
  experiment.designs = {refining_design(Design())};
  return experiment;
}

}  // namespace

TEST_CASE("every combination of factors is an arm, plain search is one each", "[study]") {
  Design design;
  design.policies = {"value", "none"};
  design.start_points = {"value", "best_cycles"};
  design.lambdas = {5, 30};
  design.generators = {"composer", "random_search", "evolution"};
  const std::vector<Arm> arms = design.arms();
  REQUIRE(arms.size() == 2 * 2 * 2 + 2);
  CHECK(arms[0].policy == "value");
  CHECK(arms[1].policy == "none");
  CHECK(arms[8].generator == "random_search");
  CHECK(arms[9].policy == "per_task");
}

TEST_CASE("the floor sees API items only, and evolution all that its task left", "[study]") {
  Arm arm;
  arm.policy = "none";
  const LoopSettings floor = settings_of(small(), arm, 1);
  CHECK(floor.child_items == 0);
  CHECK(floor.matched_practices == 0);
  arm.policy = "permuted";
  CHECK(settings_of(small(), arm, 1).permute_contents);
  CHECK(settings_of(small(), arm, 1).retrieval.policy == "value");
  arm.policy = "per_task";
  arm.generator = "evolution";
  CHECK(settings_of(small(), arm, 1).retrieval.context_items > 1000);
}

TEST_CASE("designs that share an arm share its runs", "[study]") {
  Experiment experiment = small();
  experiment.designs.push_back(drafting_design(Design()));
  CHECK(plan_cells(experiment, {"level1/a"}).size() == 2);
}

TEST_CASE("the oracle's reference run comes first, once for all seeds", "[study]") {
  Experiment experiment = small();
  experiment.designs[0].policies = {"oracle"};
  const std::vector<Cell> cells = plan_cells(experiment, {"level1/a", "level1/b"});
  REQUIRE(cells.size() == 3);
  CHECK(cells[1].bank_from == cells[0].folder);
  CHECK(cells[2].bank_from == cells[0].folder);
  CHECK(cells[0].settings.retrieval.policy == "value");
  CHECK(cells[0].settings.seed > 10'000);  // that of no arm
}

TEST_CASE("transfer learns from level 1 and measures level 2", "[study]") {
  Experiment experiment = small();
  experiment.seeds = 1;
  experiment.designs[0].transfers = {"scratch", "mixed", "l1-to-l2"};
  const std::vector<Cell> cells = plan_cells(experiment, {"level1/a", "level2/b", "level2/c"});
  REQUIRE(cells.size() == 4);
  CHECK(cells[0].tasks == std::vector<std::size_t>{1, 2});
  CHECK(cells[1].tasks == std::vector<std::size_t>{0, 1, 2});
  CHECK(cells[2].tasks == std::vector<std::size_t>{0});
  CHECK(cells[3].tasks == std::vector<std::size_t>{1, 2});
  CHECK(cells[3].bank_from == cells[2].folder);
  CHECK_THROWS_WITH(
      plan_cells(experiment, {"level2/b"}),
      "--transfer mixed: needs tasks of level1 to learn from and of level2 to measure");
}

TEST_CASE("a draw depends on names and seed only", "[study]") {
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g", "h"};
  std::vector<std::string> reversed(names.rbegin(), names.rend());
  const auto drawn = draw_tasks(names, 3, 1);
  CHECK(drawn.size() == 3);
  CHECK(std::is_sorted(drawn.begin(), drawn.end()));
  CHECK(draw_tasks(reversed, 3, 1) == drawn);
  CHECK(draw_tasks(names, 100, 1) == names);
  std::set<std::vector<std::string>> several;
  for (std::uint64_t seed = 0; seed < 10; ++seed) several.insert(draw_tasks(names, 3, seed));
  CHECK(several.size() >= 5);
}

TEST_CASE("the ablation is what the method asks for", "[study]") {
  const std::string file = isa::share_dir() + "/agent/study/ablation.json";
  const Experiment experiment = experiment_from_json(read_file(file), file);
  CHECK(experiment.draw == 60);
  CHECK(experiment.seeds >= 20);
  REQUIRE(experiment.designs.size() >= 2);
  CHECK(experiment.designs[0].metric == "drafting_area");
  CHECK(experiment.designs[1].metric == "refining_area");
  CHECK(experiment.designs[1].start_points == std::vector<std::string>{"value", "best_cycles"});
  // Again what it was, through its own JSON.
  const std::string text = to_json(experiment).dump();
  CHECK(to_json(experiment_from_json(text, "again")).dump() == text);
}

TEST_CASE("the ablation's tasks are the ones that were drawn before it was run", "[study]") {
  const std::string file = isa::share_dir() + "/agent/study/ablation.json";
  const Experiment experiment = experiment_from_json(read_file(file), file);
  const kernels::TaskLibrary library(isa::share_dir() + "/kernels/tasks");
  std::vector<std::string> names;
  for (const std::string& argument : experiment.suite) {
    for (const auto& entry : library.resolve(argument)) names.push_back(entry.name);
  }
  CHECK(names.size() == 80);  // what no constant was tuned on
  const auto drawn = draw_tasks(names, experiment.draw, experiment.draw_seed);
  REQUIRE(drawn.size() == 60);
  Digest digest;
  for (const std::string& name : drawn) digest.add(name);
  CHECK(short_digest(digest.hex()) == "c4744706783e");
  CHECK(std::count_if(drawn.begin(), drawn.end(),
                      [](const std::string& name) { return name.rfind("level1/", 0) == 0; }) == 33);
}

TEST_CASE("a wrong experiment file is refused with the place", "[study]") {
  const auto message = [](const std::string& text) {
    try {
      experiment_from_json(text, "plan.json");
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  CHECK(message(R"({"suite": ["relu"], "designs": []})") == "plan.json: designs: names nothing");
  CHECK(message(R"({"designs": []})") == "plan.json: suite is missing");
  CHECK(message(R"({"suite": ["relu"], "seed": 3, "designs": []})") ==
        "plan.json: seed: unknown field; known are suite, draw, draw_seed, seeds, budget, slots, "
        "context_items, epsilon, reference_budget, designs");
  const std::string begin =
      R"({"suite": ["relu"], "designs": [{"name": "d", "metric": "correct", )";
  CHECK(message(begin + R"("lambda": [0]}]})") == "plan.json: lambda: 0 is not within 1 to 1000");
  CHECK(message(begin + R"("lambda": "5"}]})") ==
        "plan.json: designs[0]: lambda: has the wrong type");
  CHECK(message(begin + R"("q_key": ["task"]}]})") ==
        "plan.json: q-key task: unknown; known are family, stage");
  CHECK(message(begin + R"("policy": ["oracle"], "transfer": ["mixed"]}]})") ==
        "plan.json: policy oracle: begins with a bank of its own: only with scratch");
}
