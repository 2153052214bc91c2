#include "sim/child.h"

#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>

#include "sim/base/error.h"

namespace coldforge::sim::test {
namespace {

std::string failure_of(const std::function<RunResult()>& run) {
  try {
    start_child(run)->finish();
  } catch (const InfrastructureError& error) {
    return std::string("infrastructure: ") + error.what();
  } catch (const UserError& error) {
    return std::string("user: ") + error.what();
  } catch (const InternalError& error) {
    return std::string("internal: ") + error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("the death of a run's process is an infrastructure error and nothing else",
          "[sim][child]") {
  CHECK(failure_of([]() -> RunResult {
          std::raise(SIGKILL);
          return {};
        }) == "infrastructure: the process of a run was killed by signal 9");
  CHECK(failure_of([]() -> RunResult { ::_exit(7); }) ==
        "infrastructure: the process of a run ended with code 7");
  CHECK(failure_of([]() -> RunResult { ::_exit(0); }) ==
        "infrastructure: the process of a run ended without an answer");
  CHECK(failure_of([] { return RunResult(); }) == "none");  // and the next run is well
}

TEST_CASE("errors of the child keep their kind and words", "[sim][child]") {
  CHECK(failure_of([]() -> RunResult { throw UserError("buffer x", "overlaps y: move it"); }) ==
        "user: buffer x: overlaps y: move it");
  CHECK(failure_of([]() -> RunResult { throw InternalError("broken"); }) == "internal: broken");
}

TEST_CASE("every member of a result comes back", "[sim][child]") {
  RunResult sent;
  sent.outcome = Outcome::Race;
  sent.exit_code = -3;
  sent.cycles = 1234567890123;
  sent.instructions = 42;
  sent.message = "m";
  sent.trap_cause = "t";
  sent.pc = 8;
  sent.fault_address = 9;
  sent.diverged_at = 10;
  sent.printed = std::string("a\0b", 3);
  sent.buffers["out"] = std::vector<std::uint8_t>(3'000'000, 7);  // more than a pipe holds
  sent.signature = {1, 2, 3};
  sent.units[2].cycles[1] = 5;
  sent.dram.row_hits = 6;
  sent.races.push_back({1, 2, 3, 4, "Vec", 5, 6, "race"});
  sent.trace.push_back({});
  sent.trace[0].seq = 77;
  sent.critical_path.push_back({isa::Unit::Move, 1, "w", "b", 2, 3});
  sent.pc_cycles[4] = 10;
  const RunResult got = start_child([&] { return sent; })->finish();
  CHECK(got.outcome == Outcome::Race);
  CHECK(got.exit_code == -3);
  CHECK(got.cycles == 1234567890123);
  CHECK(got.instructions == 42);
  CHECK(got.message == "m");
  CHECK(got.trap_cause == "t");
  CHECK(got.pc == 8);
  CHECK(got.fault_address == 9);
  CHECK(got.diverged_at == 10);
  CHECK(got.printed == sent.printed);
  CHECK(got.buffers == sent.buffers);
  CHECK(got.signature == sent.signature);
  CHECK(got.units[2].cycles[1] == 5);
  CHECK(got.dram.row_hits == 6);
  REQUIRE(got.races.size() == 1);
  CHECK(got.races[0].memory == "Vec");
  CHECK(got.races[0].message == "race");
  REQUIRE(got.trace.size() == 1);
  CHECK(got.trace[0].seq == 77);
  REQUIRE(got.critical_path.size() == 1);
  CHECK(got.critical_path[0].because == "b");
  CHECK(got.pc_cycles == sent.pc_cycles);
}

TEST_CASE("a pending run can be polled and cancelled without blocking", "[sim][child]") {
  auto stuck = start_child([]() -> RunResult {
    for (;;) ::pause();
  });
  CHECK_FALSE(stuck->ready());
  stuck->cancel();
  CHECK(stuck->ready());

  auto quick = start_child([] {
    RunResult r;
    r.cycles = 5;
    return r;
  });
  pollfd descriptor{quick->descriptor(), POLLIN, 0};
  while (!quick->ready()) ::poll(&descriptor, 1, -1);
  CHECK(quick->finish().cycles == 5);
}

}  // namespace coldforge::sim::test
