#include "tests/rtl_bench/scalar/programs.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "tests/lockstep/both_backends.h"
#include "tests/unit/sim_core/machine_code.h"

using namespace coldforge;
using namespace coldforge::sim::test;
using coldforge::test::run_both;
using coldforge::test::tiny_with_rtl;

namespace {

constexpr std::uint32_t kIn = sim::kDramBase + 0x1000, kOut = sim::kDramBase + 0x3000;
constexpr std::uint32_t kBufferBytes = 1024;

std::vector<sim::Buffer> in_and_out() {
  std::vector<sim::Buffer> buffers = {
      {"in", kIn, std::vector<std::uint8_t>(kBufferBytes), true, false},
      {"out", kOut, std::vector<std::uint8_t>(kBufferBytes), true, true}};
  for (std::size_t i = 0; i < kBufferBytes; ++i)
    buffers[0].bytes[i] = static_cast<std::uint8_t>(i * 37);
  return buffers;
}

/// Tile `t` of 4 x 16 floats in Vec, view `v` of as many in DRAM.
void tile_of(const isa::Isa& isa, Code& code, int t, Word base) {
  append(code, {addi(1, 0, 0), addi(2, 0, 4), addi(3, 0, 16), tile(isa, "tnew", {t, 1, 2, 3})});
  li(code, 1, base);
  code.push_back(tile(isa, "tbase", {t, 1}));
}
void view_of(const isa::Isa& isa, Code& code, int v, Word base) {
  append(code, {addi(1, 0, 0), addi(2, 0, 64), addi(3, 0, 1), tile(isa, "vnew", {v, 1, 1})});
  append(code, {tile(isa, "vlevel", {v, 1, 2, 3})});
  li(code, 1, base);
  code.push_back(tile(isa, "vbase", {v, 1}));
}
void flag(const isa::Isa& isa, Code& code, const char* mnemonic, int number) {
  append(code, {addi(4, 0, number), tile(isa, mnemonic, {4})});
}

/// out = in + in; the load and the store may be moved.
Code doubling(const isa::Isa& isa, Word in, Word out) {
  Code code;
  tile_of(isa, code, 0, 0);
  tile_of(isa, code, 1, 1024);
  view_of(isa, code, 0, in);
  view_of(isa, code, 1, out);
  code.push_back(tile(isa, "tload", {0, 0}));
  flag(isa, code, "tset.load", 1);
  flag(isa, code, "twait.vector", 1);
  code.push_back(tile(isa, "tadd", {1, 0, 0}));
  flag(isa, code, "tset.vector", 2);
  flag(isa, code, "twait.store", 2);
  code.push_back(tile(isa, "tstore", {1, 1}));
  append(code, exit_with(0));
  return code;
}

}  // namespace

TEST_CASE("a load, an addition and a store agree cycle by cycle", "[lockstep]") {
  const sim::Machine machine = tiny_with_rtl();
  const sim::RunResult result =
      run_both(machine, program_of(doubling(machine.isa(), kIn, kOut)), in_and_out());
  INFO(result.message);
  CHECK(result.outcome == sim::Outcome::Exited);
}

TEST_CASE("a load outside of its buffer faults in the same cycle", "[lockstep]") {
  const sim::Machine machine = tiny_with_rtl();
  const sim::RunResult result = run_both(
      machine, program_of(doubling(machine.isa(), kIn + kBufferBytes - 64, kOut)), in_and_out());
  INFO(result.message);
  CHECK(result.outcome == sim::Outcome::EngineFault);
}

TEST_CASE("a store outside of its buffer faults in the same cycle", "[lockstep]") {
  const sim::Machine machine = tiny_with_rtl();
  const sim::RunResult result = run_both(
      machine, program_of(doubling(machine.isa(), kIn, kOut + kBufferBytes - 64)), in_and_out());
  INFO(result.message);
  CHECK(result.outcome == sim::Outcome::EngineFault);
}

