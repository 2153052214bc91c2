#include <catch2/catch.hpp>

#include "sim/engine/plan.h"
#include "sim/exec/semantics.h"
#include "tests/unit/sim_core/fake_engines.h"

namespace coldforge::sim::test {
namespace {

void check_same(const RunResult& a, const RunResult& b) {
  INFO(a.message);
  REQUIRE(a.outcome == Outcome::Exited);
  REQUIRE(b.outcome == Outcome::Exited);
  CHECK(a.cycles == b.cycles);
  CHECK(a.exit_code == b.exit_code);
  REQUIRE(a.trace.size() == b.trace.size());
  for (std::size_t i = 0; i < a.trace.size(); ++i) {
    CHECK(a.trace[i].issue == b.trace[i].issue);
    CHECK(a.trace[i].start == b.trace[i].start);
    CHECK(a.trace[i].done == b.trace[i].done);
  }
  for (int u = 0; u < isa::kUnits; ++u) {
    for (int s = 0; s < kStalls; ++s) CHECK(a.units[u].cycles[s] == b.units[u].cycles[s]);
  }
}

/// Loop head and tail: `body` runs `count` times; x3 counts.
Code looped(int count, const Code& body) {
  Code code;
  li(code, 3, static_cast<Word>(count));
  append(code, body);
  code.push_back(addi(3, 3, -1));
  code.push_back(branch(1, 3, 0, -4 * static_cast<std::int32_t>(body.size() + 1)));
  return code;
}

}  // namespace

TEST_CASE("constructing fake engines in the other order moves no cycle", "[sim][timing]") {
  const FakeMachine machine(7);
  RunOptions options;
  options.commit_trace = true;
  // Flags among all engines and the core, so that many of them wake in the same cycles.
  Code body;
  for (const char* unit : {"load", "store", "move", "matrix", "vector"}) {
    body.push_back(tile(machine.isa, std::string("tset.") + unit, {0}));
    body.push_back(tile(machine.isa, "twait.scalar", {0}));
  }
  append(body, {tile(machine.isa, "tset.load", {0}), tile(machine.isa, "twait.vector", {0}),
                tile(machine.isa, "tset.vector", {0}), tile(machine.isa, "twait.store", {0})});
  Code code = looped(40, body);
  append(code, exit_with(0));
  check_same(machine.run(code, options, {}, false), machine.run(code, options, {}, true));
}

TEST_CASE("constructing the engines in the other order moves no cycle and no counter",
          "[sim][timing]") {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  const std::vector<TilePlan> plans = make_plans(isa);
  const IssueCheck check(arch);
  const Semantics semantics(isa);
  const Plans engine_plans(isa, arch);
  constexpr Word kIn = kDramBase, kOut = kDramBase + 0x1000;
  const std::vector<Buffer> buffers = {{"in", kIn, std::vector<std::uint8_t>(1024), true, false},
                                       {"out", kOut, std::vector<std::uint8_t>(1024), true, true}};
  Code code;
  // t0 .. t3: 4 x 16 floats of Vec, one behind the other; v0 the input, v1 the output.
  for (int t = 0; t < 4; ++t) {
    append(code, {addi(1, 0, 0), addi(2, 0, 4), addi(4, 0, 16), tile(isa, "tnew", {t, 1, 2, 4})});
    li(code, 1, static_cast<Word>(256 * t));
    code.push_back(tile(isa, "tbase", {t, 1}));
  }
  for (int v = 0; v < 2; ++v) {
    append(code, {addi(1, 0, 0), addi(2, 0, 64), addi(4, 0, 1), tile(isa, "vnew", {v, 0, 0}),
                  tile(isa, "vlevel", {v, 1, 2, 4})});
    li(code, 1, v == 0 ? kIn : kOut);
    code.push_back(tile(isa, "vbase", {v, 1}));
  }
  // x10 sums counters that the core reads while engines work.
  append(code, {addi(20, 0, 1), addi(21, 0, 2), addi(22, 0, 3), addi(23, 0, 4), addi(24, 0, 0)});
  append(code, {tile(isa, "tset.vector", {23}), tile(isa, "tset.store", {22})});
  const Code body = {tile(isa, "twait.load", {23}),
                     tile(isa, "tload", {0, 0}),
                     tile(isa, "tset.load", {20}),
                     tile(isa, "twait.vector", {20}),
                     tile(isa, "tadd", {1, 0, 0}),
                     tile(isa, "tset.vector", {23}),
                     tile(isa, "tmul", {2, 1, 1}),
                     csrrs(25, kCsrBusyCycles + 1, 0),
                     add(24, 24, 25),
                     tile(isa, "twait.vector", {22}),
                     tile(isa, "texp", {3, 2}),
                     csrrs(25, kCsrDramReadBytes, 0),
                     add(24, 24, 25),
                     tile(isa, "tset.vector", {21}),
                     tile(isa, "twait.store", {21}),
                     tile(isa, "tstore", {1, 3}),
                     tile(isa, "tset.store", {22}),
                     csrrs(25, kCsrBusyCycles + 5, 0),
                     add(24, 24, 25),
                     csrrs(25, kCsrDramWriteBytes, 0),
                     add(24, 24, 25),
                     csrrs(25, kCsrInstructions + 5, 0),
                     add(24, 24, 25)};
  append(code, looped(30, body));
  append(code, exit_with(24));
  const Program program = program_of(code);
  RunOptions options;
  options.commit_trace = true;
  RunResult results[2];
  for (const bool reversed : {false, true}) {
    const EngineFactory engines = engine_factory(semantics, engine_plans, reversed);
    const auto run = [&] {
      const Platform::Setup setup{isa, arch, plans, check, engines};
      return Platform(setup, program, buffers, buffers.size(), options).run();
    };
    results[reversed ? 1 : 0] = start_child(run)->finish();
  }
  check_same(results[0], results[1]);
}

}  // namespace coldforge::sim::test
