#include <catch2/catch.hpp>
#include <cstdio>

#include "VBeatsMove.h"
#include "VBeatsVector.h"
#include "isa/arch.h"
#include "tests/rtl_bench/beats/pipe_bench.h"

namespace coldforge::rtl_bench {
namespace {

template <typename Top>
void check_pipe(isa::Unit unit, std::uint64_t seed, int batches) {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  PipeBench<Top> bench(isa, arch, unit, seed);
  INFO("seed " << seed);
  REQUIRE(bench.run(batches) == "");
  CHECK(bench.instructions() > batches);
  if (unit == isa::Unit::Vector) CHECK(bench.faults() > 0);
  if (batches > 400) {
    fmt::print("seed {}: {} instructions, {} cycles, {} faults\n", seed, bench.instructions(),
               bench.cycles(), bench.faults());
    std::fflush(stdout);
  }
  // Every instruction of the unit has been there.
  for (const isa::Instruction& instruction : isa.instructions()) {
    if (instruction.unit != unit || instruction.exec == "tset" || instruction.exec == "twait") {
      continue;
    }
    CHECK(bench.names().count(instruction.name) == 1);
  }
}

}  // namespace

TEST_CASE("the vector pipe asks, writes and computes as the model does, for random instructions",
          "[rtl]") {
  check_pipe<VBeatsVector>(isa::Unit::Vector, 1, 400);
}

TEST_CASE("the move pipe asks, writes and computes as the model does, for random instructions",
          "[rtl]") {
  check_pipe<VBeatsMove>(isa::Unit::Move, 2, 400);
}

TEST_CASE("every vector and move instruction computes as the model does, for all types of tiles",
          "[rtl]") {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  constexpr std::uint32_t kTimes = 3;
  PipeBench<VBeatsVector> vector(isa, arch, isa::Unit::Vector, 3);
  REQUIRE(vector.run_all_types(kTimes) == "");
  PipeBench<VBeatsMove> move(isa, arch, isa::Unit::Move, 4);
  REQUIRE(move.run_all_types(kTimes) == "");
  CHECK(vector.instructions() > 500);
  CHECK(move.instructions() > 500);
}

TEST_CASE("both pipes do so for many seeds", "[.long]") {
  for (std::uint64_t seed = 100; seed < 110; ++seed) {
    check_pipe<VBeatsVector>(isa::Unit::Vector, seed, 2000);
    check_pipe<VBeatsMove>(isa::Unit::Move, seed, 2000);
  }
}

}  // namespace coldforge::rtl_bench
