#include "sim/scalar/issue_check.h"

#include <catch2/catch.hpp>

#include "sim/exec/legality.h"
#include "sim/run.h"

namespace coldforge::sim::test {
namespace {

TileDesc tile(std::uint32_t rows, std::uint32_t cols, isa::Memory memory = isa::Memory::Vec,
              ElementType type = ElementType::Fp32, std::uint32_t base = 0) {
  return {memory, type, base, rows, cols, static_cast<std::int32_t>(cols), 1};
}

struct Checker {
  isa::Isa isa = isa::Isa::load();
  isa::Arch arch = isa::load_arch("edge");
  std::vector<TilePlan> plans = make_plans(isa);
  IssueCheck check{arch};

  std::string problem(const char* mnemonic, const std::vector<TileDesc>& tiles,
                      const ViewDesc& view = {}) {
    const isa::Instruction& instruction = *isa.find(mnemonic);
    Command command;
    command.instruction = &instruction;
    command.view = view;
    std::size_t next = 0;
    for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
      if (instruction.operands[i].kind == isa::OperandKind::Tile)
        command.tile[i] = tiles.at(next++);
    }
    return check.problem(plans[static_cast<std::size_t>(instruction.id)], command);
  }
};

constexpr auto kLeft = isa::Memory::Left;
constexpr auto kRight = isa::Memory::Right;
constexpr auto kAcc = isa::Memory::Acc;

}  // namespace

TEST_CASE("operands in the wrong memory or of the wrong type are named", "[sim][legality]") {
  Checker c;
  CHECK(c.problem("tadd", {tile(4, 4), tile(4, 4, isa::Memory::Vec, ElementType::Fp32, 64),
                           tile(4, 4, isa::Memory::Vec, ElementType::Fp32, 128)})
            .empty());
  CHECK(c.problem("tadd", {tile(4, 4), tile(4, 4, kLeft), tile(4, 4)}) ==
        "a lies in Left; must lie in Vec");
  CHECK(c.problem("tadd", {tile(4, 4, isa::Memory::Vec, ElementType::Fp16), tile(4, 4),
                           tile(4, 4)}) == "dst has type fp16; must be fp32 or int32");
  CHECK(c.problem("tadd", {tile(4, 4), tile(4, 4, isa::Memory::Vec, ElementType::Int32),
                           tile(4, 4)}) == "a has type int32; must have that of dst, fp32");
}

TEST_CASE("extents, alignment, bounds and strides are checked", "[sim][legality]") {
  Checker c;
  CHECK(c.problem("tadd", {tile(0, 4), tile(4, 4), tile(4, 4)}) == "dst has no extents (0 x 4)");
  CHECK(c.problem("tadd",
                  {tile(4, 4, isa::Memory::Vec, ElementType::Fp32, 2), tile(4, 4), tile(4, 4)}) ==
        "dst begins at byte 2, not a multiple of the 4 bytes of fp32");
  TileDesc reversed = tile(4, 4, isa::Memory::Vec, ElementType::Fp32, 0);
  reversed.row_stride = -4;
  CHECK(c.problem("tadd", {tile(4, 4, isa::Memory::Vec, ElementType::Fp32, 1024), reversed,
                           tile(4, 4)}) == "a covers bytes -48 to 15 of Vec, which has 262144");
  TileDesc repeated = tile(4, 4);
  repeated.row_stride = 0;
  CHECK(c.problem("tadd", {repeated, tile(4, 4), tile(4, 4)}) ==
        "dst is written and has a stride of 0");
  TileDesc tangled = tile(4, 4);
  tangled.row_stride = 3;
  CHECK(c.problem("tadd", {tangled, tile(4, 4), tile(4, 4)}) ==
        "dst is written and may overlap itself: 4 x 4 with strides 3 and 1");
  tangled.col_stride = 10;  // stored by columns
  CHECK(c.problem("tadd", {tangled, tile(4, 4, isa::Memory::Vec, ElementType::Fp32, 1024),
                           tile(4, 4, isa::Memory::Vec, ElementType::Fp32, 2048)})
            .empty());
  // As a source it is a broadcast.
  CHECK(c.problem("tadd",
                  {tile(4, 4, isa::Memory::Vec, ElementType::Fp32, 1024), repeated, tile(4, 4)})
            .empty());
  // The last element fits exactly, one more does not.
  CHECK(c.problem("tadd",
                  {tile(1, 4, isa::Memory::Vec, ElementType::Fp32, 262128), tile(1, 4), tile(1, 4)})
            .empty());
  CHECK(c.problem("tadd", {tile(1, 4, isa::Memory::Vec, ElementType::Fp32, 262132), tile(1, 4),
                           tile(1, 4)}) ==
        "dst covers bytes 262132 to 262147 of Vec, which has 262144");
}

TEST_CASE("shapes fit the result, 1 where a source is broadcast", "[sim][legality]") {
  Checker c;
  const TileDesc far = tile(4, 8, isa::Memory::Vec, ElementType::Fp32, 4096);
  CHECK(c.problem("tadd", {far, tile(1, 8), tile(4, 1)}).empty());
  CHECK(c.problem("tadd", {far, tile(2, 8), tile(4, 8)}) ==
        "a is 2 x 8; must be 4 x 8, or 1 where it is broadcast");
  CHECK(c.problem("trowsum", {tile(4, 1, isa::Memory::Vec, ElementType::Fp32, 4096), tile(4, 8)})
            .empty());
  CHECK(c.problem("trowsum", {far, tile(4, 8)}) == "dst is 4 x 8; must be 4 x 1");
  CHECK(c.problem("tcolsum", {tile(1, 8, isa::Memory::Vec, ElementType::Fp32, 4096), tile(4, 8)})
            .empty());
}

