#include <catch2/catch.hpp>
#include <cstring>

#include "sim/base/random.h"
#include "tests/timing/engines/engine_bench.h"

namespace coldforge::sim::test {
namespace {

using isa::Memory;
constexpr ElementType kFp32 = ElementType::Fp32, kFp16 = ElementType::Fp16;

std::vector<Buffer> in_and_out() {
  Buffer in{"in", kDramBase, std::vector<std::uint8_t>(1 << 16), true, false};
  Buffer out{"out", kDramBase + (1 << 20), std::vector<std::uint8_t>(1 << 16), true, true};
  for (std::size_t i = 0; i < in.bytes.size(); ++i)
    in.bytes[i] = static_cast<std::uint8_t>(i * 31 + 5) & 0x3f;
  return {in, out};
}

/// Loads, adds, products, moves and stores that overlap in time as much as flags allow, on random
/// tiles.
std::vector<std::int64_t> random_traffic(EngineBench& bench) {
  Random random(41, stream_key("traffic"));
  std::vector<std::uint64_t> seqs;
  const auto place = [&](std::uint32_t region) { return region * 16384 + 4 * random.below(64); };
  for (int i = 0; i < 60; ++i) {
    const std::uint32_t rows = 1 + random.below(12), cols = 1 + random.below(40);
    const auto tile_at = [&](std::uint32_t region) {
      return tile(Memory::Vec, kFp32, place(region), rows, cols,
                  static_cast<std::int32_t>(cols + random.below(3)));
    };
    switch (random.below(6)) {
      case 0:
        seqs.push_back(
            bench.load(tile_at(0), rows_view(kDramBase + 4 * random.below(512), kFp32, rows, cols,
                                             static_cast<std::int32_t>(cols + random.below(2)))));
        break;
      case 1:
        seqs.push_back(
            bench.store(rows_view(kDramBase + (1 << 20) + 4 * random.below(512), kFp32, rows, cols,
                                  static_cast<std::int32_t>(cols + random.below(2))),
                        tile_at(1)));
        break;
      case 2:
        seqs.push_back(bench.push(bench.command("tadd", {tile_at(2), tile_at(3), tile_at(4)})));
        break;
      case 3:
        seqs.push_back(bench.push(
            bench.command("tmov", {tile_at(5), dense(Memory::Acc, kFp32, 0, rows, cols)})));
        break;
      case 4:
        seqs.push_back(bench.push(
            bench.command("tmov", {dense(Memory::Left, kFp16, 4096, rows, cols), tile_at(6)})));
        break;
      default:
        seqs.push_back(
            bench.push(bench.command("tmatmul.acc", {dense(Memory::Acc, kFp32, 16384, rows, 20),
                                                     dense(Memory::Left, kFp16, 0, rows, cols),
                                                     dense(Memory::Right, kFp16, 0, cols, 20)})));
    }
    if (random.below(5) == 0) {
      const char* units[] = {"load", "store", "move", "matrix", "vector"};
      const std::uint32_t from = random.below(5), to = random.below(5);
      if (from != to) {
        const auto flag = static_cast<std::uint32_t>(i % 32);
        seqs.push_back(bench.set_flag(units[from], flag));
        seqs.push_back(bench.wait_flag(units[to], flag));
      }
    }
  }
  bench.run(200000);
  std::vector<std::int64_t> cycles;
  for (const std::uint64_t seq : seqs) {
    const auto& record = bench.record(seq);
    cycles.insert(cycles.end(), {record.issue, record.start, record.done});
  }
  for (int u = 1; u < isa::kUnits; ++u) {
    const UnitStats stats = bench.stats(static_cast<isa::Unit>(u));
    std::int64_t sum = 0;
    for (const std::int64_t c : stats.cycles) {
      REQUIRE(c >= 0);
      sum += c;
      cycles.push_back(c);
    }
    REQUIRE(sum == 200000);
  }
  return cycles;
}

/// One number for all cycles: SystemC elaborates once a process, so two test cases compare through
/// it.
std::uint64_t digest_of(const std::vector<std::int64_t>& cycles) {
  std::uint64_t key = 0;
  for (const std::int64_t c : cycles) key = stream_key(static_cast<std::uint64_t>(c), key);
  return key;
}

}  // namespace

// The two cases below pin one digest: whichever order the units are constructed in, no cycle moves.
constexpr std::uint64_t kTrafficDigest = 0xbf65e92e64d79350;

TEST_CASE("random traffic of all engines keeps its cycles and its accounts", "[sim][timing]") {
  EngineBench bench("edge", {}, in_and_out());
  const std::vector<std::int64_t> cycles = random_traffic(bench);
  for (const std::int64_t c : cycles) REQUIRE(c >= 0);
  CHECK(bench.stats(isa::Unit::Load).cycles[static_cast<int>(Stall::Bank)] +
            bench.stats(isa::Unit::Store).cycles[static_cast<int>(Stall::Bank)] +
            bench.stats(isa::Unit::Move).cycles[static_cast<int>(Stall::Bank)] >
        0);
  CHECK(digest_of(cycles) == kTrafficDigest);
}

TEST_CASE("no cycle moves if the engines are constructed in the opposite order", "[sim][timing]") {
  EngineBench bench("edge", {}, in_and_out(), /*reversed=*/true);
  CHECK(digest_of(random_traffic(bench)) == kTrafficDigest);
}

TEST_CASE("a load that meets the vector engine in a bank holds and writes later", "[sim][timing]") {
  EngineBench bench("edge", {}, in_and_out());
  // One line of DRAM data reaches Vec in the cycle after its beat: start 1, request 1, beat 131,
  // write 132.
  const auto load =
      bench.load(dense(Memory::Vec, kFp32, 0, 1, 8), rows_view(kDramBase, kFp32, 1, 8, 8));
  // Writes bank 0 in every cycle from 128 + 3 on: rows 1024 bytes apart, fetched 128..137, written
  // 131..140.
  bench.push(bench.command("tabs", {tile(Memory::Vec, kFp32, 16384, 10, 16, 256),
                                    tile(Memory::Vec, kFp32, 65536, 10, 16, 16)}),
             127);
  bench.run(1000);
  CHECK(bench.record(load).done == 141 + 1);
  CHECK(bench.stats(isa::Unit::Load).cycles[static_cast<int>(Stall::Bank)] == 141 - 132);
}

TEST_CASE("a load stalls with all its bursts outstanding until one has left the buffer",
          "[sim][timing]") {
  // Two outstanding bursts of 4 beats of 8 bytes; 64 fp32 are 8 bursts.
  EngineBench bench("tiny", {}, in_and_out());
  const auto load =
      bench.load(dense(Memory::Vec, kFp32, 0, 1, 64), rows_view(kDramBase, kFp32, 1, 64, 64));
  const auto next =
      bench.load(dense(Memory::Vec, kFp32, 1024, 1, 8), rows_view(kDramBase, kFp32, 1, 8, 8));
  bench.run(5000);
  // Requests 1 and 2; beats 131..134, 135..138, each written a cycle later, so places are free in
  // 136 and 140 for requests 3 and 4 (hits): 236..239, 240..243, and so on every 105 cycles:
  // requests 7 and 8 in 346 and 350. The last beat comes in 350 + 100 + 3 = 453, is written in 454.
  CHECK(bench.record(load).done == 455);
  CHECK(bench.record(next).start == 351);
}

TEST_CASE("a flag is seen in the cycle after it was set, and a token behind work waits for its end",
          "[sim][timing]") {
  EngineBench bench("edge");
  const auto work = bench.push(bench.command(
      "tabs", {dense(Memory::Vec, kFp32, 0, 4, 16), dense(Memory::Vec, kFp32, 4096, 4, 16)}));
  const auto set = bench.set_flag("vector", 7);
  const auto behind = bench.push(bench.command(
      "tabs", {dense(Memory::Vec, kFp32, 8192, 4, 16), dense(Memory::Vec, kFp32, 4096, 4, 16)}));
  const auto wait = bench.wait_flag("move", 7);
  bench.run(1000);
  // Fetch 1..4, writes 4..7 (L = 3), done 8: the token fires in 8 and shows in 9.
  CHECK(bench.record(work).done == 8);
  CHECK(bench.record(set).start == 2);
  CHECK(bench.record(set).done == 9);
  CHECK(bench.record(behind).start == 5);  // the token does not hold it
  CHECK(bench.record(wait).start == 9);
  CHECK(bench.record(wait).done == 10);
  CHECK(bench.record(wait).waited_for == Stall::Flag);
  CHECK(bench.record(wait).waited_seq == static_cast<std::int64_t>(set));
}

TEST_CASE("an instruction waits until even a write without delay would be in order",
          "[sim][timing]") {
  EngineBench bench("edge");
  const auto one = [](std::uint32_t base) { return dense(Memory::Vec, kFp32, base, 1, 16); };
  const auto slow = bench.push(bench.command("texp", {one(0), one(4096)}));
  const auto odd = bench.push(bench.command("tabs", {one(8192), one(4100)}));
  const auto scale = one(12288), bias = one(12288 + 64), acc = dense(Memory::Acc, kFp32, 0, 1, 16);
  const auto epilogue =
      bench.push(bench.command("tmov.scale_bias_relu", {one(16384), acc, scale, bias}));
  const auto copy = bench.push(bench.command("tmov", {one(20480 + 128), one(24576 + 260)}));
  bench.run(1000);
  // Fetched in 1..4, written in 4 + 10 = 14.
  CHECK(bench.record(slow).start == 1);
  CHECK(bench.record(slow).done == 15);
  // A beat of one step would be written 3 after the start: not before 15, so it starts in 12. It
  // takes two steps, for it lies across two lines, and is written in 13 + 3.
  CHECK(bench.record(odd).start == 12);
  CHECK(bench.record(odd).waited_for == Stall::Hazard);
  CHECK(bench.record(odd).done == 17);
  // Issued in 2, fetched in 3, L = 2 + 7 (fma 4, conversion and max 3): written in 12.
  CHECK(bench.record(epilogue).start == 3);
  CHECK(bench.record(epilogue).done == 13);
  // L = 2: not before 13, so it starts in 11; two steps, written in 12 + 2.
  CHECK(bench.record(copy).start == 11);
  CHECK(bench.record(copy).done == 15);
}

TEST_CASE("no more instructions are in flight than the machine holds", "[sim][timing]") {
  EngineBench bench("edge", {"queue.max_in_flight=1"});
  const auto first = bench.push(bench.command(
      "tabs", {dense(Memory::Vec, kFp32, 0, 4, 16), dense(Memory::Vec, kFp32, 4096, 4, 16)}));
  const auto second = bench.push(bench.command(
      "tabs", {dense(Memory::Vec, kFp32, 8192, 4, 16), dense(Memory::Vec, kFp32, 4096, 4, 16)}));
  bench.run(1000);
  CHECK(bench.record(first).done == 8);
  CHECK(bench.record(second).start == 8);
  CHECK(bench.record(second).waited_for == Stall::Hazard);
}

TEST_CASE("an index outside of the source faults in the cycle that would read it",
          "[sim][timing]") {
  EngineBench bench("edge");
  const TileDesc index = dense(Memory::Vec, ElementType::Int32, 0, 1, 16);
  const std::int32_t indices[16] = {0, 1, 2, 64, 4};
  std::memcpy(bench.bytes(Memory::Vec), indices, sizeof indices);
  bench.push(bench.command("tgather", {dense(Memory::Vec, kFp32, 8192, 1, 16),
                                       dense(Memory::Vec, kFp32, 4096, 4, 16), index}));
  bench.run(1000);
  // Start 1: the index line in 1, elements from 2 on; the fourth in 5.
  CHECK(bench.fault().cycle == 5);
  CHECK(bench.fault().reason ==
        "gather index out of range: index 64 for element 3, the source has 64 elements");
}

TEST_CASE("an invalid run behind another costs a load a request, an only one nothing",
          "[sim][timing]") {
  EngineBench bench("edge", {}, in_and_out());
  const auto load = [&](std::uint32_t base, std::uint32_t rows, std::int32_t low) {
    ViewDesc view = rows_view(kDramBase, kFp32, rows, 4, 4);
    view.axis[0].low = low;  // rows [low, low + 4) are there
    view.axis[0].size = 4;
    return bench.load(dense(Memory::Vec, kFp32, base, 1, rows * 4), view);
  };
  const auto one = load(0, 8, 4), two = load(4096, 12, 8), behind = load(8192, 12, 0);
  const auto last = load(12288, 4, 0);
  bench.run(1000);
  // Start 1, 4 invalid rows share the cycle with the burst: 2 beats, 131 and 132; the groups of
  // pads were written at once.
  CHECK(bench.record(one).start == 1);
  CHECK(bench.record(one).done == 134);
  // The second four take cycle 2; the burst follows in 3: a hit, but the bus is taken until 132.
  CHECK(bench.record(two).start == 2);
  // Its burst in 4, then one invalid run free and one that takes 5.
  CHECK(bench.record(behind).start == 4);
  CHECK(bench.record(last).start == 6);
  // Beats 133 and 134 of the second, steps behind those of the first: pads in 134 and 135, beats in
  // 136 and 137. Then beats in 138 and 139, pads in 140 and 141; beats in 142 and 143.
  CHECK(bench.record(two).done == 138);
  CHECK(bench.record(behind).done == 142);
  CHECK(bench.record(last).done == 144);
  // Busy: requests in 1, 3, 4, 6, steps in 2 and 132..143. The invalid run alone (5) is not.
  CHECK(bench.stats(isa::Unit::Load).cycles[static_cast<int>(Stall::Busy)] == 4 + 1 + 12);
}

TEST_CASE("an invalid run behind another costs a store a step, an only one nothing",
          "[sim][timing]") {
  EngineBench bench("edge", {}, in_and_out());
  const auto store = [&](std::uint32_t rows, std::int32_t low, std::int32_t size) {
    ViewDesc view = rows_view(kDramBase + (1 << 20), kFp32, rows, 4, 4);
    view.axis[0].low = low;
    view.axis[0].size = size;
    return bench.store(view, dense(Memory::Vec, kFp32, 0, 1, rows * 4));
  };
  const auto one = store(8, 4, 4), two = store(12, 8, 4), behind = store(12, 0, 4);
  const auto nothing = store(4, 4, 1), little = store(8, 8, 1), much = store(12, 12, 1);
  const auto last = store(4, 0, 5);
  bench.run(1000);
  // One step, a line of 64 bytes.
  CHECK(bench.record(one).start == 1);
  // Step 2 has no port, step 3 reads the line.
  CHECK(bench.record(two).start == 2);
  // The line in 4, step 5 without a port behind it.
  CHECK(bench.record(behind).start == 4);
  // Nothing to store in one run, two and three: no step, one, two.
  CHECK(bench.record(nothing).start == 6);
  CHECK(bench.record(little).start == 7);
  CHECK(bench.record(much).start == 8);
  CHECK(bench.record(last).start == 10);
  // Requests in 2, 4, 5 and 11, two beats each: 3, 4; 5, 6; 7, 8; 12, 13; responses 20 later.
  CHECK(bench.record(one).done == 25);
  CHECK(bench.record(two).done == 27);
  CHECK(bench.record(behind).done == 29);
  CHECK(bench.record(much).done == 29);
  CHECK(bench.record(last).done == 34);
  CHECK(bench.stats(isa::Unit::Store).cycles[static_cast<int>(Stall::Busy)] == 10);
}

TEST_CASE("a store without data is done with its last step", "[sim][timing]") {
  EngineBench bench("edge", {}, in_and_out());
  ViewDesc view = rows_view(kDramBase + (1 << 20), kFp32, 4, 4, 4);
  view.axis[0].low = 20;  // nothing of 20 rows is there
  view.axis[0].size = 1;
  const auto four = bench.store(view, dense(Memory::Vec, kFp32, 0, 1, 16));
  view.level[0].extent = 20;
  const auto twenty = bench.store(view, dense(Memory::Vec, kFp32, 0, 1, 80));
  bench.run(1000);
  CHECK(bench.record(four).done == 2);
  // Five runs: four steps, 2..5.
  CHECK(bench.record(twenty).start == 2);
  CHECK(bench.record(twenty).done == 6);
}

TEST_CASE("a store to a buffer that is not writable faults with its response", "[sim][timing]") {
  EngineBench bench("edge", {}, in_and_out());
  bench.store(rows_view(kDramBase + 64, kFp32, 1, 16, 16), dense(Memory::Vec, kFp32, 0, 1, 16));
  bench.run(1000);
  // Start 1, one line read in 1, request 2, beats 3 and 4, response 24.
  CHECK(bench.fault().cycle == 24);
  CHECK(bench.fault().reason == "store access fault: 64 bytes at in+64, not writable");
}

}  // namespace coldforge::sim::test
