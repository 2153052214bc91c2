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
constexpr std::uint64_t kTrafficDigest = 0xa23b5eb2029946dc;

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

TEST_CASE("a store to a buffer that is not writable faults with its response", "[sim][timing]") {
  EngineBench bench("edge", {}, in_and_out());
  bench.store(rows_view(kDramBase + 64, kFp32, 1, 16, 16), dense(Memory::Vec, kFp32, 0, 1, 16));
  bench.run(1000);
  // Start 1, one line read in 1, request 2, beats 3 and 4, response 24.
  CHECK(bench.fault().cycle == 24);
  CHECK(bench.fault().reason == "store access fault: 64 bytes at in+64, not writable");
}

}  // namespace coldforge::sim::test
