#include <catch2/catch.hpp>

#include "sim/base/error.h"
#include "tests/lockstep/both_backends.h"
#include "tests/unit/sim_core/machine_code.h"

using namespace coldforge;
using namespace coldforge::sim::test;

TEST_CASE("the RTL of a machine is built on demand and runs a program", "[rtl_library]") {
  const sim::Machine machine = test::tiny_with_rtl();
  sim::RunOptions options;
  options.backend = sim::Backend::Rtl;
  const sim::RunResult result = machine.run(program_of(exit_with(0)), {}, options);
  CHECK(result.outcome == sim::Outcome::Exited);
  CHECK(result.cycles == 3);
  CHECK(result.instructions == 3);
}

TEST_CASE("a folder without RTL is refused", "[lockstep]") {
  sim::Machine machine(isa::Isa::load(), isa::load_arch("tiny"));
  sim::Machine::RtlOptions options;
  options.folder = "/nowhere";
  CHECK_THROWS_WITH(machine.load_rtl(options),
                    "/nowhere: holds no RTL: top/cf_npu.sv is not there");
}

TEST_CASE("an unknown backend is refused", "[lockstep]") {
  CHECK(sim::backend_named("both") == sim::Backend::Both);
  CHECK_THROWS_WITH(sim::backend_named("silicon"),
                    "--backend silicon: unknown; known: model, rtl, both");
}
