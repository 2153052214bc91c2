// The check of tile instructions at issue, against the model's.
#include <verilated.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

#include "VIssue.h"
#include "isa/arch.h"
#include "isa/isa.h"
#include "sim/base/random.h"
#include "sim/exec/legality.h"
#include "sim/scalar/issue_check.h"
#include "sim/scalar/tile_plan.h"
#include "tests/rtl_bench/scalar/packed.h"

using namespace coldforge;
using namespace coldforge::rtl_bench;
using sim::Command;
using sim::TileDesc;
using sim::ViewDesc;

namespace {

/// Draws operands that are often legal, and often only just not.
class Draw {
 public:
  Draw(const isa::Arch& arch, std::uint64_t seed, std::uint64_t number)
      : random_(seed, number),
        bytes_{arch.vec.size_bytes, arch.left.size_bytes, arch.right.size_bytes,
               arch.acc.size_bytes} {}

  Command command(const sim::TilePlan& plan) {
    Command command;
    command.instruction = plan.instruction;
    rows_ = extent();
    cols_ = extent();
    common_ = static_cast<ElementType>(random_.below(6));
    const auto& operands = plan.instruction->operands;
    const bool is_product = plan.instruction->unit == isa::Unit::Matrix;
    const std::uint32_t inner = extent();
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const isa::Operand& operand = operands[i];
      if (operand.kind == isa::OperandKind::X) command.x[i] = value();
      if (operand.kind == isa::OperandKind::View) command.view = view(plan);
      if (operand.kind != isa::OperandKind::Tile) continue;
      command.tile[i] = tile(operand, command, static_cast<int>(i));
      if (!is_product || rarely()) continue;
      TileDesc& t = command.tile[i];
      t.rows = i == 2 ? inner : rows_;
      t.cols = i == 1 ? inner : cols_;
      t.row_stride = static_cast<std::int32_t>(t.cols);
      if (i == 0) t.type = command.tile[1].type == ElementType::Int8 ? ElementType::Int32 : t.type;
    }
    if (is_product && !rarely()) {
      const bool is_int = command.tile[1].type == ElementType::Int8;
      command.tile[0].type = is_int ? ElementType::Int32 : ElementType::Fp32;
    }
    reduce(*plan.instruction, command);
    if (plan.instruction->exec == "ttrans" || plan.instruction->exec == "tmov.t") {
      std::swap(command.tile[1].rows, command.tile[1].cols);
      command.tile[1].row_stride = static_cast<std::int32_t>(command.tile[1].cols);
    }
    return command;
  }

 private:
  bool rarely() { return random_.below(24) == 0; }
  bool often() { return random_.below(3) != 0; }
  std::uint32_t extent() { return often() ? 1 + random_.below(9) : 1 + random_.below(40); }

  std::uint32_t value() {
    switch (random_.below(6)) {
      case 0:
        return random_.next_u32();
      case 1:
        return 0u - random_.below(3);
      default:
        return random_.below(rarely() ? 300 : 9);
    }
  }

  template <class Set>
  std::uint32_t member(Set set, std::uint32_t size) {
    if (set == 0 || rarely()) return random_.below(size);
    for (;;) {
      const std::uint32_t chosen = random_.below(size);
      if ((set >> chosen & 1) != 0) return chosen;
    }
  }