TEST_CASE("the core's accesses at the ends of its memories agree cycle by cycle", "[lockstep]") {
  const sim::Machine machine = tiny_with_rtl();
  const auto itcm = static_cast<Word>(machine.arch().scalar.itcm_bytes);
  const Word dtcm = sim::kDtcmBase + static_cast<Word>(machine.arch().scalar.dtcm_bytes);
  for (const Word edge : {itcm, sim::kDtcmBase, dtcm, sim::kDramBase, kOut, kOut + kBufferBytes}) {
    for (const Word address : {edge - 4, edge}) {
      for (const bool stores : {false, true}) {
        Code code;
        li(code, 5, address);
        code.push_back(stores ? sw(5, 5, 0) : lw(6, 5, 0));
        append(code, exit_with(0));
        const sim::RunResult result = run_both(machine, program_of(code), in_and_out());
        INFO("address " << std::hex << address << (stores ? " stored: " : " loaded: ")
                        << result.message);
        const bool is_inside = (address < itcm && !stores) ||
                               (address >= sim::kDtcmBase && address < dtcm) ||
                               (address >= kOut && address < kOut + kBufferBytes);
        CHECK(result.outcome != sim::Outcome::Divergence);
        CHECK((result.outcome == sim::Outcome::Exited) == is_inside);
      }
    }
  }
}

TEST_CASE("a flag that counts too far faults in the same cycle", "[lockstep]") {
  const sim::Machine machine = tiny_with_rtl();
  Code code = {addi(4, 0, 3)};
  for (int i = 0; i < 20; ++i) code.push_back(tile(machine.isa(), "tset.vector", {4}));
  append(code, exit_with(0));
  const sim::RunResult result = run_both(machine, program_of(code));
  INFO(result.message);
  CHECK(result.outcome == sim::Outcome::EngineFault);
}

TEST_CASE("the cycle in which a fault stops the machine prints nothing any more", "[lockstep]") {
  const sim::Machine machine = tiny_with_rtl();
  const isa::Isa& isa = machine.isa();
  Code code;
  tile_of(isa, code, 0, 0);
  view_of(isa, code, 0, kIn + kBufferBytes - 64);
  code.push_back(tile(isa, "tload", {0, 0}));
  append(code, {addi(17, 0, 64), addi(12, 0, 1)});
  li(code, 11, sim::kDtcmBase);
  for (int i = 0; i < 400; ++i) code.push_back(kEcall);  // one a cycle
  append(code, exit_with(0));
  const sim::RunResult result = run_both(machine, program_of(code));
  INFO(result.message);
  CHECK(result.outcome == sim::Outcome::EngineFault);
  CHECK_FALSE(result.printed.empty());
}

TEST_CASE("a counter of DRAM counts requests that are not answered yet", "[lockstep]") {
  const sim::Machine machine = tiny_with_rtl();
  Code code;
  tile_of(machine.isa(), code, 0, 0);
  view_of(machine.isa(), code, 0, kIn);
  li(code, 5, sim::kDtcmBase);
  code.push_back(tile(machine.isa(), "tload", {0, 0}));
  append(code, {kNop, kNop, kNop, csrrs(6, 0xfd0, 0), sw(5, 6, 0)});
  append(code, exit_with(0));
  sim::RunOptions options;
  options.keep_memories = true;
  const sim::RunResult result = run_both(machine, program_of(code), in_and_out(), options);
  INFO(result.message);
  REQUIRE(result.outcome == sim::Outcome::Exited);
  CHECK(result.memories.at("DTCM").at(0) ==
        2 * 4 * 8);  // two bursts, as many as may be outstanding
}

