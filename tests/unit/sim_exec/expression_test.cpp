#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/unit/sim_exec/exec_bench.h"

namespace coldforge::sim::test {
namespace {

using isa::Memory;
constexpr ElementType kFp32 = ElementType::Fp32, kInt32 = ElementType::Int32;

TileDesc vec(ElementType type, std::uint32_t base, std::uint32_t rows, std::uint32_t cols,
             std::int32_t row_stride, std::int32_t col_stride = 1) {
  return {Memory::Vec, type, base, rows, cols, row_stride, col_stride};
}

/// Layouts of a rows x cols tile within 64 KiB from `base` on: dense, strided rows, strided
/// columns, both reversed.
std::vector<TileDesc> layouts(ElementType type, std::uint32_t base, std::uint32_t rows,
                              std::uint32_t cols) {
  const auto size = static_cast<std::uint32_t>(size_bytes(type));
  const auto wide = static_cast<std::int32_t>(cols);
  const std::uint32_t last = base + size * ((rows - 1) * 3 * cols + (cols - 1) * 2);
  return {vec(type, base, rows, cols, wide), vec(type, base + size, rows, cols, wide + 5),
          vec(type, base, rows, cols, 3 * wide, 2), vec(type, last, rows, cols, -3 * wide, -2),
          vec(type, base, rows, cols, 1, static_cast<std::int32_t>(rows))};
}

}  // namespace

TEST_CASE("elementwise instructions agree with plain loops in every layout", "[sim][exec]") {
  ExecBench bench(1);
  for (const auto& [rows, cols] :
       {std::pair{1U, 1U}, std::pair{5U, 7U}, std::pair{3U, 33U}, std::pair{2U, 1100U}}) {
    for (const ElementType type : {kFp32, kInt32}) {
      const auto dsts = layouts(type, 0, rows, cols), as = layouts(type, 65536, rows, cols),
                 bs = layouts(type, 131072, rows, cols);
      for (std::size_t i = 0; i < dsts.size(); ++i) {
        const TileDesc dst = dsts[i], a = as[(i + 1) % 5], b = bs[(i + 3) % 5];
        bench.randomise(a);
        bench.randomise(b);
        bench.execute("tadd", {dst, a, b});
        std::int64_t wrong = 0;
        for (std::int64_t r = 0; r < rows; ++r) {
          for (std::int64_t c = 0; c < cols; ++c) {
            wrong += bench.get(dst, r, c) != bench.get(a, r, c) + bench.get(b, r, c);
          }
        }
        INFO(rows << "x" << cols << " layout " << i);
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("a source of extent 1 stands for every row or column", "[sim][exec]") {
  ExecBench bench(2);
  const TileDesc dst = vec(kFp32, 0, 6, 40, 41), a = vec(kFp32, 65536, 6, 1, 3),
                 b = vec(kFp32, 131072, 1, 40, 40);
  bench.randomise(a);
  bench.randomise(b);
  bench.execute("tsub", {dst, a, b});
  std::int64_t wrong = 0;
  for (int r = 0; r < 6; ++r) {
    for (int c = 0; c < 40; ++c)
      wrong += bench.get(dst, r, c) != bench.get(a, r, 0) - bench.get(b, 0, c);
  }
  CHECK(wrong == 0);
  const TileDesc one = vec(kFp32, 131072, 1, 1, 1);
  bench.execute("tmul", {dst, a, one});
  for (int r = 0; r < 6; ++r)
    CHECK(bench.get(dst, r, 39) == bench.get(a, r, 0) * bench.get(one, 0, 0));
}

TEST_CASE("an instruction may overwrite its source in place", "[sim][exec]") {
  ExecBench bench(3);
  const TileDesc a = vec(kFp32, 0, 4, 24, 30), b = vec(kFp32, 8192, 4, 24, 24);
  bench.randomise(a);
  bench.randomise(b);
  std::vector<double> before;
  for (int i = 0; i < 96; ++i) before.push_back(bench.get(a, i / 24, i % 24));
  bench.execute("tmul", {a, a, b});
  for (int i = 0; i < 96; ++i) {
    REQUIRE(bench.get(a, i / 24, i % 24) ==
            before[static_cast<std::size_t>(i)] * bench.get(b, i / 24, i % 24));
  }
  bench.randomise(a);
  before.clear();
  for (int i = 0; i < 96; ++i) before.push_back(bench.get(a, i / 24, i % 24));
  bench.execute("tscan.add.x", {a, a});
  for (int c = 0; c < 24; ++c) {
    double sum = 0;
    for (int r = 0; r < 4; ++r) {
      REQUIRE(bench.get(a, r, c) == sum);
      sum += before[static_cast<std::size_t>(r * 24 + c)];
    }
  }
}

TEST_CASE("conversions saturate and round as the formats say", "[sim][exec]") {
  ExecBench bench(4);
  const ElementType types[] = {ElementType::Fp32, ElementType::Fp16,  ElementType::Bf16,
                               ElementType::Int8, ElementType::UInt8, ElementType::Int32};
  for (const ElementType from : types) {
    for (const ElementType to : types) {
      const TileDesc a = vec(from, 65536, 3, 21, 23), dst = vec(to, 0, 3, 21, 40, -1 + 2);
      bench.randomise(a);
      bench.execute("tcvt", {dst, a});
      std::int64_t wrong = 0;
      for (int r = 0; r < 3; ++r) {
        for (int c = 0; c < 21; ++c) {
          double want = bench.get(a, r, c);
          if (!is_float(to)) want = std::nearbyint(want);
          if (to == ElementType::Int8) want = std::clamp(want, -128.0, 127.0);
          if (to == ElementType::UInt8) want = std::clamp(want, 0.0, 255.0);
          wrong += bench.get(dst, r, c) != want;
        }
      }
      INFO(name_of(from) << " to " << name_of(to));
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("row and column reductions agree with plain loops", "[sim][exec]") {
  ExecBench bench(5);
  for (const ElementType type : {kFp32, kInt32}) {
    for (const auto& [rows, cols] : {std::pair{1U, 1U}, std::pair{7U, 31U}, std::pair{3U, 1500U}}) {
      for (const TileDesc& a : layouts(type, 65536, rows, cols)) {
        bench.randomise(a);
        const TileDesc down = vec(type, 0, rows, 1, 3), across = vec(type, 8192, 1, cols, 1);
        const TileDesc where_row = vec(kInt32, 16384, rows, 1, 1),
                       where_col = vec(kInt32, 24576, 1, cols, 1);
        bench.execute("trowsum", {down, a});
        bench.execute("trowargmax", {where_row, a});
        bench.execute("tcolmin", {across, a});
        bench.execute("tcolargmin", {where_col, a});
        std::int64_t wrong = 0;
        for (int r = 0; r < static_cast<int>(rows); ++r) {
          double sum = 0;
          int best = 0;
          for (int c = 0; c < static_cast<int>(cols); ++c) {
            sum += bench.get(a, r, c);
            if (bench.get(a, r, c) > bench.get(a, r, best)) best = c;
          }
          wrong += bench.get(down, r, 0) != sum;
          wrong += bench.get(where_row, r, 0) != best;
        }
        for (int c = 0; c < static_cast<int>(cols); ++c) {
          int best = 0;
          for (int r = 0; r < static_cast<int>(rows); ++r) {
            if (bench.get(a, r, c) < bench.get(a, best, c)) best = r;
          }
          wrong += bench.get(across, 0, c) != bench.get(a, best, c);
          wrong += bench.get(where_col, 0, c) != best;
        }
        INFO(name_of(type) << " " << rows << "x" << cols);
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("scans write every prefix, upwards with a negative row stride", "[sim][exec]") {
  ExecBench bench(6);
  const TileDesc a = vec(kInt32, 65536, 9, 37, 40), dst = vec(kInt32, 0, 9, 37, 37);
  bench.randomise(a);
  bench.execute("tscan.max", {dst, a});
  for (int c = 0; c < 37; ++c) {
    double best = -1e9;
    for (int r = 0; r < 9; ++r) {
      best = std::max(best, bench.get(a, r, c));
      REQUIRE(bench.get(dst, r, c) == best);
    }
  }
  TileDesc up = a;
  up.base_bytes += 4 * 8 * 40;
  up.row_stride = -40;
  bench.execute("tscan.add", {dst, up});
  for (int c = 0; c < 37; ++c) {
    double sum = 0;
    for (int r = 0; r < 9; ++r) {
      sum += bench.get(a, 8 - r, c);
      REQUIRE(bench.get(dst, r, c) == sum);
    }
  }
}

TEST_CASE("two results of an overlay share one pass, in place too", "[sim][exec]") {
  ExecBench bench(7, {COLDFORGE_SOURCE_DIR "/isa/overlays/exp_rowsum.json"});
  const TileDesc a = vec(kFp32, 0, 5, 70, 72), b = vec(kFp32, 65536, 5, 1, 1);
  const TileDesc separate = vec(kFp32, 16384, 5, 70, 70), difference = vec(kFp32, 32768, 5, 70, 70);
  const TileDesc sum = vec(kFp32, 131072, 5, 1, 1), want = vec(kFp32, 139264, 5, 1, 1);
  bench.randomise(a);
  bench.randomise(b);
  bench.execute("tsub", {difference, a, b});
  bench.execute("texp", {separate, difference});
  bench.execute("trowsum", {want, separate});
  bench.execute("texpsum", {a, sum, a, b});
  for (int r = 0; r < 5; ++r) {
    REQUIRE(bench.get(sum, r, 0) == bench.get(want, r, 0));
    for (int c = 0; c < 70; ++c) REQUIRE(bench.get(a, r, c) == bench.get(separate, r, c));
  }
}

TEST_CASE("scalars enter as lanes of the type that their use asks for", "[sim][exec]") {
  ExecBench bench(8);
  const TileDesc a = vec(kInt32, 65536, 2, 20, 20), dst = vec(ElementType::Int8, 0, 2, 20, 20);
  bench.randomise(a);
  Command c = bench.command("tquant", {dst, a});
  const float scale = 1.5F;
  std::memcpy(&c.x[2], &scale, 4);
  c.x[3] = static_cast<std::uint32_t>(-3);
  bench.semantics.execute(c, bench.memories);
  for (int i = 0; i < 40; ++i) {
    const double want =
        std::clamp(std::nearbyint(bench.get(a, i / 20, i % 20) * 1.5) - 3, -128.0, 127.0);
    REQUIRE(bench.get(dst, i / 20, i % 20) == want);
  }
}

TEST_CASE("an instruction without a function names those that there are", "[sim][exec]") {
  isa::Isa isa = isa::Isa::load();
  auto& instructions = const_cast<std::vector<isa::Instruction>&>(isa.instructions());
  for (isa::Instruction& instruction : instructions) {
    if (instruction.name == "ttrans") instruction.exec = "trotate";
  }
  CHECK_THROWS_WITH(Semantics(isa),
                    "instruction ttrans: exec = \"trotate\" has no function; known are tci, "
                    "tgather, tgets, tload, "
                    "tmatmul, tmatmul.acc, tmov, tmov.t, tmov.view, tset, tstore, ttrans, twait");
}

}  // namespace coldforge::sim::test