  TileDesc tile(const isa::Operand& operand, const Command& command, int number) {
    TileDesc tile;
    if (number > 0 && random_.below(6) == 0) {  // like one before it, perhaps moved
      tile = command.tile[random_.below(static_cast<std::uint32_t>(number))];
      if (random_.below(2) == 0) tile.base_bytes += 4 * random_.below(12);
      if (random_.below(4) == 0) tile.rows = extent();
      return tile;
    }
    tile.memory = static_cast<isa::Memory>(member(operand.memories, 4));
    tile.type = static_cast<ElementType>(member(operand.types, 6));
    if ((operand.types >> static_cast<int>(common_) & 1) != 0 && often()) tile.type = common_;
    if (operand.same_type_as >= 0 && operand.same_type_as < number && !rarely()) {
      tile.type = command.tile[operand.same_type_as].type;
    }
    tile.rows = rarely() ? random_.below(3) * 40000 & 0xffff : rarely() ? extent() : rows_;
    tile.cols = rarely() ? random_.below(4) : cols_;
    if (operand.broadcast && random_.below(3) == 0) tile.rows = 1;
    if (operand.broadcast && random_.below(3) == 0) tile.cols = 1;
    tile.row_stride = static_cast<std::int32_t>(tile.cols);
    switch (random_.below(12)) {
      case 0:
        tile.row_stride += static_cast<std::int32_t>(random_.below(9)) - 4;
        break;
      case 1:
        tile.row_stride = -tile.row_stride;
        break;
      case 2:
        tile.col_stride = static_cast<std::int32_t>(random_.below(5)) - 2;
        break;
      case 3:
        tile.row_stride = static_cast<std::int32_t>(2 * tile.cols + random_.below(3));
        tile.col_stride = 2;
        break;
      case 4:
        tile.row_stride = 64;
        break;
      case 5:
        if (rarely()) tile.row_stride = static_cast<std::int32_t>(random_.next_u32());
        break;
      default:
        break;
    }
    const auto bytes = static_cast<std::uint32_t>(bytes_[static_cast<int>(tile.memory)]);
    tile.base_bytes = random_.below(often() ? 512 : bytes);
    if (rarely()) {
      tile.base_bytes = bytes - random_.below(64);
    } else if (!rarely()) {
      tile.base_bytes &= ~15u;
    }
    return tile;
  }

  ViewDesc view(const sim::TilePlan& plan) {
    ViewDesc view;
    view.type = static_cast<ElementType>(random_.below(8));
    view.pad_bits = random_.next_u32();
    view.base = rarely() ? random_.next_u32() : random_.below(16) * 8;
    const bool two = random_.below(2) == 0;
    view.levels = two ? 2 : 1;
    view.level[0].extent = two ? rows_ : rows_ * cols_;
    view.level[1].extent = two ? cols_ : 1;
    if (random_.below(8) == 0) {
      view.levels = random_.below(6);
      for (auto& level : view.level) {
        level.extent = rarely() ? random_.next_u32() : random_.below(5);
      }
    }
    for (std::uint32_t l = 0; l < 5; ++l) {
      ViewDesc::Level& level = view.level[l];
      ViewDesc::Axis& axis = view.axis[l];
      level.axis = rarely() ? random_.below(5) : l;
      level.step = often() ? 1 : static_cast<std::int32_t>(random_.below(7)) - 3;
      if (rarely()) level.step = static_cast<std::int32_t>(random_.next_u32());
      axis.stride = often() ? 1 : static_cast<std::int32_t>(random_.below(40)) - 20;
      if (rarely()) axis.stride = static_cast<std::int32_t>(random_.next_u32());
      if (often()) continue;
      axis.low = static_cast<std::int32_t>(random_.below(12)) - 4;
      if (random_.below(2) == 0) axis.size = static_cast<std::int32_t>(random_.below(16)) - 1;
      if (random_.below(2) == 0) axis.insertion = static_cast<std::int32_t>(random_.below(4));
    }
    if (plan.source_of_view >= 0 && often()) view.base = random_.below(64) * 4;
    return view;
  }

  /// A reduced result has one element along its axis.
  void reduce(const isa::Instruction& instruction, Command& command) {
    for (const isa::Result& result : instruction.results) {
      if (result.reduce.op.empty() || result.reduce.scan || rarely()) continue;
      TileDesc& tile = command.tile[result.operand];
      (result.reduce.axis == "cols" ? tile.cols : tile.rows) = 1;
      tile.row_stride = static_cast<std::int32_t>(tile.cols);
    }
  }

  Random random_;
  std::int64_t bytes_[4];
  std::uint32_t rows_ = 1, cols_ = 1;
  ElementType common_ = ElementType::Fp32;
};

}  // namespace

