#include <catch2/catch.hpp>

#include "tests/unit/sim_core/fake_engines.h"

namespace coldforge::sim::test {
namespace {

std::vector<CommitRecord> trace_of(const FakeMachine& machine, Code code) {
  append(code, exit_with(0));
  RunOptions options;
  options.commit_trace = true;
  const RunResult result = machine.run(code, options);
  REQUIRE(result.outcome == Outcome::Exited);
  return result.trace;
}

/// `count` tokens that an engine takes one a cycle: they keep the queue busy and nothing else.
Code sets(const FakeMachine& machine, int count) {
  Code code;
  for (int i = 0; i < count; ++i) code.push_back(tile(machine.isa, "tset.load", {0}));
  return code;
}

}  // namespace

TEST_CASE("a queue of depth 1 runs at half rate, one of depth 2 at full rate", "[sim][timing]") {
  // Depth 1: issue 0, seen and popped in 1, free for the core in 2. Depth 2: the pop in 1 makes
  // room in 2, when the third arrives.
  const FakeMachine one(1, {"queue.depth=1"});
  const FakeMachine two(1, {"queue.depth=2"});
  const auto slow = trace_of(one, sets(one, 5));
  const auto fast = trace_of(two, sets(two, 5));
  for (int i = 0; i < 5; ++i) {
    CHECK(slow[static_cast<std::size_t>(i)].issue == 2 * i);
    CHECK(fast[static_cast<std::size_t>(i)].issue == i);
  }
}

TEST_CASE("an instruction starts in the cycle after its issue and not before", "[sim][timing]") {
  const FakeMachine machine(1);
  const auto trace = trace_of(machine, {kNop, kNop, tile(machine.isa, "tset.load", {0})});
  CHECK(trace[0].issue == 2);
  CHECK(trace[0].start == 3);
}

TEST_CASE("a flag is visible in the cycle after the set and not before", "[sim][timing]") {
  // The core sets in cycle 1; the engine, which has waited from cycle 1 on, takes it in 2.
  const FakeMachine machine(1);
  const auto trace = trace_of(
      machine, {tile(machine.isa, "twait.load", {0}), tile(machine.isa, "tset.scalar", {0})});
  CHECK(trace[0].start == 2);
  CHECK(trace[0].done == 3);

  // The engine sets in cycle 1 (issue 0); the core, there in cycle 1, goes on in 2.
  const auto other = trace_of(
      machine, {tile(machine.isa, "tset.load", {0}), tile(machine.isa, "twait.scalar", {0})});
  CHECK(other[1].issue == 1);
  CHECK(other[1].start == 2);
  // Set in cycle 1, core there in cycle 2: no wait.
  const auto later = trace_of(
      machine, {tile(machine.isa, "tset.load", {0}), kNop, tile(machine.isa, "twait.scalar", {0})});
  CHECK(later[1].issue == 2);
  CHECK(later[1].start == 2);
}

TEST_CASE("a barrier completes in the cycle in which the last instruction is done",
          "[sim][timing]") {
  const FakeMachine machine(1);
  // tset: issue 1, start 2, done 3; the barrier comes in cycle 2 and completes in 3.
  const auto waits = trace_of(machine, {addi(1, 0, 2), tile(machine.isa, "tset.load", {0}),
                                        tile(machine.isa, "tbarrier", {1})});
  CHECK(waits[1].issue == 2);
  CHECK(waits[1].start == 3);
  // One nop later it comes in cycle 3 and need not wait.
  const auto free = trace_of(machine, {addi(1, 0, 2), tile(machine.isa, "tset.load", {0}), kNop,
                                       tile(machine.isa, "tbarrier", {1})});
  CHECK(free[1].issue == 3);
  CHECK(free[1].start == 3);
  // Engines outside the mask do not count.
  const auto other = trace_of(machine, {addi(1, 0, 4), tile(machine.isa, "tset.load", {0}),
                                        tile(machine.isa, "tbarrier", {1})});
  CHECK(other[1].start == 2);
}

}  // namespace coldforge::sim::test
