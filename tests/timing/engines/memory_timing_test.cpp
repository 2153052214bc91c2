#include <catch2/catch.hpp>

#include "sim/load/load_timing.h"
#include "sim/mem/buffer_map.h"
#include "sim/mem/dram.h"
#include "sim/store/store_timing.h"
#include "tests/timing/engines/engine_bench.h"

namespace coldforge::sim::test {
namespace {

using isa::Memory;
constexpr ElementType kFp32 = ElementType::Fp32, kFp16 = ElementType::Fp16;

isa::Arch edge(const std::vector<std::string>& overrides = {}) {
  return isa::load_arch("edge", overrides);
}

}  // namespace

TEST_CASE("DRAM answers a hit after its latency, a miss later, and keeps a row open per bank",
          "[sim][timing]") {
  Dram dram(edge());
  // Row 0 of bank 0: never open before.
  const BurstTimes miss = dram.accept(10, false, 0, 64);
  CHECK_FALSE(miss.row_hit);
  CHECK(miss.first_beat() == 140);
  CHECK(miss.last_beat() == 141);
  CHECK(miss.response == 141);
  // Last byte of the same row: a hit. First byte of the next row: another bank, a miss.
  CHECK(dram.accept(200, false, 2047, 1).first_beat() == 300);
  CHECK(dram.accept(400, false, 2048, 1).first_beat() == 530);
  CHECK(dram.accept(600, false, 0, 1).row_hit);
  // Row 8 lies in bank 0 again and closes row 0.
  CHECK_FALSE(dram.accept(800, false, 8 * 2048, 1).row_hit);
  CHECK_FALSE(dram.accept(1000, false, 0, 1).row_hit);
  CHECK(dram.stats().row_hits == 2);
  CHECK(dram.stats().row_misses == 4);
}

TEST_CASE("bursts follow each other on the bus without a gap", "[sim][timing]") {
  Dram dram(edge());
  CHECK(dram.accept(0, false, 0, 512).last_beat() == 130 + 15);
  // Accepted in 1, a hit could begin in 101, but the bus is taken until 145.
  CHECK(dram.accept(1, false, 512, 512).first_beat() == 146);
  // A write accepted in 2 waits for the shared bus.
  const BurstTimes write = dram.accept(2, true, 1024, 32);
  CHECK(write.first_beat() == 162);
  CHECK(write.response == 162 + 20);
  // An unaligned range counts every beat that it touches.
  CHECK(dram.beats(31, 2) == 2);
  CHECK(dram.beats(32, 32) == 1);
}

TEST_CASE("a rate that does not divide a beat is kept exact", "[sim][timing]") {
  // 32 bytes at 24 a cycle: 21 1/3 sixteenths, rounded up to 22; the 17th beat of a stream begins
  // 16 * 22 / 16 = 22 later.
  Dram dram(edge({"dram.shared_bytes_per_cycle=24"}));
  const BurstTimes burst = dram.accept(0, false, 0, 512);
  CHECK(burst.beat_cycle(0) == 130);
  CHECK(burst.beat_cycle(1) == 132);  // 131.375
  CHECK(burst.beat_cycle(8) == 141);  // 141.0
  CHECK(dram.accept(1, false, 512, 32).first_beat() == 152);
  // A memory twice as fast as the bus still moves a beat a cycle each way, but both ways at once.
  Dram fast(edge({"dram.shared_bytes_per_cycle=64"}));
  CHECK(fast.accept(0, false, 0, 512).last_beat() == 145);
  CHECK(fast.accept(1, true, 512, 512).first_beat() == 138);
}

TEST_CASE("a run is cut at 4 KiB and after the longest burst", "[sim][timing]") {
  const BurstCutter cutter(edge());
  const auto cut = [&](std::uint32_t address, std::uint32_t elements) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pieces;
    ViewDesc view = rows_view(address, kFp32, 1, elements, 0);
    cutter.for_each_piece(view, [&](const BurstPiece& piece) {
      pieces.push_back({piece.address, piece.size_bytes});
    });
    return pieces;
  };
  using Pieces = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  CHECK(cut(0x1000, 128) == Pieces{{0x1000, 512}});
  CHECK(cut(0x1000, 129) == Pieces{{0x1000, 512}, {0x1200, 4}});
  // It begins in the middle of a beat, which counts: 4 bytes fewer fit.
  CHECK(cut(0x1004, 128) == Pieces{{0x1004, 508}, {0x1200, 4}});
  CHECK(cut(0x1f00, 128) == Pieces{{0x1f00, 256}, {0x2000, 256}});
}

