#include <catch2/catch.hpp>
#include <numeric>

#include "tests/unit/sim_core/fake_engines.h"

namespace coldforge::sim::test {
namespace {

/// x1 = kind, rows, cols = 4 in x2; t-register `t` is a tile of Vec.
void new_tile(const isa::Isa& isa, Code& code, int t, Word base = 0) {
  append(code, {addi(1, 0, 0), addi(2, 0, 4), tile(isa, "tnew", {t, 1, 2, 2})});
  li(code, 1, base);
  code.push_back(tile(isa, "tbase", {t, 1}));
}

}  // namespace

TEST_CASE("a program exits with a0, and the run ends when the machine is drained", "[sim][core]") {
  const FakeMachine machine(100);
  Code code = {addi(5, 0, 42)};
  append(code, exit_with(5));
  const RunResult plain = machine.run(code);
  CHECK(plain.outcome == Outcome::Exited);
  CHECK(plain.exit_code == 42);
  CHECK(plain.cycles == 4);
  CHECK(plain.instructions == 4);

  Code busy;
  for (int t = 0; t < 3; ++t) new_tile(machine.isa, busy, t);
  busy.push_back(tile(machine.isa, "tadd", {0, 1, 2}));  // issued in the last cycle before the exit
  append(busy, exit_with(0));
  const RunResult drained = machine.run(busy);
  CHECK(drained.outcome == Outcome::Exited);
  // Issue in cycle 18 (after 3 * 6 instructions for the tiles), start 19, done 119.
  CHECK(drained.cycles == 119);
}

TEST_CASE("print reads any memory and its output is cut at the limit", "[sim][core]") {
  const FakeMachine machine;
  Code code;
  li(code, kA1, kDramBase);
  append(code, {addi(kA2, 0, 5), addi(kA7, 0, 64), kEcall, kEcall});
  append(code, exit_with(0));
  const std::vector<Buffer> buffers = {{"text", kDramBase, {'h', 'e', 'l', 'l', 'o'}, true, false}};
  RunOptions options;
  options.print_limit_bytes = 8;
  const RunResult result = machine.run(code, options, buffers);
  CHECK(result.printed == "hellohel");
  CHECK(result.outcome == Outcome::Exited);

  li(code, kA1, kDramBase);
  Code bad;
  li(bad, kA1, kDramBase + 4);
  append(bad, {addi(kA2, 0, 5), addi(kA7, 0, 64), kEcall});
  const RunResult refused = machine.run(bad, options, buffers);
  CHECK(refused.outcome == Outcome::Trap);
  CHECK(refused.message == "load access fault at pc 0x00000010: print of 5 bytes at 0x80000004");
}

TEST_CASE("calls other than exit and print trap", "[sim][core]") {
  const FakeMachine machine;
  const RunResult result = machine.run({addi(kA7, 0, 1), kEcall});
  CHECK(result.outcome == Outcome::Trap);
  CHECK(result.trap_cause == "environment call");
  CHECK(result.message == "environment call at pc 0x00000004: a7 = 1");
  CHECK(result.pc == 4);
}

TEST_CASE("DRAM words are read and written over the bus, and permissions hold", "[sim][core]") {
  const FakeMachine machine;
  const std::vector<Buffer> buffers = {
      {"in", kDramBase, {1, 2, 3, 4}, true, false},
      {"out", kDramBase + 0x1000, std::vector<std::uint8_t>(8), true, true}};
  Code code;
  li(code, 1, kDramBase);
  li(code, 2, kDramBase + 0x1000);
  append(code, {lw(3, 1, 0), sw(2, 3, 4), lw(4, 2, 4)});
  append(code, exit_with(4));
  const RunResult result = machine.run(code, {}, buffers);
  CHECK(result.outcome == Outcome::Exited);
  CHECK(result.exit_code == 0x04030201);
  CHECK(result.buffers.size() == 1);
  CHECK(result.buffers.at("out") == std::vector<std::uint8_t>{0, 0, 0, 0, 1, 2, 3, 4});
  CHECK(result.dram.read_bytes == 8);
  CHECK(result.dram.write_bytes == 4);

  code[6] = sw(1, 3, 0);
  const RunResult refused = machine.run(code, {}, buffers);
  CHECK(refused.outcome == Outcome::Trap);
  CHECK(refused.trap_cause == "store access fault");
  CHECK(refused.fault_address == kDramBase);
  CHECK(refused.message == "store access fault at pc 0x00000018: 4 bytes at in+0, not writable");
}

TEST_CASE("an illegal tile operation is a precise trap that names operand, rule and values",
          "[sim][core]") {
  const FakeMachine machine;
  Code code;
  new_tile(machine.isa, code, 0);
  new_tile(machine.isa, code, 1);
  code.push_back(tile(machine.isa, "tadd", {0, 1, 2}));
  const RunResult result = machine.run(code);
  CHECK(result.outcome == Outcome::Trap);
  CHECK(result.trap_cause == "illegal tile operation");
  CHECK(result.message ==
        "illegal tile operation at pc 0x00000030: tadd t0, t1, t2: b has no extents (0 x 0)");
}

TEST_CASE("a change of a descriptor is checked again by an instruction that was legal before",
          "[sim][core]") {
  const FakeMachine machine;
  Code code;
  for (int t = 0; t < 3; ++t) new_tile(machine.isa, code, t);
  const auto loop = static_cast<std::int32_t>(4 * code.size());
  code.push_back(tile(machine.isa, "tadd", {0, 1, 2}));
  li(code, 1, 1 << 14);  // the end of tiny's Vec
  code.push_back(tile(machine.isa, "tbase", {2, 1}));
  code.push_back(jal(0, loop - static_cast<std::int32_t>(4 * code.size())));
  const RunResult result = machine.run(code);
  CHECK(result.outcome == Outcome::Trap);
  CHECK(result.message ==
        "illegal tile operation at pc 0x00000048: tadd t0, t1, t2: b covers bytes 16384 to 16447 "
        "of Vec, which "
        "has 16384");
}

TEST_CASE("renaming a mnemonic changes nothing", "[sim][core]") {
  // The behaviour follows exec, unit and operands: a machine whose instructions all have other
  // names runs the same words.
  const FakeMachine machine;
  Code code;
  for (int t = 0; t < 3; ++t) new_tile(machine.isa, code, t);
  append(code, {tile(machine.isa, "tadd", {0, 1, 2}), addi(3, 0, 32),
                tile(machine.isa, "tbarrier", {3})});
  append(code, exit_with(0));
  const RunResult plain = machine.run(code);

  std::vector<TilePlan> renamed = make_plans(machine.isa);
  std::vector<isa::Instruction> instructions = machine.isa.instructions();
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    instructions[i].name = "renamed" + std::to_string(i);
    renamed[i].instruction = &instructions[i];
  }
  const IssueCheck check(machine.arch);
  const Program program = program_of(code);
  const EngineFactory engines = [](const EngineWiring& wiring) {
    return std::make_unique<FakeEngines>(wiring, 10, false);
  };
  const RunResult other = start_child([&] {
                            return Platform({machine.isa, machine.arch, renamed, check, engines},
                                            program, {}, 0, RunOptions())
                                .run();
                          })->finish();
  CHECK(plain.outcome == Outcome::Exited);
  CHECK(other.outcome == Outcome::Exited);
  CHECK(other.cycles == plain.cycles);
}