TEST_CASE("a store of padding behind a slow one waits for its turn to retire", "[lockstep]") {
  const sim::Machine machine = tiny_with_rtl();
  Code code;
  tile_of(machine.isa(), code, 0, 0);
  view_of(machine.isa(), code, 0, kOut);
  view_of(machine.isa(), code, 1, kOut + 256);
  append(code, {addi(1, 0, 0), tile(machine.isa(), "vbound", {1, 1, 0, 0})});  // nothing is valid
  li(code, 4, 3);
  code.push_back(tile(machine.isa(), "tstore", {0, 0}));
  for (int i = 0; i < 3; ++i) code.push_back(tile(machine.isa(), "tset.store", {4}));
  code.push_back(tile(machine.isa(), "tstore", {1, 0}));
  append(code, exit_with(0));
  const sim::RunResult result = run_both(machine, program_of(code), in_and_out());
  INFO(result.message);
  CHECK(result.outcome == sim::Outcome::Exited);
}

TEST_CASE("a hazard holds behind a flag that is not set yet", "[lockstep]") {
  const sim::Machine machine = tiny_with_rtl();
  Code code;
  for (int t = 0; t < 4; ++t) tile_of(machine.isa(), code, t, static_cast<Word>(1024 * t));
  append(code, {addi(1, 0, 1), tile(machine.isa(), "tshape", {2, 1, 1}),
                tile(machine.isa(), "tshape", {3, 1, 1})});
  li(code, 4, 3);
  append(code, {tile(machine.isa(), "texp", {1, 0}), tile(machine.isa(), "tset.vector", {4})});
  for (int i = 0; i < 2; ++i) code.push_back(tile(machine.isa(), "tabs", {3, 2}));
  append(code, exit_with(0));
  sim::RunOptions options;
  options.commit_trace = true;
  const sim::RunResult result = run_both(machine, program_of(code), {}, options);
  INFO(result.message);
  REQUIRE(result.outcome == sim::Outcome::Exited);
  REQUIRE(result.trace.size() == 4);
  CHECK(result.trace[3].start == result.trace[2].done);
}

TEST_CASE("both find the race of a missing flag", "[lockstep]") {
  const sim::Machine machine = tiny_with_rtl();
  Code code;
  tile_of(machine.isa(), code, 0, 0);
  view_of(machine.isa(), code, 0, kIn);
  code.push_back(tile(machine.isa(), "tload", {0, 0}));
  code.push_back(tile(machine.isa(), "tabs", {0, 0}));
  append(code, exit_with(0));
  const sim::RunResult result = run_both(machine, program_of(code), in_and_out());
  INFO(result.message);
  CHECK(result.outcome == sim::Outcome::Race);
}

TEST_CASE("both notice a wait that never ends", "[lockstep]") {
  const sim::Machine machine = tiny_with_rtl();
  Code code;
  flag(machine.isa(), code, "twait.move", 5);
  append(code, exit_with(0));
  const sim::RunResult result = run_both(machine, program_of(code));
  INFO(result.message);
  CHECK(result.outcome == sim::Outcome::Deadlock);
}

TEST_CASE("both end at the cycle limit", "[lockstep]") {
  const sim::Machine machine = tiny_with_rtl();
  sim::RunOptions options;
  options.cycle_limit = Cycles(500);
  const sim::RunResult result = run_both(machine, program_of({jal(0, 0)}), {}, options);
  INFO(result.message);
  CHECK(result.outcome == sim::Outcome::CycleLimit);
}

TEST_CASE("random programs of the core agree cycle by cycle", "[lockstep]") {
  constexpr std::uint64_t kSeed = 11;
  constexpr std::uint64_t kPrograms = 40;
  const sim::Machine machine = tiny_with_rtl();
  const std::vector<sim::Buffer> buffers = {
      {"data", sim::kDramBase, std::vector<std::uint8_t>(8192), true, true}};
  sim::RunOptions options;
  options.cycle_limit = Cycles(3000);
  for (std::uint64_t number = 0; number < kPrograms; ++number) {
    sim::Program program = program_of(rtl_bench::random_program(machine.isa(), kSeed, number));
    program.entry = rtl_bench::kEntry;
    options.poison_seed = number;
    const sim::RunResult result = run_both(machine, program, buffers, options);
    INFO("seed " << kSeed << ", program " << number << ": " << result.message);
    CHECK(result.outcome != sim::Outcome::Divergence);
  }
}
