#include <algorithm>
#include <catch2/catch.hpp>
#include <string_view>

#include "sim/exec/legality.h"
#include "sim/exec/view_walk.h"
#include "tests/unit/sim_exec/exec_bench.h"

namespace coldforge::sim::test {
namespace {

using isa::Memory;
constexpr ElementType kFp32 = ElementType::Fp32, kInt32 = ElementType::Int32;

TileDesc vec(ElementType type, std::uint32_t base, std::uint32_t rows, std::uint32_t cols,
             std::int32_t row_stride, std::int32_t col_stride = 1) {
  return {Memory::Vec, type, base, rows, cols, row_stride, col_stride};
}

struct Element {
  bool valid;
  std::int64_t address;
};

/// The definition of a view (sim/exec/command.h), element by element.
std::vector<Element> enumerate(const ViewDesc& view, std::int64_t size) {
  std::vector<Element> elements;
  std::int64_t count = 1;
  for (std::uint32_t l = 0; l < view.levels; ++l) count *= view.level[l].extent;
  for (std::int64_t e = 0; e < count; ++e) {
    std::int64_t rest = e, coordinate[5];
    bool used[5] = {};
    for (int a = 0; a < 5; ++a) coordinate[a] = -view.axis[a].low;
    for (int l = static_cast<int>(view.levels) - 1; l >= 0; --l) {
      const ViewDesc::Level& level = view.level[l];
      coordinate[level.axis] += level.step * (rest % level.extent);
      used[level.axis] = true;
      rest /= level.extent;
    }
    Element element{true, view.base};
    for (int a = 0; a < 5; ++a) {
      if (!used[a]) continue;
      const ViewDesc::Axis& axis = view.axis[a];
      const std::int64_t c = coordinate[a];
      if (c < 0 || c % axis.insertion != 0 || c / axis.insertion >= axis.size)
        element.valid = false;
      element.address += size * (c / axis.insertion) * axis.stride;
    }
    elements.push_back(element);
  }
  return elements;
}

ViewDesc random_view(Random& random) {
  ViewDesc view;
  view.base = 4096;
  view.levels = 1 + random.below(5);
  for (std::uint32_t l = 0; l < 5; ++l) {
    view.level[l].extent = 1 + random.below(5);
    view.level[l].axis = random.below(3) == 0 ? random.below(5) : l;
    view.level[l].step = static_cast<int>(random.below(5)) - 1;
    view.axis[l].stride = random.below(3) == 0 ? 1 : static_cast<int>(random.below(30)) - 10;
    view.axis[l].low = static_cast<int>(random.below(4)) - 1;
    view.axis[l].size =
        random.below(2) ? ViewDesc::kUnbounded : static_cast<int>(1 + random.below(6));
    view.axis[l].insertion = random.below(4) == 0 ? 2 : 1;
  }
  return view;
}

/// Gives some levels the pitch at which they nest in the one inside.
void nest_some(ViewDesc& view, Random& random) {
  for (std::uint32_t l = view.levels - 1; l > 0; --l) {
    if (random.below(2) == 0) continue;
    const ViewDesc::Level& inner = view.level[l];
    view.level[l - 1].step = 1;
    view.axis[view.level[l - 1].axis].stride =
        static_cast<std::int32_t>(inner.extent) * inner.step * view.axis[inner.axis].stride;
    if (random.below(2) == 0) continue;
    for (const std::uint32_t axis : {inner.axis, view.level[l - 1].axis}) {
      view.axis[axis].low = 0;
      view.axis[axis].size = 16;
      view.axis[axis].insertion = 1;
    }
  }
}

/// Elements of a pass of the innermost level in normal form, said as plainly as possible.
std::int64_t row_elements(const ViewDesc& view) {
  const auto is_free = [&](std::uint32_t l) {
    const ViewDesc::Axis& axis = view.axis[view.level[l].axis];
    for (std::uint32_t k = 0; k < view.levels; ++k) {
      if (k != l && view.level[k].axis == view.level[l].axis) return false;
    }
    for (std::uint32_t i = 0; i < view.level[l].extent; ++i) {
      const std::int64_t c = view.level[l].step * std::int64_t{i} - axis.low;
      if (axis.insertion != 1 || c < 0 || c >= axis.size) return false;
    }
    return true;
  };
  const auto pitch = [&](std::uint32_t l) {
    return std::int64_t{view.level[l].step} * view.axis[view.level[l].axis].stride;
  };
  std::uint32_t l = view.levels - 1;
  std::int64_t elements = view.level[l].extent;
  for (; l > 0 && is_free(l) && is_free(l - 1); --l) {
    if (pitch(l - 1) != view.level[l].extent * pitch(l)) break;
    elements *= view.level[l - 1].extent;
  }
  return elements;
}

}  // namespace

TEST_CASE("runs of a view are maximal in four rows and say what its definition says",
          "[sim][exec]") {
  Random random(11, stream_key("views"));
  std::int64_t wrong = 0, checked = 0, merged = 0, ended_by_rows = 0;
  for (int trial = 0; trial < 6000; ++trial) {
    ViewDesc view = random_view(random);
    nest_some(view, random);
    const std::int64_t size = 1 << random.below(3);
    const std::vector<Element> want = enumerate(view, size);
    const std::int64_t row = row_elements(view);
    merged += row > view.level[view.levels - 1].extent;
    std::int64_t next = 0;
    ViewRun before;
    ViewWalk(view, size).for_each_run([&](const ViewRun& run) {
      wrong += run.first != next;
      for (std::int64_t i = 0; i < run.count; ++i, ++next) {
        const Element& element = want[static_cast<std::size_t>(next)];
        wrong += element.valid != run.valid ||
                 (run.valid && static_cast<std::uint32_t>(element.address) !=
                                   static_cast<std::uint32_t>(run.address + i * size));
      }
      wrong += (next - 1) / row - run.first / row > 3;
      const bool joins = before.count > 0 && before.valid == run.valid &&
                         (!run.valid || static_cast<std::uint32_t>(
                                            before.address + before.count * size) == run.address);
      const bool is_full = run.first / row - before.first / row > 3;
      wrong += joins && !is_full;
      ended_by_rows += joins;
      before = run;
    });
    wrong += next != static_cast<std::int64_t>(want.size());
    checked += next;
  }
  CHECK(wrong == 0);
  CHECK(checked > 10000);
  CHECK(merged > 100);
  CHECK(ended_by_rows > 100);
}

TEST_CASE("a view's run goes on behind the last address", "[sim][exec]") {
  ViewDesc view;  // 8 fp32 from 16 bytes below the end of the address space on, in one level
  view.base = 0xfffffff0;
  view.levels = 1;
  view.level[0] = {8, 0, 1};
  view.axis[0].stride = 1;
  std::vector<std::int64_t> counts;
  ViewWalk(view, 4).for_each_run([&](const ViewRun& run) { counts.push_back(run.count); });
  CHECK(counts == std::vector<std::int64_t>{8});
}

TEST_CASE("a view of a tile memory makes the columns of a convolution", "[sim][exec]") {
  ExecBench bench(12);
  // 3 channels of 6 x 7, window 3 x 3, stride 2, padding 1, dilation 1: 3 x 4 positions.
  constexpr int kC = 3, kH = 6, kW = 7, kOh = 3, kOw = 4;
  const TileDesc image = vec(kFp32, 65536, kC, kH * kW, kH * kW);
  const TileDesc columns = {Memory::Right, ElementType::Fp16, 64, kC * 9, kOh * kOw, kOh * kOw, 1};
  bench.randomise(image);
  Command c = bench.command("tmov.view", {columns, image});
  c.view.levels = 5;
  c.view.level[0] = {kC, 0, 1};
  c.view.level[1] = {3, 1, 1};
  c.view.level[2] = {3, 2, 1};
  c.view.level[3] = {kOh, 1, 2};
  c.view.level[4] = {kOw, 2, 2};
  c.view.axis[0] = {kH * kW, 0, kC, 1};
  c.view.axis[1] = {kW, 1, kH, 1};
  c.view.axis[2] = {1, 1, kW, 1};
  bench.semantics.execute(c, bench.memories);
  std::int64_t wrong = 0;
  for (int ch = 0; ch < kC; ++ch) {
    for (int k = 0; k < 9; ++k) {
      for (int o = 0; o < kOh * kOw; ++o) {
        const int y = o / kOw * 2 + k / 3 - 1, x = o % kOw * 2 + k % 3 - 1;
        const bool inside = y >= 0 && y < kH && x >= 0 && x < kW;
        wrong +=
            bench.get(columns, ch * 9 + k, o) != (inside ? bench.get(image, ch, y * kW + x) : 0.0);
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("transposes, gathers and numbering agree with plain loops", "[sim][exec]") {
  ExecBench bench(13);
  for (const ElementType type : {kFp32, ElementType::Fp16, ElementType::Int8}) {
    const TileDesc a = vec(type, 65536, 19, 34, 40), dst = vec(type, 0, 34, 19, 23);
    bench.randomise(a);
    bench.execute("ttrans", {dst, a});
    std::int64_t wrong = 0;
    for (int r = 0; r < 34; ++r) {
      for (int c = 0; c < 19; ++c) wrong += bench.get(dst, r, c) != bench.get(a, c, r);
    }
    CHECK(wrong == 0);
    const TileDesc index = vec(kInt32, 131072, 3, 17, 17), picked = vec(type, 16384, 3, 17, 20);
    for (int i = 0; i < 51; ++i) bench.set(index, i / 17, i % 17, bench.random.below(19 * 34));
    bench.execute("tgather", {picked, a, index});
    for (int i = 0; i < 51; ++i) {
      const int at = static_cast<int>(bench.get(index, i / 17, i % 17));
      wrong += bench.get(picked, i / 17, i % 17) != bench.get(a, at / 34, at % 34);
    }
    CHECK(wrong == 0);
  }
  const TileDesc numbers = vec(kFp32, 0, 4, 9, 9), integers = vec(kInt32, 4096, 4, 9, 9);
  Command c = bench.command("tci", {numbers});
  const float steps[] = {0.5F, 10.0F, 0.25F};
  std::memcpy(&c.x[1], steps, 12);
  bench.semantics.execute(c, bench.memories);
  Command d = bench.command("tci", {integers});
  d.x[1] = 5;
  d.x[2] = static_cast<std::uint32_t>(-7);
  d.x[3] = 2;
  bench.semantics.execute(d, bench.memories);
  for (int i = 0; i < 36; ++i) {
    CHECK(bench.get(numbers, i / 9, i % 9) == 0.5 + 10.0 * (i / 9) + 0.25 * (i % 9));
    CHECK(bench.get(integers, i / 9, i % 9) == 5 - 7 * (i / 9) + 2 * (i % 9));
  }
}

TEST_CASE("products read strided operands and strided accumulators", "[sim][exec]") {
  ExecBench bench(14);
  const TileDesc a = {Memory::Left, ElementType::Int8, 5, 13, 21, 1, 13};
  const TileDesc b = {Memory::Right, ElementType::Int8, 0, 21, 10, 30, 2};
  const TileDesc acc = {Memory::Acc, kInt32, 64, 13, 10, 40, 3};
  bench.randomise(a);
  bench.randomise(b);
  bench.execute("tmatmul", {acc, a, b});
  bench.execute("tmatmul.acc", {acc, a, b});
  std::int64_t wrong = 0;
  for (int m = 0; m < 13; ++m) {
    for (int n = 0; n < 10; ++n) {
      double sum = 0;
      for (int k = 0; k < 21; ++k) sum += bench.get(a, m, k) * bench.get(b, k, n);
      wrong += bench.get(acc, m, n) != 2 * sum;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("epilogues leave the accumulator scaled, biased and narrowed", "[sim][exec]") {
  ExecBench bench(15);
  const TileDesc acc = {Memory::Acc, kInt32, 0, 6, 20, 20, 1};
  const TileDesc scale = vec(kFp32, 65536, 1, 20, 20), bias = vec(kFp32, 66560, 1, 20, 20);
  const TileDesc dst = vec(ElementType::Fp16, 0, 6, 20, 24);
  bench.randomise(acc);
  bench.randomise(scale);
  bench.randomise(bias);
  bench.execute("tmov.scale_bias_relu", {dst, acc, scale, bias});
  std::int64_t wrong = 0;
  for (int i = 0; i < 120; ++i) {
    const double value =
        bench.get(acc, i / 20, i % 20) * bench.get(scale, 0, i % 20) + bench.get(bias, 0, i % 20);
    wrong += bench.get(dst, i / 20, i % 20) != std::max(0.0, value);
  }
  CHECK(wrong == 0);
}

TEST_CASE("elements go to a tile in the order of the view and come back", "[sim][exec]") {
  ExecBench bench(16);
  const TileDesc tile = vec(ElementType::Fp16, 32, 7, 9, 14, 1);
  std::vector<std::uint8_t> packed;
  for (int i = 0; i < 63; ++i) packed.push_back(static_cast<std::uint8_t>(i));
  write_elements(tile, bench.memories, 0, 30, ElementType::UInt8, packed.data());
  fill_elements(tile, bench.memories, 30, 8, ElementType::Int8, static_cast<std::uint32_t>(-5));
  write_elements(tile, bench.memories, 38, 25, ElementType::UInt8, packed.data() + 38);
  std::vector<std::int8_t> back(63);
  read_elements(tile, bench.memories, 0, 63, ElementType::Int8,
                reinterpret_cast<std::uint8_t*>(back.data()));
  for (int i = 0; i < 63; ++i)
    CHECK(back[static_cast<std::size_t>(i)] == (i >= 30 && i < 38 ? -5 : i));
}

TEST_CASE("a result may be its source or lie between its elements, nothing else", "[sim][exec]") {
  ExecBench bench(17);
  const TileDesc a = vec(kFp32, 1024, 4, 16, 32), b = vec(kFp32, 8192, 4, 16, 16);
  const auto problem = [&](const std::string& name, const std::vector<TileDesc>& tiles) {
    const char* text = overlap_problem(bench.command(name, tiles));
    return std::string(text == nullptr ? "" : text);
  };
  CHECK(problem("tadd", {a, a, b}) == "");
  TileDesc beside = a;
  beside.base_bytes += 64;  // columns 16..31 of the same rows
  CHECK(problem("tadd", {beside, a, b}) == "");
  beside.base_bytes -= 4;
  CHECK(problem("tadd", {beside, a, b}) == "the result overlaps a source in part");
  TileDesc even = vec(kFp32, 0, 4, 8, 16, 2), odd = vec(kFp32, 4, 4, 8, 16, 2);
  CHECK(problem("texp", {even, odd}) == "");
  odd.base_bytes = 8;
  CHECK(problem("texp", {even, odd}) == "the result overlaps a source in part");
  CHECK(problem("ttrans", {vec(kFp32, 0, 8, 8, 8), vec(kFp32, 0, 8, 8, 8)}) ==
        "the result overlaps a source");
  CHECK(problem("trowsum", {vec(kFp32, 0, 8, 1, 8), vec(kFp32, 0, 8, 8, 8)}) ==
        "the result overlaps a source");
  CHECK(problem("tscan.add", {a, a}) == "");
}

TEST_CASE("tiles on one grid are compared by element, others by their byte ranges", "[sim][exec]") {
  ExecBench bench(18);
  const auto problem = [&](const TileDesc& result, const TileDesc& source) {
    const char* text = overlap_problem(bench.command("tadd", {result, source, source}));
    return std::string(text == nullptr ? "" : text);
  };
  const char* const kInPart = "the result overlaps a source in part";
  // Rows of 8 columns 2 apart reach 16 elements: a row stride of 16 keeps them apart, 15 does not.
  CHECK(problem(vec(kFp32, 0, 4, 8, 16, 2), vec(kFp32, 4, 4, 8, 16, 2)) == "");
  CHECK(problem(vec(kFp32, 0, 4, 8, 15, 2), vec(kFp32, 4, 4, 8, 15, 2)) == kInPart);
  // Both have to keep to it: one has 8 columns, the other 9.
  CHECK(problem(vec(kFp32, 0, 4, 8, 16, 2), vec(kFp32, 4, 4, 9, 16, 2)) == kInPart);
  // Interleaved rows of another stride share no byte either, but do not lie on the grid.
  CHECK(problem(vec(kFp32, 0, 4, 8, 32), vec(kFp32, 64, 4, 8, 32)) == "");
  CHECK(problem(vec(kFp32, 0, 4, 8, 32), vec(kFp32, 64, 2, 8, 64)) == kInPart);
  CHECK(problem(vec(kFp32, 0, 4, 8, 32), vec(kFp32, 480, 2, 8, 64)) == "");  // behind it
  // Reversed columns and rows, and elements of another size.
  CHECK(problem(vec(kFp32, 0, 4, 8, 16, 2), vec(kFp32, 60, 4, 8, 16, -2)) == kInPart);
  CHECK(problem(vec(kFp32, 0, 4, 8, 32), vec(kFp32, 64 + 384, 4, 8, -32)) == kInPart);
  CHECK(problem(vec(kFp32, 0, 4, 8, 32), vec(ElementType::Fp16, 64, 4, 8, 32)) == kInPart);
  // The last columns of a row may reach into the first ones of the next row of the other tile.
  CHECK(problem(vec(kFp32, 0, 4, 8, 32), vec(kFp32, 96, 4, 8, 32)) == "");
  CHECK(problem(vec(kFp32, 0, 4, 8, 32), vec(kFp32, 100, 4, 8, 32)) == kInPart);
}

TEST_CASE("tiles on one grid overlap where they share an element, for random tiles",
          "[sim][exec]") {
  ExecBench bench(19);
  Random random(19, stream_key("grids"));
  int wrong = 0, shared = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    const std::uint32_t cols_a = 1 + random.below(6), cols_b = 1 + random.below(6);
    const std::int32_t pitch = static_cast<std::int32_t>(1 + random.below(4));
    const std::int32_t stride = static_cast<std::int32_t>(std::max(cols_a, cols_b)) * pitch +
                                static_cast<std::int32_t>(random.below(9));
    const TileDesc a = vec(kFp32, 4 * random.below(80), 1 + random.below(4), cols_a, stride, pitch);
    const TileDesc b = vec(kFp32, 4 * random.below(80), 1 + random.below(4), cols_b, stride, pitch);
    std::vector<std::uint32_t> elements;
    const auto add = [&](const TileDesc& tile) {
      for (std::uint32_t r = 0; r < tile.rows; ++r) {
        for (std::uint32_t c = 0; c < tile.cols; ++c) {
          elements.push_back(tile.base_bytes + 4 * (r * static_cast<std::uint32_t>(stride) +
                                                    c * static_cast<std::uint32_t>(pitch)));
        }
      }
    };
    add(a);
    add(b);
    std::sort(elements.begin(), elements.end());
    const bool want = std::adjacent_find(elements.begin(), elements.end()) != elements.end();
    shared += want;
    // A transpose may not even work on the same rectangle.
    const bool got = overlap_problem(bench.command("ttrans", {a, b})) != nullptr;
    wrong += got != want;
  }
  CHECK(wrong == 0);
  CHECK(shared > 500);
  CHECK(shared < 3500);
}

}  // namespace coldforge::sim::test
