#include "tests/lockstep/random/generator.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/lockstep/random/coverage.h"
#include "tests/lockstep/random/order.h"
#include "tests/lockstep/random/program.h"
#include "tests/lockstep/random/shrink.h"

using namespace coldforge;
using namespace coldforge::lockstep;

namespace {

sim::RunResult run_model(const sim::Machine& machine, const World& world,
                         const Scenario& scenario) {
  const Assembled assembled = assemble(world, scenario);
  const std::vector<sim::Buffer> buffers = make_buffers(scenario.seed);
  sim::RunOptions options;
  options.cycle_limit = Cycles(100'000);
  options.poison_seed = scenario.seed;
  return machine.run(assembled.program, buffers, options);
}

/// Names of the engines' instructions; those that orders and barriers consist of stand in the code,
/// not among the ops.
std::set<std::string> engine_instructions(const World& world) {
  std::set<std::string> names;
  for (const isa::Instruction& instruction : world.isa.instructions()) {
    if (instruction.unit != isa::Unit::Scalar && world.plan(instruction).flag_operand < 0) {
      names.insert(instruction.name);
    }
  }
  return names;
}

}  // namespace

TEST_CASE("a seed draws the same program again") {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  const World world(isa, arch);
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    const Scenario scenario = draw_scenario(world, seed);
    CHECK(to_json(scenario) == to_json(draw_scenario(world, seed)));
    CHECK(assemble(world, scenario).words == assemble(world, scenario).words);
  }
}

TEST_CASE("random programs have no races") {
  const sim::Machine machine(isa::Isa::load(), isa::load_arch("tiny"));
  const World world(machine.isa(), machine.arch());
  int exited = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    const sim::RunResult result = run_model(machine, world, draw_scenario(world, seed));
    CHECK(result.races.empty());
    exited += result.outcome == sim::Outcome::Exited ? 1 : 0;
  }
  CHECK(exited > 120);
}

TEST_CASE("what is left of a program has no races either") {
  const sim::Machine machine(isa::Isa::load(), isa::load_arch("tiny"));
  const World world(machine.isa(), machine.arch());
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    Scenario scenario = draw_scenario(world, seed);
    for (std::size_t i = 0; i < scenario.ops.size(); ++i) {
      scenario.ops.erase(scenario.ops.begin() + static_cast<std::ptrdiff_t>(i));
    }
    CHECK(run_model(machine, world, scenario).races.empty());
  }
}

TEST_CASE("every instruction of the description is drawn, those of an overlay, too") {
  const isa::Isa isa = isa::Isa::load({"exp_rowsum"});
  const isa::Arch arch = isa::load_arch("tiny");
  const World world(isa, arch);
  std::set<std::string> missing = engine_instructions(world);
  REQUIRE(missing.count("texpsum") == 1);
  for (std::uint64_t seed = 1; seed <= 3000 && !missing.empty(); ++seed) {
    for (const Op& op : draw_scenario(world, seed).ops) {
      if (op.kind == Op::Kind::Issue) missing.erase(op.command.instruction->name);
    }
  }
  CHECK(missing.empty());
}

TEST_CASE("a machine with few flags is ordered by barriers") {
  const sim::Machine machine(isa::Isa::load(), isa::load_arch("tiny", {"flags=2"}));
  const World world(machine.isa(), machine.arch());
  CHECK(spare_flags(machine.arch()) == 2);
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    CHECK(run_model(machine, world, draw_scenario(world, seed)).races.empty());
  }
}

TEST_CASE("a program is the same after its file was read") {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  const World world(isa, arch);
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Scenario scenario = draw_scenario(world, seed);
    const Scenario read = scenario_from_json(isa, to_json(scenario), "file");
    INFO("seed " << seed);
    CHECK(assemble(world, read).words == assemble(world, scenario).words);
  }
}

TEST_CASE("a file that is no program is refused") {
  const isa::Isa isa = isa::Isa::load();
  nlohmann::ordered_json json = {{"seed", 1}, {"handler", false}, {"drain", false}, {"burst", 1}};
  json["ops"] = {{{"op", "issue"}, {"style", 0}, {"instruction", "tnothing"}}};
  CHECK_THROWS_WITH(scenario_from_json(isa, json, "a.json"),
                    "a.json: the description has no instruction \"tnothing\"");
  json["ops"] = {{{"op", "dance"}, {"style", 0}}};
  CHECK_THROWS_WITH(scenario_from_json(isa, json, "a.json"), "a.json: unknown op \"dance\"");
}

TEST_CASE("a failing program shrinks to what fails") {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  const World world(isa, arch);
  const auto fails = [](const Scenario& scenario) {
    return std::any_of(scenario.ops.begin(), scenario.ops.end(), [](const Op& op) {
      return op.kind == Op::Kind::Issue && op.command.instruction->unit == isa::Unit::Vector &&
             op.command.tile[0].cols >= 3;
    });
  };
  std::uint64_t seed = 1;
  while (draw_scenario(world, seed).ops.size() < 10 || !fails(draw_scenario(world, seed))) ++seed;
  const Scenario small = shrink(draw_scenario(world, seed), 500, fails);
  INFO("seed " << seed);
  REQUIRE(small.ops.size() == 1);
  CHECK(small.ops[0].command.tile[0].cols == 3);
  CHECK(small.ops[0].style == 0);
  CHECK_FALSE(small.handler);
  CHECK(small.burst == 1);
}
