#include <catch2/catch.hpp>
#include <cstring>
#include <numeric>

#include "tests/unit/sim_core/machine_code.h"

namespace coldforge::sim::test {
namespace {

constexpr Word kIn = kDramBase + 0x1000, kOut = kDramBase + 0x9000;

/// out = in + in over 16 x 64 floats, with or without the flags between the engines.
struct Doubling {
  isa::Isa isa = isa::Isa::load();
  Code code;
  int missing;  ///< which token to leave out, -1: none

  explicit Doubling(int missing_token) : missing(missing_token) {
    vec_tile(0, 0);
    vec_tile(1, 8192);
    view(0, kIn);
    view(1, kOut);
    code.push_back(tile(isa, "tload", {0, 0}));
    token(0, "tset.load", 1);
    token(1, "twait.vector", 1);
    code.push_back(tile(isa, "tadd", {1, 0, 0}));
    token(2, "tset.vector", 2);
    token(3, "twait.store", 2);
    code.push_back(tile(isa, "tstore", {1, 1}));
    append(code, exit_with(0));
  }
  void vec_tile(int t, Word base) {
    append(code, {addi(1, 0, 0), addi(2, 0, 16), addi(3, 0, 64), tile(isa, "tnew", {t, 1, 2, 3})});
    li(code, 1, base);
    code.push_back(tile(isa, "tbase", {t, 1}));
  }
  void view(int v, Word base) {
    append(code, {addi(1, 0, 0), addi(2, 0, 1024), addi(3, 0, 1), tile(isa, "vnew", {v, 1, 1})});
    append(code, {tile(isa, "vlevel", {v, 1, 2, 3})});
    li(code, 1, base);
    code.push_back(tile(isa, "vbase", {v, 1}));
  }
  void token(int number, const char* mnemonic, int flag) {
    if (number == missing) return;
    append(code, {addi(4, 0, flag), tile(isa, mnemonic, {4})});
  }
  static std::vector<Buffer> buffers() {
    std::vector<Buffer> list = {{"in", kIn, std::vector<std::uint8_t>(4096), true, false},
                                {"out", kOut, std::vector<std::uint8_t>(4096), true, true}};
    for (int i = 0; i < 1024; ++i) {
      const float value = static_cast<float>(i) / 4;
      std::memcpy(list[0].bytes.data() + 4 * i, &value, 4);
    }
    return list;
  }
};

}  // namespace

TEST_CASE("load, vector and store work together, and every stall reason is accounted for",
          "[sim][exec]") {
  for (const char* arch : {"edge", "tiny"}) {
    const Machine machine(isa::Isa::load(), isa::load_arch(arch));
    if (machine.arch().vec.size_bytes < 16384) continue;
    RunOptions options;
    options.commit_trace = options.critical_path = options.source_profile = true;
    const RunResult result =
        machine.run(program_of(Doubling(-1).code), Doubling::buffers(), options);
    INFO(result.message);
    REQUIRE(result.outcome == Outcome::Exited);
    for (int i = 0; i < 1024; ++i) {
      float value;
      std::memcpy(&value, result.buffers.at("out").data() + 4 * i, 4);
      REQUIRE(value == static_cast<float>(i) / 2);
    }
    for (const UnitStats& unit : result.units) {
      CHECK(std::accumulate(std::begin(unit.cycles), std::end(unit.cycles), std::int64_t{0}) ==
            result.cycles);
    }
    CHECK(result.dram.read_bytes == 4096);
    CHECK(result.dram.write_bytes == 4096);
    REQUIRE(result.trace.size() == 7);
    for (const CommitRecord& record : result.trace) {
      CHECK(record.issue < record.start);
      CHECK(record.start < record.done);
    }
    CHECK(result.trace.back().done == result.cycles);
    // The path: store, then vector, then load, then the scalar code that began it.
    REQUIRE(result.critical_path.size() >= 4);
    for (const PathStep& step : result.critical_path) {
      UNSCOPED_INFO(step.what << " " << step.because << " " << step.from << ".." << step.to);
    }
    CHECK(result.critical_path.front().what == "tstore");
    CHECK(result.critical_path.front().to == result.cycles);
    CHECK(result.critical_path.back().from == 0);
    for (std::size_t i = 0; i + 1 < result.critical_path.size(); ++i) {
      CHECK(result.critical_path[i].from == result.critical_path[i + 1].to);
    }
  }
}

TEST_CASE("a missing flag is a race even when the result is right, or a deadlock", "[sim][exec]") {
  const Machine machine(isa::Isa::load(), isa::load_arch("edge"));
  // Without the wait of the vector engine.
  const RunResult race =
      machine.run(program_of(Doubling(1).code), Doubling::buffers(), RunOptions());
  CHECK(race.outcome == Outcome::Race);
  REQUIRE_FALSE(race.races.empty());
  CHECK(race.races[0].memory == "Vec");
  CHECK(race.message.find("race: tload at pc") == 0);
  // Without the set of the load engine.
  const RunResult deadlock =
      machine.run(program_of(Doubling(0).code), Doubling::buffers(), RunOptions());
  CHECK(deadlock.outcome == Outcome::Deadlock);
  CHECK(deadlock.message.find("vector waits for flag 1") != std::string::npos);
  CHECK(deadlock.message.find("store waits for flag 2") != std::string::npos);
}

TEST_CASE("an engine's access outside of the buffers stops the machine and names the buffer",
          "[sim][exec]") {
  const Machine machine(isa::Isa::load(), isa::load_arch("edge"));
  std::vector<Buffer> buffers = Doubling::buffers();
  buffers[0].bytes.resize(4000);
  const RunResult result = machine.run(program_of(Doubling(-1).code), buffers, RunOptions());
  CHECK(result.outcome == Outcome::EngineFault);
  CHECK(result.message.find("load engine: tload at pc 0x") == 0);
  CHECK(result.message.find("in+") != std::string::npos);
}

TEST_CASE("runs are the same whatever else happens", "[sim][exec]") {
  const Machine machine(isa::Isa::load(), isa::load_arch("edge"));
  const Program program = program_of(Doubling(-1).code);
  RunOptions options;
  const RunResult first = machine.run(program, Doubling::buffers(), options);
  options.poison_seed = 77;
  auto a = machine.start(program, Doubling::buffers(), options);
  auto b = machine.start(program, Doubling::buffers(), options);
  const RunResult second = a->finish(), third = b->finish();
  CHECK(first.cycles == second.cycles);
  CHECK(second.cycles == third.cycles);
  CHECK(second.buffers == third.buffers);
  for (int u = 0; u < isa::kUnits; ++u) {
    CHECK(std::equal(std::begin(first.units[u].cycles), std::end(first.units[u].cycles),
                     std::begin(third.units[u].cycles)));
  }
}

}  // namespace coldforge::sim::test