TEST_CASE("rows whose stride is their length are one run, others are not", "[sim][timing]") {
  const LoadTiming timing(edge());
  LoadPlan plan;
  const TileDesc to = dense(Memory::Vec, kFp32, 0, 16, 8);
  timing.plan(rows_view(kDramBase, kFp32, 16, 8, 8), to, plan);
  CHECK(plan.requests == 1);
  CHECK(plan.banks.size() == 16);  // a step a beat: 32 bytes lie in one line
  timing.plan(rows_view(kDramBase, kFp32, 16, 8, 9), to, plan);
  CHECK(plan.requests == 16);
  CHECK(plan.group_end.size() ==
        16 + 14);  // rows of 36 bytes: all but those at multiples of 32 touch two beats
}

TEST_CASE("a beat takes a step for each line that its elements touch", "[sim][timing]") {
  const LoadTiming timing(edge());
  LoadPlan plan;
  const auto steps = [&](const TileDesc& to, ElementType from) {
    timing.plan(rows_view(kDramBase, from, to.rows, to.cols, static_cast<std::int32_t>(to.cols)),
                to, plan);
    return plan.banks.size();
  };
  CHECK(steps(dense(Memory::Vec, kFp32, 0, 1, 16), kFp32) == 2);  // two beats, each half a line
  CHECK(steps(dense(Memory::Vec, kFp32, 48, 1, 16), kFp32) ==
        3);  // the first beat lies across two lines
  CHECK(steps(dense(Memory::Vec, kFp32, 0, 1, 16), kFp16) == 1);  // one beat widens to one line
  CHECK(steps(dense(Memory::Vec, kFp32, 4, 1, 16), kFp16) == 2);
  CHECK(steps(tile(Memory::Vec, kFp32, 0, 1, 8, 0, 16), kFp32) == 8);  // a line an element
  CHECK(steps(dense(Memory::Left, kFp16, 0, 2, 16), kFp16) == 2);
}

TEST_CASE("elements outside of a view's bounds are written in groups without a request",
          "[sim][timing]") {
  const LoadTiming timing(edge());
  LoadPlan plan;
  ViewDesc view = rows_view(kDramBase, kFp32, 1, 40, 0);
  view.axis[1].low = 20;  // 20 elements of padding, then 20 of data
  timing.plan(view, dense(Memory::Vec, kFp32, 0, 1, 40), plan);
  REQUIRE(plan.pieces.size() == 2);
  CHECK_FALSE(plan.pieces[0].request);
  CHECK(plan.pieces[0].groups_end == 2);  // 16 and 4
  CHECK(plan.pieces[1].first == 20);
  CHECK(plan.pieces[1].size_bytes == 80);
}

TEST_CASE("a run ends with the fourth row, and levels that nest are one row", "[sim][timing]") {
  const LoadTiming timing(edge());
  LoadPlan plan;
  const auto requests = [&](const ViewDesc& view) {
    const std::uint32_t elements = view.level[0].extent * view.level[1].extent;
    timing.plan(view, dense(Memory::Vec, kFp32, 0, 1, elements), plan);
    return plan.requests;
  };
  // Rows of 4 adjacent elements that follow each other; the last row lies out of bounds, so that
  // the levels are not one: 4 valid rows are a run, the fifth is another.
  ViewDesc view = rows_view(kDramBase, kFp32, 5, 4, 4);
  view.axis[0].size = 4;
  CHECK(requests(view) == 1);
  CHECK(plan.pieces.size() == 2);
  view.level[0].extent = 6;
  view.axis[0].size = 5;
  CHECK(requests(view) == 2);
  CHECK(plan.pieces[0].count == 16);
  // All rows within bounds: one row of 24.
  view.axis[0].size = 6;
  CHECK(requests(view) == 1);
  // The first element out of bounds makes the inner level count, too.
  view.axis[1].low = 1;
  view.axis[1].size = 3;
  CHECK(requests(view) == 6);
  view.axis[1] = {1, 0, 4, 1};
  CHECK(requests(view) == 1);
  view.level[1].axis = 0;  // two levels on one axis: 0..3 and 0..5, one by one
  view.level[0].step = 4;
  view.axis[0] = {1, 0, 24, 1};
  CHECK(requests(view) == 2);  // rows 0..3, rows 4 and 5
  view = rows_view(kDramBase, kFp32, 6, 4, 2);
  view.axis[0].insertion = 2;  // rows 0, 2 and 4 exist
  CHECK(requests(view) == 3);
}

