#include "sim/vector/beat_timing.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "sim/base/random.h"
#include "tests/timing/engines/engine_bench.h"

namespace coldforge::sim::test {
namespace {

using isa::Memory;
constexpr ElementType kFp32 = ElementType::Fp32, kFp16 = ElementType::Fp16;

struct Fixture {
  explicit Fixture(const std::string& name = "edge", const std::vector<std::string>& overlays = {})
      : isa(isa::Isa::load(overlays)),
        arch(isa::load_arch(name)),
        plans(isa, arch),
        memories(arch),
        timing(arch, memories) {}

  const BeatSchedule& plan(const std::string& name, const std::vector<TileDesc>& tiles) {
    command = {};
    command.instruction = isa.find(name);
    std::size_t next = 0;
    for (std::size_t i = 0; i < command.instruction->operands.size(); ++i) {
      if (command.instruction->operands[i].kind == isa::OperandKind::Tile) {
        command.tile[i] = tiles.at(next++);
      }
    }
    return plan();
  }
  const BeatSchedule& plan() {
    timing.plan(command, plans[*command.instruction], schedule);
    return schedule;
  }

  std::int64_t earliest_write() const {
    return timing.earliest_write(command, plans[*command.instruction]);
  }

  const isa::Isa isa;
  const isa::Arch arch;
  const Plans plans;
  TileMemories memories;
  BeatTiming timing;
  Command command;
  BeatSchedule schedule;
};

TileDesc vec(ElementType type, std::uint32_t base, std::uint32_t rows, std::uint32_t cols,
             std::int32_t row_stride, std::int32_t col_stride = 1) {
  return {Memory::Vec, type, base, rows, cols, row_stride, col_stride};
}

using Line = std::pair<int, std::int64_t>;  // side, line
using AskMap = std::map<std::int64_t, std::set<std::pair<int, int>>>;

/// "Lines of a segment" and "Rounds" of sim/README.md, said as plainly as possible.
struct PlainBeats {
  const Fixture& fixture;
  AskMap asks;

  const isa::TileMemoryArch& memory(Memory which) const {
    const isa::TileMemoryArch* all[] = {&fixture.arch.vec, &fixture.arch.left, &fixture.arch.right,
                                        &fixture.arch.acc};
    return *all[static_cast<int>(which)];
  }
  int bank(const Line& line) const {
    const int side = line.first;
    const Memory which = side <= 1   ? Memory::Vec
                         : side == 2 ? Memory::Left
                         : side == 3 ? Memory::Right
                                     : Memory::Acc;
    return static_cast<int>(line.second % memory(which).banks);
  }
  std::vector<Line> segment(const TileDesc& tile, bool write, std::int64_t row, std::int64_t col,
                            std::int64_t count) const {
    if (tile.rows == 1) row = 0;
    if (tile.cols == 1) col = 0, count = 1;
    if (tile.col_stride == 0) count = 1;
    const int side = static_cast<int>(port_side(tile.memory, write));
    const std::int64_t line_bytes = memory(tile.memory).line_bytes;
    std::vector<Line> lines;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t line = element_address(tile, row, col + i) / line_bytes;
      if (lines.empty() || lines.back().second != line) lines.push_back({side, line});
    }
    return lines;
  }
  std::int64_t rounds(const std::vector<std::vector<Line>>& lists, std::int64_t first) {
    std::int64_t steps = 0;
    for (std::size_t j = 0;; ++j) {
      std::map<std::pair<int, int>, std::vector<Line>> by_port;
      for (const auto& list : lists) {
        if (j >= list.size()) continue;
        auto& lines = by_port[{list[j].first, bank(list[j])}];
        if (std::find(lines.begin(), lines.end(), list[j]) == lines.end()) lines.push_back(list[j]);
      }
      if (by_port.empty()) return steps;
      std::size_t longest = 0;
      for (const auto& [port, lines] : by_port) {
        longest = std::max(longest, lines.size());
        for (std::size_t i = 0; i < lines.size(); ++i) {
          asks[first + steps + static_cast<std::int64_t>(i)].insert(port);
        }
      }
      steps += static_cast<std::int64_t>(longest);
    }
  }
};

AskMap as_map(const BeatSchedule& schedule) {
  AskMap map;
  for (const BeatSchedule::Ask& ask : schedule.asks) {
    for (int bank = 0; bank < 64; ++bank) {
      if (ask.banks >> bank & 1) map[ask.step].insert({static_cast<int>(ask.side), bank});
    }
  }
  return map;
}

TileDesc random_tile(Random& random, std::uint32_t base, ElementType type, std::uint32_t rows,
                     std::uint32_t cols) {
  const auto size = static_cast<std::uint32_t>(size_bytes(type));
  TileDesc tile = vec(type, base + 8192 + size * random.below(40), rows, cols,
                      static_cast<std::int32_t>(cols + random.below(4)), 1);
  if (random.below(4) == 0) tile.col_stride = static_cast<std::int32_t>(random.below(7)) - 3;
  if (tile.col_stride == 0) tile.col_stride = 2;
  if (random.below(5) == 0) tile.row_stride = -tile.row_stride;
  return tile;
}

}  // namespace