TEST_CASE("a run that can never go on says who waits for what", "[sim][core]") {
  const FakeMachine machine;
  const RunResult core = machine.run({addi(1, 0, 3), tile(machine.isa, "twait.scalar", {1})});
  CHECK(core.outcome == Outcome::Deadlock);
  CHECK(core.message == "deadlock: scalar waits for flag 3 (pc 0x00000004)");

  Code code = {addi(1, 0, 2), tile(machine.isa, "twait.load", {1}), addi(2, 0, 2),
               tile(machine.isa, "tbarrier", {2})};
  const RunResult both = machine.run(code);
  CHECK(both.outcome == Outcome::Deadlock);
  CHECK(both.message ==
        "deadlock: scalar waits for the barrier of load (pc 0x0000000c); load waits for flag 2");
}

TEST_CASE("an exit while an engine waits for ever is a deadlock too", "[sim][core]") {
  const FakeMachine machine;
  Code code = {tile(machine.isa, "twait.vector", {0})};
  append(code, exit_with(0));
  const RunResult result = machine.run(code);
  CHECK(result.outcome == Outcome::Deadlock);
  CHECK(result.message == "deadlock: vector waits for flag 0");
}

TEST_CASE("limits end an endless loop exactly where they say", "[sim][core]") {
  const FakeMachine machine;
  RunOptions options;
  options.cycle_limit = Cycles(1000);
  const RunResult cycles = machine.run({kNop, jal(0, -4)}, options);
  CHECK(cycles.outcome == Outcome::CycleLimit);
  CHECK(cycles.cycles == 1000);
  CHECK(cycles.message == "not done after 1000 cycles (pc 0x00000004)");

  options.cycle_limit = Cycles(1'000'000'000);
  options.instruction_limit = 12345;
  const RunResult instructions = machine.run({kNop, jal(0, -4)}, options);
  CHECK(instructions.outcome == Outcome::InstructionLimit);
  CHECK(instructions.instructions == 12345);

  // The last cycle of the limit still counts: nop, three instructions of the exit.
  options.cycle_limit = Cycles(4);
  Code code = {kNop};
  append(code, exit_with(0));
  CHECK(machine.run(code, options).outcome == Outcome::Exited);
  options.cycle_limit = Cycles(3);
  CHECK(machine.run(code, options).outcome == Outcome::CycleLimit);
}

TEST_CASE("flag misuse by the core traps", "[sim][core]") {
  const FakeMachine machine;
  Code code(16, tile(machine.isa, "tset.scalar", {0}));
  const RunResult overflow = machine.run(code);
  CHECK(overflow.outcome == Outcome::Trap);
  CHECK(overflow.pc == 60);  // fifteen fit
  CHECK(overflow.message ==
        "illegal tile operation at pc 0x0000003c: flag 0 overflows: it counts to 15");

  const RunResult unknown = machine.run({addi(1, 0, 500), tile(machine.isa, "tset.scalar", {1})});
  CHECK(unknown.outcome == Outcome::Trap);
  CHECK(unknown.message.find("flag 500: this machine has flags 0 to") != std::string::npos);
}

TEST_CASE("stall reasons of the core add up to all cycles", "[sim][core]") {
  const FakeMachine machine(50);
  Code code;
  for (int t = 0; t < 3; ++t) new_tile(machine.isa, code, t);
  for (int i = 0; i < 6; ++i) code.push_back(tile(machine.isa, "tadd", {0, 1, 2}));
  append(code, {addi(3, 0, 32), tile(machine.isa, "tbarrier", {3})});
  append(code, exit_with(0));
  const RunResult result = machine.run(code);
  const UnitStats& core = result.units[0];
  CHECK(std::accumulate(std::begin(core.cycles), std::end(core.cycles), std::int64_t{0}) ==
        result.cycles);
  CHECK(core.cycles[static_cast<int>(Stall::QueueFull)] > 0);
  CHECK(core.cycles[static_cast<int>(Stall::Barrier)] > 0);
  CHECK(core.cycles[static_cast<int>(Stall::Busy)] ==
        static_cast<std::int64_t>(result.instructions));
}

TEST_CASE("two runs give the same result, and poison moves no cycle", "[sim][core]") {
  const FakeMachine machine;
  Code code;
  for (int t = 0; t < 3; ++t) new_tile(machine.isa, code, t);
  code.push_back(tile(machine.isa, "tadd", {0, 1, 2}));
  li(code, 5, kDtcmBase);
  append(code, {lw(6, 5, 64)});
  append(code, exit_with(6));
  RunOptions options;
  options.commit_trace = true;
  const RunResult a = machine.run(code, options);
  const RunResult b = machine.run(code, options);
  options.poison_seed = 9;
  const RunResult c = machine.run(code, options);
  CHECK(a.cycles == b.cycles);
  CHECK(a.exit_code == b.exit_code);
  CHECK(a.cycles == c.cycles);
  CHECK(a.exit_code != c.exit_code);
  REQUIRE(a.trace.size() == 1);
  CHECK(a.trace[0].done == b.trace[0].done);
}

}  // namespace coldforge::sim::test