TEST_CASE("invalid runs end with the fourth row, and one behind another is marked",
          "[sim][timing]") {
  const LoadTiming timing(edge());
  LoadPlan plan;
  ViewDesc view = rows_view(kDramBase, kFp32, 9, 3, 3);
  view.axis[0].low = 8;  // 8 rows of padding, then a row of data
  view.axis[0].size = 1;
  timing.plan(view, dense(Memory::Vec, kFp32, 0, 1, 27), plan);
  REQUIRE(plan.pieces.size() == 3);
  CHECK(plan.pieces[0].count == 12);
  CHECK(plan.pieces[0].groups_end == 1);
  CHECK_FALSE(plan.pieces[0].is_second_pad);
  CHECK(plan.pieces[1].is_second_pad);
  CHECK(plan.pieces[2].request);
  // A group does not go on in the next run: 12 and 12 elements, not 16 and 8.
  CHECK(plan.pieces[1].groups_end == 2);
}

TEST_CASE("a store reads each burst's lines anew", "[sim][timing]") {
  const StoreTiming timing(edge());
  StorePlan plan;
  timing.plan(rows_view(kDramBase, kFp32, 1, 256, 0), dense(Memory::Vec, kFp32, 0, 1, 256), plan);
  CHECK(plan.bursts.size() == 2);
  CHECK(plan.banks.size() == 16);
  // 32 bytes into a line: each burst of 512 bytes touches 9 lines.
  timing.plan(rows_view(kDramBase, kFp32, 1, 256, 0), dense(Memory::Vec, kFp32, 32, 1, 256), plan);
  CHECK(plan.banks.size() == 18);
  // Every element a burst of its own: a step each, though all lie in one line.
  ViewDesc column = rows_view(kDramBase, kFp32, 1, 16, 0);
  column.axis[1].stride = 64;
  timing.plan(column, dense(Memory::Vec, kFp32, 0, 1, 16), plan);
  CHECK(plan.bursts.size() == 16);
  CHECK(plan.banks.size() == 16);
}

TEST_CASE("an access outside of the buffers names the nearest one", "[sim]") {
  const std::vector<Buffer> buffers = {
      {"x", kDramBase + 4096, std::vector<std::uint8_t>(64), true, false},
      {"out", kDramBase + 8192, std::vector<std::uint8_t>(4096), true, true}};
  BufferMap map(buffers);
  std::string problem;
  CHECK(map.readable(kDramBase + 4096, 64, &problem) != nullptr);
  CHECK(map.readable(kDramBase + 4096, 65, &problem) == nullptr);
  CHECK(problem == "65 bytes at x+0, 64 bytes long");
  CHECK(map.writable(kDramBase + 4100, 1, &problem) == nullptr);
  CHECK(problem == "1 byte at x+4, not writable");
  CHECK(map.writable(kDramBase + 8192 + 4096, 12, &problem) == nullptr);
  CHECK(problem == "12 bytes at out+4096, 4096 bytes long");
  CHECK(map.readable(kDramBase + 4088, 4, &problem) == nullptr);
  CHECK(problem == "4 bytes at x-8, 64 bytes long");
  CHECK(BufferMap({}).readable(kDramBase, 4, &problem) == nullptr);
  CHECK(problem == "4 bytes at 0x80000000, no buffer");
  const std::vector<Buffer> overlapping = {
      {"a", kDramBase, std::vector<std::uint8_t>(65), true, false},
      {"b", kDramBase + 64, std::vector<std::uint8_t>(4), true, false}};
  CHECK_THROWS_WITH(BufferMap(overlapping), "buffer b: overlaps buffer a");
}

}  // namespace coldforge::sim::test