TEST_CASE("a rule of the description is named with its values", "[sim][legality]") {
  Checker c;
  const auto fp16 = ElementType::Fp16;
  CHECK(c.problem("tmatmul",
                  {tile(16, 8, kAcc), tile(16, 16, kLeft, fp16), tile(16, 8, kRight, fp16)})
            .empty());
  CHECK(c.problem("tmatmul",
                  {tile(16, 8, kAcc), tile(16, 16, kLeft, fp16), tile(8, 8, kRight, fp16)}) ==
        "rule inner: a.cols == b.rows fails with a.cols = 16, b.rows = 8");
  CHECK(c.problem("tmatmul", {tile(16, 8, kAcc), tile(16, 16, kLeft, ElementType::Int8),
                              tile(16, 8, kRight, ElementType::Int8)}) ==
        "rule types: (acc.type == int32) == (a.type == int8) fails with acc.type = fp32, a.type = "
        "int8");
}

TEST_CASE("views need levels, and their elements must fit the tile", "[sim][legality]") {
  Checker c;
  ViewDesc view;
  CHECK(c.problem("tload", {tile(4, 4)}, view) == "v has no levels");
  view.levels = 1;
  view.level[0].extent = 15;
  view.axis[0].stride = 1;
  CHECK(c.problem("tload", {tile(4, 4)}, view) ==
        "rule elems: td.elems == v.elems fails with td.elems = 16, v.elems = 15");
  view.level[0].extent = 16;
  CHECK(c.problem("tload", {tile(4, 4)}, view).empty());
  view.base = kDramBase + 2;
  CHECK(c.problem("tload", {tile(4, 4)}, view) ==
        "v begins at 0x80000002, not a multiple of the 4 bytes of fp32");
}

TEST_CASE("a view of a tile memory is checked by intervals, clipped to its bounds",
          "[sim][legality]") {
  Checker c;
  const TileDesc source = tile(1, 1, isa::Memory::Vec, ElementType::Fp32, 0);
  const TileDesc result = tile(1, 4, kRight, ElementType::Fp16);
  ViewDesc view;
  view.levels = 1;
  view.level[0] = {4, 0, 1};
  view.axis[0].stride = 21845;  // elements 0, 21845, 43690, 65535: Vec has 65536
  CHECK(c.problem("tmov.view", {result, source}, view).empty());
  view.axis[0].stride = 21846;
  CHECK(c.problem("tmov.view", {result, source}, view) ==
        "v covers bytes 0 to 262155 of Vec, which has 262144");
  // Bounds clip it.
  view.axis[0].size = 3;
  CHECK(c.problem("tmov.view", {result, source}, view).empty());
  // Coordinates 9..12 with elements at 10 and 12 only: 4 to 6 count, for the floor of 9 / 2 is 4.
  view.axis[0] = {-4, -9, ViewDesc::kUnbounded, 2};
  view.base = 4 * 4 * 6;
  CHECK(c.problem("tmov.view", {result, source}, view).empty());
  view.base -= 4;
  CHECK(c.problem("tmov.view", {result, source}, view) ==
        "v covers bytes -4 to 31 of Vec, which has 262144");
  // Nothing within bounds: nothing is read.
  view.axis[0] = {1 << 30, 0, 0, 2};
  CHECK(c.problem("tmov.view", {result, source}, view).empty());
  // Fields as large as can be do not wrap back into the memory.
  view.level[0] = {4, 0, 0x7fffffff};
  view.axis[0] = {0x7fffffff, 0, ViewDesc::kUnbounded, 1};
  CHECK(c.problem("tmov.view", {result, source}, view).substr(0, 14) == "v covers bytes");
}

TEST_CASE("a result clashes with the byte range of the view that it is read through",
          "[sim][legality]") {
  Checker c;
  const TileDesc source = tile(1, 1, isa::Memory::Vec, ElementType::Fp32, 64);
  ViewDesc view;
  view.levels = 1;
  view.level[0] = {4, 0, 1};
  view.axis[0].stride = 8;  // bytes 64..67, 96..99, 128..131, 160..163
  const auto problem = [&](std::uint32_t base, std::uint32_t cols) {
    view.level[0].extent = cols;
    return c.problem("tmov.view",
                     {tile(1, cols, isa::Memory::Vec, ElementType::Fp32, base), source}, view);
  };
  CHECK(problem(164, 4).empty());
  CHECK(problem(160, 4) == "the result overlaps the source");
  CHECK(problem(132, 4) == "the result overlaps the source");  // between two elements
  CHECK(problem(48, 4).empty());
  CHECK(problem(52, 4) == "the result overlaps the source");
}

TEST_CASE("the byte range of a view is clipped to its bounds", "[sim][legality]") {
  // im2col of a row of 8 with a window of 3, one pad on each side: coordinates -1..8, valid 0..7.
  ViewDesc view;
  view.levels = 2;
  view.level[0] = {3, 1, 1};
  view.level[1] = {8, 1, 1};
  view.axis[1] = {1, 1, 8, 1};
  CHECK(span_of(view, ElementType::Fp32).begin == 0);
  CHECK(span_of(view, ElementType::Fp32).end == 32);
  view.axis[1].insertion = 2;  // every other coordinate: 0, 2, 4, 6, 8 are elements 0..4
  CHECK(span_of(view, ElementType::Fp32).end == 20);
  view.axis[1].stride = -1;
  CHECK(span_of(view, ElementType::Fp32).begin == -16);
  CHECK(span_of(view, ElementType::Fp32).end == 4);
  view.axis[1].low = 100;  // nothing is valid
  CHECK(span_of(view, ElementType::Fp32).begin == span_of(view, ElementType::Fp32).end);
}

}  // namespace coldforge::sim::test
