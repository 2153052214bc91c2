#include "sim/soc/flags.h"

#include <catch2/catch.hpp>

#include "tests/timing/engines/engine_bench.h"

namespace coldforge::sim::test {
namespace {

using isa::Memory;
using isa::Unit;
constexpr ElementType kFp32 = ElementType::Fp32;

/// Flags of one machine, and the faults that they told units of afterwards.
struct Flags {
  Flags() {
    for (int u = 0; u < isa::kUnits; ++u) {
      file.on_fault[u] = [this, u](std::uint64_t seq, const std::string& reason) {
        faults += std::string(isa::name_of(static_cast<Unit>(u))) + " " + std::to_string(seq) +
                  ": " + reason + ";";
      };
    }
  }
  FlagFile file{4};
  std::string faults;
};

/// Two engines that begin to wait for flag 5 in cycle 9, in which it shows 1.
struct Tie {
  explicit Tie(bool reversed) : bench("edge", {"queue.max_in_flight=1"}, {}, reversed) {
    set = bench.set_flag("move", 5);
    // Fetched in 2..5, written in 5..8, done in 9: until then no wait begins behind it.
    const auto one = [](std::uint32_t base) { return dense(Memory::Vec, kFp32, base, 4, 16); };
    work = bench.push(bench.command("tabs", {one(0), one(4096)}));
    higher = bench.wait_flag("vector", 5);
    lower = bench.wait_flag("store", 5, 8);
    bench.run(1000);
  }
  EngineBench bench;
  std::uint64_t set, work, higher, lower;
};

void check(const Tie& tie) {
  CHECK(tie.bench.record(tie.work).done == 9);
  CHECK(tie.bench.record(tie.lower).start == 9);
  CHECK(tie.bench.record(tie.lower).waited_seq == -1);
  CHECK(tie.bench.record(tie.higher).done == -1);
  CHECK(tie.bench.fault().seq == static_cast<std::int64_t>(tie.higher));
  CHECK(tie.bench.fault().cycle == 9);
  CHECK(tie.bench.fault().reason == "flag wait: another unit waits for flag 5 already");
}

}  // namespace

TEST_CASE("of two sets of a cycle that do not both fit the higher unit's is a fault",
          "[sim][timing]") {
  for (const bool lower_first : {true, false}) {
    Flags flags;
    for (std::uint64_t i = 0; i < 14; ++i) {
      REQUIRE(flags.file.set(1, Unit::Load, i, static_cast<std::int64_t>(i)));
    }
    if (lower_first) {
      CHECK(flags.file.set(1, Unit::Store, 20, 30));
      CHECK_FALSE(flags.file.set(1, Unit::Vector, 21, 30));
      CHECK(flags.faults.empty());
    } else {
      CHECK(flags.file.set(1, Unit::Vector, 21, 30));
      CHECK(flags.faults.empty());
      CHECK(flags.file.set(1, Unit::Store, 20, 30));
      CHECK(flags.faults == "vector 21: flag overflow: flag 1 counts 15 already;");
    }
    CHECK(flags.file.visible(1, 30) == 14);
    CHECK(flags.file.visible(1, 31) == 15);
    CHECK_FALSE(flags.file.set(1, Unit::Scalar, 22, 31));
  }
}

TEST_CASE("sets of one cycle are taken in the order of units", "[sim][timing]") {
  for (const bool lower_first : {true, false}) {
    Flags flags;
    CHECK(flags.file.set(1, lower_first ? Unit::Load : Unit::Vector, lower_first ? 1 : 5, 3));
    CHECK(flags.file.set(1, lower_first ? Unit::Vector : Unit::Load, lower_first ? 5 : 1, 3));
    REQUIRE(flags.file.begin_wait(1, Unit::Matrix, 9, 4));
    CHECK(flags.file.take(1, 4) == 1);
    REQUIRE(flags.file.begin_wait(1, Unit::Matrix, 10, 5));
    CHECK(flags.file.take(1, 5) == 5);
  }
}

TEST_CASE("of two waits that begin in one cycle the higher unit's is a fault", "[sim][timing]") {
  for (const bool lower_first : {true, false}) {
    for (const bool shows : {true, false}) {  // the first to come takes at once
      Flags flags;
      if (shows) REQUIRE(flags.file.set(2, Unit::Matrix, 7, 3));
      if (lower_first) {
        CHECK(flags.file.begin_wait(2, Unit::Store, 10, 4));
        if (shows) CHECK(flags.file.take(2, 4) == 7);
        CHECK_FALSE(flags.file.begin_wait(2, Unit::Move, 11, 4));
        CHECK(flags.faults.empty());
      } else {
        CHECK(flags.file.begin_wait(2, Unit::Move, 11, 4));
        if (shows) CHECK(flags.file.take(2, 4) == 7);
        CHECK(flags.file.begin_wait(2, Unit::Store, 10, 4));
        CHECK(flags.faults == "move 11: flag wait: another unit waits for flag 2 already;");
        if (shows) CHECK(flags.file.take(2, 4) == 7);
      }
      CHECK(flags.file.visible(2, 5) == 0);
    }
  }
}

TEST_CASE("a wait that began earlier is good, whatever its unit", "[sim][timing]") {
  Flags flags;
  REQUIRE(flags.file.begin_wait(2, Unit::Vector, 1, 4));
  CHECK_FALSE(flags.file.begin_wait(2, Unit::Load, 2, 5));
  CHECK(flags.faults.empty());
}

TEST_CASE("a unit still waits in the cycle in which it takes and not in the next",
          "[sim][timing]") {
  Flags flags;
  REQUIRE(flags.file.begin_wait(3, Unit::Vector, 1, 4));
  REQUIRE(flags.file.set(3, Unit::Load, 5, 5));
  REQUIRE(flags.file.set(3, Unit::Store, 6, 5));
  CHECK(flags.file.take(3, 6) == 5);
  CHECK_FALSE(flags.file.begin_wait(3, Unit::Load, 2, 6));
  CHECK(flags.faults.empty());
  CHECK(flags.file.begin_wait(3, Unit::Load, 2, 7));
  CHECK(flags.file.take(3, 7) == 6);
}

TEST_CASE("a tie of two engines goes to the lower one", "[sim][timing]") {
  const Tie tie(/*reversed=*/false);
  check(tie);
}

TEST_CASE("a tie of two engines goes to the lower one in the opposite order", "[sim][timing]") {
  const Tie tie(/*reversed=*/true);
  check(tie);
}

}  // namespace coldforge::sim::test