TEST_CASE("beats ask for their lines as the contract says, for random tiles", "[sim][timing]") {
  Random random(31, stream_key("beats"));
  int wrong = 0;
  for (const char* arch : {"edge", "tiny"}) {
    Fixture fixture(arch);
    const std::int64_t lanes = fixture.arch.vector.lanes;
    for (int trial = 0; trial < 400; ++trial) {
      const char* names[] = {"tadd", "tfma", "texp", "trowsum", "tcolmax", "tscan.add"};
      const std::string name = names[random.below(6)];
      const std::uint32_t rows = 1 + random.below(6), cols = 1 + random.below(50);
      const bool row_end = name == "trowsum", columns = name == "tcolmax" || name == "tscan.add";
      const bool column_end = name == "tcolmax";
      std::vector<TileDesc> tiles = {
          random_tile(random, 0, kFp32, column_end ? 1 : rows, row_end ? 1 : cols)};
      const int sources = name == "tadd" ? 2 : name == "tfma" ? 3 : 1;
      for (int i = 1; i <= sources; ++i) {
        const bool broadcast = sources > 1 && random.below(5) == 0;
        tiles.push_back(random_tile(random, static_cast<std::uint32_t>(i % 2) * 64, kFp32,
                                    broadcast ? 1 : rows, cols));
      }
      if (tiles[0].rows != rows && !column_end) continue;
      const BeatSchedule& got = fixture.plan(name, tiles);

      PlainBeats plain{fixture, {}};
      const std::int64_t latency = name == "tfma"   ? 6
                                   : name == "texp" ? 10
                                   : name == "tadd" ? 5
                                   : row_end        ? 8
                                                    : 2;
      const std::int64_t sfu = name == "texp" ? lanes / fixture.arch.vector.sfu_elems_per_cycle : 0;
      std::int64_t step = 0, write_before = 0, first_write = -1, last_write = -1;
      const auto beat = [&](std::int64_t r, std::int64_t c) {
        const std::int64_t count = std::min<std::int64_t>(lanes, cols - c);
        std::vector<std::vector<Line>> reads, writes;
        for (int i = 1; i <= sources; ++i) {
          reads.push_back(plain.segment(tiles[static_cast<std::size_t>(i)], false, r, c, count));
        }
        if ((!row_end || c + count == cols) && (!column_end || r + 1 == rows)) {
          writes.push_back(plain.segment(tiles[0], true, r, c, count));
        }
        const std::int64_t fetch = plain.rounds(reads, step);
        step += std::max({std::int64_t{1}, fetch, write_before, sfu});
        write_before = plain.rounds(writes, step - 1 + latency);
        if (write_before == 0) return;
        if (first_write < 0) first_write = step - 1 + latency;
        last_write = step - 1 + latency + write_before - 1;
      };
      if (columns) {
        for (std::int64_t c = 0; c < cols; c += lanes) {
          for (std::int64_t r = 0; r < rows; ++r) beat(r, c);
        }
      } else {
        for (std::int64_t r = 0; r < rows; ++r) {
          for (std::int64_t c = 0; c < cols; c += lanes) beat(r, c);
        }
      }
      const std::int64_t beats = row_end ? (cols + lanes - 1) / lanes : column_end ? rows : 1;
      const std::int64_t earliest = fixture.earliest_write();
      wrong += earliest != beats * std::max<std::int64_t>(1, sfu) - 1 + latency;
      wrong += earliest > got.first_write;
      const bool same = got.fetch_steps == step && got.first_write == first_write &&
                        got.last_write == last_write && as_map(got) == plain.asks;
      wrong += !same;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("a beat costs a cycle a line, and more where lines meet in a bank", "[sim][timing]") {
  Fixture fixture;
  const TileDesc dst = vec(kFp32, 0, 1, 16, 16);
  // Aligned: one line. One element further: two lines, one cycle more.
  CHECK(fixture.plan("texp", {dst, vec(kFp32, 4096, 1, 16, 16)}).fetch_steps ==
        4);  // 16 elements / 4 a cycle
  CHECK(fixture.plan("tabs", {dst, vec(kFp32, 4096, 1, 16, 16)}).fetch_steps == 1);
  CHECK(fixture.plan("tabs", {dst, vec(kFp32, 4096 + 4, 1, 16, 16)}).fetch_steps == 2);
  CHECK(fixture.plan("tabs", {vec(kFp32, 0, 1, 15, 15), vec(kFp32, 4096 + 4, 1, 15, 15)})
            .fetch_steps == 1);
  // Two sources 1024 bytes apart (16 banks of 64) meet in a bank; 1024 + 64 apart they do not; the
  // same line is read once.
  const TileDesc a = vec(kFp32, 4096, 1, 16, 16);
  CHECK(fixture.plan("tadd", {dst, a, vec(kFp32, 8192, 1, 16, 16)}).fetch_steps == 2);
  CHECK(fixture.plan("tadd", {dst, a, vec(kFp32, 8192 + 64, 1, 16, 16)}).fetch_steps == 1);
  CHECK(fixture.plan("tadd", {dst, a, a}).fetch_steps == 1);
  // Column stride 2: 16 elements lie in 2 lines; 16: one line each; 0: one.
  CHECK(fixture.plan("tabs", {dst, vec(kFp32, 4096, 1, 16, 32, 2)}).fetch_steps == 2);
  CHECK(fixture.plan("tabs", {dst, vec(kFp32, 4096, 1, 16, 256, 16)}).fetch_steps == 16);
  CHECK(fixture.plan("tabs", {dst, vec(kFp32, 4096, 1, 16, 16, 0)}).fetch_steps == 1);
}

TEST_CASE("a slow write holds the beat behind it, not its own", "[sim][timing]") {
  Fixture fixture;
  const TileDesc a = vec(kFp32, 4096, 2, 16, 16);
  // Each result beat of columns 16 apart takes 16 write steps: beat 0 is fetched in step 0, beat 1
  // occupies 16 steps.
  const BeatSchedule& schedule = fixture.plan("tabs", {vec(kFp32, 0, 2, 16, 256, 16), a});
  CHECK(schedule.fetch_steps == 1 + 16);
  CHECK(schedule.first_write == 0 + 3);           // L = 2 + 1
  CHECK(schedule.last_write == 16 + 3 + 16 - 1);  // beat 1 ends in step 16
}

TEST_CASE("reductions, scans, transposes and gathers have their own pace", "[sim][timing]") {
  Fixture fixture;
  const TileDesc a = vec(kFp32, 4096, 4, 40, 48);
  // Three beats a row, the result of a row 2 + 6 after its last beat (steps 2, 5, 8, 11).
  const BeatSchedule row = fixture.plan("trowsum", {vec(kFp32, 0, 4, 1, 1), a});
  CHECK(row.fetch_steps == 12);
  CHECK(row.first_write == 2 + 8);
  CHECK(row.last_write == 11 + 8);
  // Three groups of four rows; one line a group.
  const BeatSchedule column = fixture.plan("tcolsum", {vec(kFp32, 0, 1, 40, 40), a});
  CHECK(column.fetch_steps == 12);
  CHECK(column.first_write == 3 + 2);
  CHECK(column.last_write == 11 + 2);
  // Two blocks: 16 x 4 reads a line for each of 16 source rows... the result is 40 x 4: blocks of
  // 16, 16 and 8 rows, each reads 4 segments (aligned: one line each) and writes 16, 16, 8 rows of
  // 4 elements, a line each.
  const BeatSchedule block = fixture.plan("ttrans", {vec(kFp32, 0, 40, 4, 16), a});
  CHECK(block.fetch_steps == 4 + 16 + 16);
  CHECK(block.first_write == 3 + 2);
  CHECK(block.last_write == 35 + 2 + 8 - 1);
  // An index line, then a cycle an element: 17 for 16, 6 for 5.
  const TileDesc index = {Memory::Vec, ElementType::Int32, 16384, 1, 21, 21, 1};
  const BeatSchedule gather = fixture.plan("tgather", {vec(kFp32, 0, 1, 21, 21), a, index});
  CHECK(gather.fetch_steps == 17 + 6);
  CHECK(gather.bad_step == -1);
  // A fill reads nothing: a step a beat.
  const BeatSchedule fill = fixture.plan("tci", {vec(kFp32, 0, 4, 40, 48)});
  CHECK(fill.fetch_steps == 12);
  CHECK(fill.last_write == 11 + 2);
}

TEST_CASE("a move pays a step for a conversion and may read two memories at once",
          "[sim][timing]") {
  Fixture fixture;
  const TileDesc acc = {Memory::Acc, kFp32, 0, 4, 16, 16, 1};
  CHECK(fixture.plan("tmov", {vec(kFp32, 0, 4, 16, 16), acc}).last_write == 3 + 2);
  CHECK(fixture.plan("tmov", {vec(kFp16, 0, 4, 16, 16), acc}).last_write == 3 + 3);
  // Conversion of an int32 accumulator 2, fma 4, max 1; scale and bias meet in a bank of Vec, acc
  // is read beside them.
  const TileDesc scale = vec(kFp32, 4096, 1, 16, 16), bias = vec(kFp32, 8192, 1, 16, 16);
  const BeatSchedule epilogue =
      fixture.plan("tmov.scale_bias_relu", {vec(kFp32, 0, 4, 16, 16), acc, scale, bias});
  CHECK(epilogue.fetch_steps == 8);
  CHECK(epilogue.last_write == 7 + 2 + 7);
}

TEST_CASE("a view of a tile memory reads a line for each run in a beat", "[sim][timing]") {
  Fixture fixture;
  const TileDesc from = vec(kFp32, 4096, 1, 1, 1), to = vec(kFp32, 0, 2, 16, 16);
  fixture.plan("tmov", {to, to});  // sets the command up; its source follows
  fixture.command.instruction = fixture.isa.find("tmov.view");
  fixture.command.tile[1] = from;
  ViewDesc& view = fixture.command.view;
  view.levels = 2;
  view.level[0] = {8, 0, 1};
  view.level[1] = {4, 1, 1};
  view.axis[0].stride = 32;  // 128 bytes: each run of 4 elements in a line of its own
  view.axis[1].stride = 1;
  CHECK(fixture.plan().fetch_steps == 8);
  view.axis[0].stride = 4;  // one run in all: a line a beat
  CHECK(fixture.plan().fetch_steps == 2);
  view.axis[1].low = 4;  // nothing valid: pads are not read
  CHECK(fixture.plan().fetch_steps == 2);
  CHECK(std::none_of(fixture.schedule.asks.begin(), fixture.schedule.asks.end(),
                     [](const BeatSchedule::Ask& ask) { return ask.side == PortSide::VecRead; }));
}

TEST_CASE("the earliest write is known from extents, the real one depends on lines",
          "[sim][timing]") {
  Fixture fixture;
  const TileDesc dst = vec(kFp32, 0, 4, 40, 48);
  const TileDesc aligned = vec(kFp32, 4096, 4, 40, 48), odd = vec(kFp32, 4096 + 4, 4, 40, 48);
  // One beat, L = 3; a beat across two lines takes a step more.
  CHECK(fixture.plan("tabs", {dst, aligned}).first_write == 0 + 3);
  CHECK(fixture.earliest_write() == 0 + 3);
  CHECK(fixture.plan("tabs", {dst, odd}).first_write == 1 + 3);
  CHECK(fixture.earliest_write() == 0 + 3);
  // The SFU takes four steps for a beat, L = 10.
  CHECK(fixture.plan("texp", {dst, odd}).first_write == 3 + 10);
  CHECK(fixture.earliest_write() == 3 + 10);
  // Three beats to the end of a row (of 40 columns; two of 32), four to that of a column.
  fixture.plan("trowsum", {vec(kFp32, 0, 4, 1, 1), odd});
  CHECK(fixture.earliest_write() == 2 + 8);
  fixture.plan("trowsum", {vec(kFp32, 0, 4, 1, 1), vec(kFp32, 4096, 4, 32, 48)});
  CHECK(fixture.earliest_write() == 1 + 8);
  fixture.plan("tcolsum", {vec(kFp32, 0, 1, 40, 40), odd});
  CHECK(fixture.earliest_write() == 3 + 2);
  // One beat of a scan, a transpose and a gather, whatever they read.
  fixture.plan("tscan.add", {dst, odd});
  CHECK(fixture.earliest_write() == 0 + 2);
  CHECK(fixture.plan("ttrans", {vec(kFp32, 0, 40, 4, 16), aligned}).first_write == 3 + 2);
  CHECK(fixture.earliest_write() == 0 + 2);
  const TileDesc index = {Memory::Vec, ElementType::Int32, 16384, 1, 21, 21, 1};
  fixture.plan("tgather", {vec(kFp32, 0, 1, 21, 21), aligned, index});
  CHECK(fixture.earliest_write() == 0 + 2);
}

TEST_CASE("two results are written together, at the latency of the longer", "[sim][timing]") {
  Fixture fixture("edge", {COLDFORGE_SOURCE_DIR "/isa/overlays/exp_rowsum.json"});
  const TileDesc a = vec(kFp32, 4096, 2, 32, 32);
  const BeatSchedule& schedule = fixture.plan(
      "texpsum", {a, vec(kFp32, 64, 2, 1, 1), a, vec(kFp32, 8192 + 2048 + 512, 2, 1, 1)});
  // One SFU node: 4 steps a beat. L = 2 + 3 + 8 + 6 = 19.
  CHECK(schedule.fetch_steps == 16);
  CHECK(schedule.first_write == 3 + 19);
  CHECK(fixture.earliest_write() == 3 + 19);  // one of them is plain
}

}  // namespace coldforge::sim::test