TEST_CASE("the issue check takes exactly the instructions that the model takes", "[rtl]") {
  constexpr std::uint64_t kSeed = 11;
  constexpr int kCommandsEach = 1500;
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  const std::vector<sim::TilePlan> plans = sim::make_plans(isa);
  const sim::IssueCheck check(arch);
  VerilatedContext context;
  VIssue rtl(&context);
  for (const sim::TilePlan& plan : plans) {
    int legal = 0;
    for (int number = 0; number < kCommandsEach; ++number) {
      const Command command =
          Draw(arch, kSeed, stream_key(plan.instruction->name, static_cast<std::uint64_t>(number)))
              .command(plan);
      const std::string problem = check.problem(plan, command);
      rtl.instr_i = static_cast<std::uint8_t>(plan.instruction->id);
      for (int i = 0; i < 4; ++i) {
        set_tile(rtl.tiles_i.data(), kTileBits * i, command.tile[i]);
        set_bits(rtl.x_i.data(), 32 * i, 32, command.x[i]);
      }
      set_view(rtl.view_i.data(), 0, command.view);
      rtl.eval();
      INFO("seed " << kSeed << ", " << plan.instruction->name << ", command " << number << ": "
                   << (problem.empty() ? "legal" : problem));
      REQUIRE(static_cast<bool>(rtl.is_legal_o) == problem.empty());
      if (!problem.empty()) continue;
      ++legal;
      if (plan.action <= sim::Action::Vbound) continue;
      for (std::size_t i = 0; i < plan.instruction->operands.size(); ++i) {
        if (plan.instruction->operands[i].kind != isa::OperandKind::Tile) continue;
        const int lsb = kTileBits * static_cast<int>(i);
        REQUIRE(same(get_tile(rtl.tiles_o.data(), lsb), command.tile[i]));
        if (plan.source_of_view == static_cast<int>(i)) continue;
        const sim::TileSpan span = sim::span_of(command.tile[i]);
        REQUIRE(tile_low(rtl.tiles_o.data(), lsb) == span.begin);
        REQUIRE(tile_high(rtl.tiles_o.data(), lsb) == span.end);
      }
    }
    INFO(plan.instruction->name << ": " << legal << " of " << kCommandsEach << " legal");
    if (!plan.instruction->operands.empty()) CHECK(legal >= kCommandsEach / 30);
    CHECK(legal <= kCommandsEach);
  }
}

TEST_CASE("a view in a tile memory whose end needs more than 64 bits is refused", "[rtl]") {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  const std::vector<sim::TilePlan> plans = sim::make_plans(isa);
  const sim::IssueCheck check(arch);
  VerilatedContext context;
  VIssue rtl(&context);
  int tried = 0;
  for (const sim::TilePlan& plan : plans) {
    if (plan.source_of_view < 0) continue;
    ++tried;
    // The last element's coordinate is 2 * 2^30, which lies 2^31 * 2^31 elements before the first:
    // 2^64 bytes.
    for (const bool is_far : {false, true}) {
      Command command;
      command.instruction = plan.instruction;
      for (std::size_t i = 0; i < plan.instruction->operands.size(); ++i) {
        TileDesc& tile = command.tile[i];
        tile.rows = 1;
        tile.cols = 3;
        tile.row_stride = 3;
        tile.col_stride = 1;
        tile.base_bytes = static_cast<std::uint32_t>(i) * 1024;
      }
      command.view.levels = 1;
      command.view.level[0].extent = 3;
      command.view.level[0].step = is_far ? 1 << 30 : 1;
      command.view.axis[0].stride = is_far ? INT32_MIN : 1;
      const std::string problem = check.problem(plan, command);
      INFO(plan.instruction->name << ": " << problem);
      CHECK(problem.empty() == !is_far);
      rtl.instr_i = static_cast<std::uint8_t>(plan.instruction->id);
      for (int i = 0; i < 4; ++i) {
        set_tile(rtl.tiles_i.data(), kTileBits * i, command.tile[i]);
        set_bits(rtl.x_i.data(), 32 * i, 32, command.x[i]);
      }
      set_view(rtl.view_i.data(), 0, command.view);
      rtl.eval();
      CHECK(static_cast<bool>(rtl.is_legal_o) == problem.empty());
    }
  }
  CHECK(tried > 0);
}
