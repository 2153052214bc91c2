#include <catch2/catch.hpp>

#include "tests/unit/sim_core/fake_engines.h"

namespace coldforge::sim::test {

TEST_CASE("a DRAM load continues in the cycle after its beat, a store after its response",
          "[sim][timing]") {
  const FakeMachine machine;
  const isa::Arch::Dram& dram = machine.arch.dram;
  const std::vector<Buffer> buffers = {{"b", kDramBase, std::vector<std::uint8_t>(64), true, true}};
  const auto cycles_of = [&](const Code& access) {
    Code code = {lui(1, kDramBase >> 12)};
    append(code, access);
    append(code, exit_with(0));
    const RunResult result = machine.run(code, {}, buffers);
    REQUIRE(result.outcome == Outcome::Exited);
    return result.cycles - 4;  // lui and the exit
  };
  // A miss presented in t has its beat in t + miss: the load takes miss + 1 cycles.
  CHECK(cycles_of({lw(2, 1, 0)}) == dram.row_miss_cycles.count + 1);
  // The row is open then.
  CHECK(cycles_of({lw(2, 1, 0), lw(2, 1, 4)}) ==
        dram.row_miss_cycles.count + 1 + dram.row_hit_cycles.count + 1);
  // A store's beat comes in t + 1, its response write_response later.
  CHECK(cycles_of({sw(1, 2, 0)}) == 1 + dram.write_response_cycles.count + 1);
}

TEST_CASE("the core's stall for DRAM is charged to the result and the rest to work",
          "[sim][timing]") {
  const FakeMachine machine;
  const std::vector<Buffer> buffers = {{"b", kDramBase, std::vector<std::uint8_t>(64), true, true}};
  Code code = {lui(1, kDramBase >> 12), lw(2, 1, 0)};
  append(code, exit_with(0));
  const RunResult result = machine.run(code, {}, buffers);
  CHECK(result.units[0].cycles[static_cast<int>(Stall::Result)] ==
        machine.arch.dram.row_miss_cycles.count);
  CHECK(result.units[0].cycles[static_cast<int>(Stall::Busy)] == 5);
}

TEST_CASE("a trap costs a jump, and the counters of a handler see it", "[sim][timing]") {
  const FakeMachine machine;
  // Handler at 20 exits with mcycle.
  Code code = {addi(1, 0, 20), csrrw(0, 0x305, 1), kNop, kEbreak, kNop, csrrs(5, 0xb00, 0)};
  append(code, exit_with(5));
  const RunResult result = machine.run(code);
  CHECK(result.exit_code == 3 + machine.arch.scalar.taken_branch_cycles.count);
}

TEST_CASE("counter CSRs show what happened in the cycles before", "[sim][timing]") {
  const FakeMachine machine;
  const std::vector<Buffer> buffers = {{"b", kDramBase, std::vector<std::uint8_t>(64), true, true}};
  Code code = {lui(1, kDramBase >> 12),           lw(2, 1, 0),
               csrrs(5, kCsrDramReadBytes, 0),    tile(machine.isa, "tset.load", {0}),
               csrrs(6, kCsrInstructions + 1, 0), csrrs(7, kCsrInstructions + 1, 0),
               csrrs(8, kCsrInstructions + 1, 0), csrrs(9, kCsrInstructions + 1, 0)};
  // tset: issue t, start t + 1, done t + 2: counted in t + 3.
  code.push_back(r_type(0x13, 1, 0, 5, 5, 4));  // x5 = 4 << 4
  append(code, {add(5, 5, 6), add(5, 5, 7), add(5, 5, 8), add(5, 5, 9)});
  append(code, exit_with(5));
  const RunResult result = machine.run(code, {}, buffers);
  CHECK(result.exit_code == 4 * 16 + 0 + 0 + 1 + 1);
}

TEST_CASE("run-ahead is a matter of speed: its cap moves no cycle", "[sim][timing]") {
  const FakeMachine usual(10);
  const FakeMachine short_steps(10, {"scalar.run_ahead_instructions=1"});
  Code code;
  li(code, 3, 100);
  append(code, {addi(3, 3, -1), tile(usual.isa, "tset.load", {0}),
                tile(usual.isa, "twait.scalar", {0}), mul(4, 3, 3), branch(1, 3, 0, -16)});
  append(code, exit_with(0));
  const RunResult a = usual.run(code), b = short_steps.run(code);
  CHECK(a.outcome == Outcome::Exited);
  CHECK(a.cycles == b.cycles);
  CHECK(a.instructions == b.instructions);
}

}  // namespace coldforge::sim::test
