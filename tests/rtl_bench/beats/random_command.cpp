#include "tests/rtl_bench/beats/random_command.h"

#include <algorithm>
#include <cstring>

#include "sim/base/error.h"
#include "sim/exec/legality.h"
#include "sim/exec/tile_access.h"

namespace coldforge::rtl_bench {
namespace {

using isa::Memory;
using sim::Command;
using sim::TileDesc;
using sim::ViewDesc;

template <typename T>
T pick(unsigned mask, Random& random) {
  std::vector<T> values;
  for (int i = 0; i < 8; ++i) {
    if ((mask >> i & 1) != 0) values.push_back(static_cast<T>(i));
  }
  return values[random.below(static_cast<std::uint32_t>(values.size()))];
}

std::int64_t size_of(const isa::Arch& arch, Memory memory) {
  const isa::TileMemoryArch* const all[] = {&arch.vec, &arch.left, &arch.right, &arch.acc};
  return all[static_cast<int>(memory)]->size_bytes;
}

const isa::Result::Reduce* reduction_of(const isa::Instruction& instruction, int operand) {
  for (const isa::Result& result : instruction.results) {
    if (result.operand == operand && !result.reduce.op.empty() && !result.reduce.scan) {
      return &result.reduce;
    }
  }
  return nullptr;
}

std::uint32_t some_lane(Random& random) {
  static constexpr std::uint32_t kSpecial[] = {0,          0x80000000, 0x3f800000, 0x7f800000,
                                               0xff800000, 0x7fc00000, 0x00000001, 0x7fffffff};
  switch (random.below(8)) {
    case 0:
      return kSpecial[random.below(8)];
    case 1:
      return random.next_u32();
    case 2:
      return random.below(200) - 100;
    default:  // floats of small magnitude: exponent 2^-16 to 2^15
      return (random.next_u32() & 0x807fffff) | (127 - 16 + random.below(32)) << 23;
  }
}

}  // namespace

RandomCommands::RandomCommands(const isa::Isa& isa, const isa::Arch& arch, isa::Unit unit)
    : arch_(arch), plans_(sim::make_plans(isa)), check_(arch) {
  for (const isa::Instruction& instruction : isa.instructions()) {
    if (instruction.unit != unit || instruction.exec == "tset" || instruction.exec == "twait") {
      continue;
    }
    instructions_.push_back(&instruction);
    // The instructions with shapes of their own come more often.
    for (int i = 0; !instruction.exec.empty() && i < 4; ++i) instructions_.push_back(&instruction);
  }
}

std::vector<RandomCommands::Typed> RandomCommands::all_types() const {
  std::vector<Typed> all;
  for (std::size_t i = 0; i < instructions_.size(); ++i) {
    if (i > 0 && instructions_[i] == instructions_[i - 1]) continue;  // those that come more often
    std::vector<Typed> some{{instructions_[i], {}}};
    const auto& operands = instructions_[i]->operands;
    for (std::size_t o = 0; o < operands.size(); ++o) {
      if (operands[o].kind != isa::OperandKind::Tile) continue;
      std::vector<Typed> more;
      for (Typed typed : some) {
        for (int type = 0; type < 8; ++type) {
          typed.types[o] = static_cast<ElementType>(type);
          const int same = operands[o].same_type_as;
          const bool agrees =
              same < 0 || typed.types[static_cast<std::size_t>(same)] == typed.types[o];
          if ((operands[o].types >> type & 1) != 0 && agrees) more.push_back(typed);
        }
      }
      some = std::move(more);
    }
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

bool RandomCommands::is_legal(const Command& command) const {
  return check_.problem(plans_[static_cast<std::size_t>(command.instruction->id)], command).empty();
}

Command RandomCommands::next(Random& random, std::uint64_t seq) const {
  for (;;) {
    const isa::Instruction& instruction =
        *instructions_[random.below(static_cast<std::uint32_t>(instructions_.size()))];
    for (int attempt = 0; attempt < 50; ++attempt) {
      Command command = draw(instruction, nullptr, random);
      command.seq = seq;
      if (is_legal(command)) return command;
    }
  }
}

std::optional<Command> RandomCommands::next(const Typed& typed, Random& random,
                                            std::uint64_t seq) const {
  for (int attempt = 0; attempt < 500; ++attempt) {
    Command command = draw(*typed.instruction, &typed, random);
    command.seq = seq;
    if (is_legal(command)) return command;
  }
  return std::nullopt;
}

TileDesc RandomCommands::draw_tile(const isa::Operand& operand, std::uint32_t rows,
                                   std::uint32_t cols, ElementType type, Random& random) const {
  TileDesc tile;
  tile.memory = pick<Memory>(operand.memories, random);
  tile.type = type;
  tile.rows = rows;
  tile.cols = cols;
  const bool is_written = operand.access != isa::Access::Read;
  static constexpr std::int32_t kStrides[] = {1, 1, 1, 1, 2, -1, 3, 5, -2, 0};
  tile.col_stride = kStrides[random.below(is_written ? 9 : 10)];
  const auto row = static_cast<std::int32_t>(cols) * std::max(1, std::abs(tile.col_stride));
  tile.row_stride = row + static_cast<std::int32_t>(random.below(3) == 0 ? random.below(5) : 0);
  if (random.below(4) == 0) tile.row_stride = -tile.row_stride;
  if (!is_written && random.below(6) == 0) {
    tile.row_stride = static_cast<std::int32_t>(random.below(9)) - 4;
  }
  const sim::TileSpan range = sim::span_of(tile);
  const std::int64_t room = size_of(arch_, tile.memory) - (range.end - range.begin);
  if (room < 0) return tile;
  const auto size = static_cast<std::int64_t>(size_bytes(type));
  // Half of them close together, so that lines and banks are shared.
  const std::int64_t bound = random.below(2) == 0 ? std::min<std::int64_t>(room, 400) : room;
  const auto place = static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(bound + 1)));
  tile.base_bytes = static_cast<std::uint32_t>(place / size * size - range.begin);
  return tile;
}

void RandomCommands::draw_view(std::uint32_t elements, ElementType type, Random& random,
                               ViewDesc& view) const {
  view.type = type;
  view.pad_bits = some_lane(random);
  view.levels = 1 + random.below(ViewDesc::kMaxLevels);
  std::uint32_t left = elements;
  for (std::uint32_t l = 0; l < view.levels; ++l) {
    ViewDesc::Level& level = view.level[l];
    level.extent = 1;
    if (l + 1 == view.levels) {
      level.extent = left;
    } else {
      for (int attempt = 0; attempt < 4 && level.extent == 1; ++attempt) {
        const std::uint32_t candidate = 1 + random.below(5);
        if (left % candidate == 0) level.extent = candidate;
      }
    }
    left /= level.extent;
    level.axis = random.below(4) == 0 ? random.below(ViewDesc::kMaxLevels) : l;
    level.step = random.below(3) == 0 ? static_cast<std::int32_t>(random.below(5)) - 2 : 1;
  }
  for (ViewDesc::Axis& axis : view.axis) {
    axis.stride = static_cast<std::int32_t>(random.below(12)) - 2;
    if (random.below(3) == 0) axis.stride = 1;
    axis.low = static_cast<std::int32_t>(random.below(5)) - 1;
    if (random.below(2) == 0) axis.low = 0;
    if (random.below(2) == 0) axis.size = static_cast<std::int32_t>(1 + random.below(9));
    if (random.below(4) == 0) axis.insertion = static_cast<std::int32_t>(1 + random.below(3));
  }
  view.base = random.below(64) * static_cast<std::uint32_t>(size_bytes(type));
}

ElementType RandomCommands::draw_type(const isa::Instruction& instruction, std::size_t i,
                                      const Command& command, Random& random) const {
  const isa::Operand& operand = instruction.operands[i];
  ElementType type = pick<ElementType>(operand.types, random);
  if (operand.same_type_as >= 0) type = command.tile[operand.same_type_as].type;
  if (!instruction.exec.empty() && i == 1 && random.below(3) == 0 &&
      (operand.types >> static_cast<int>(command.tile[0].type) & 1) != 0) {
    type = command.tile[0].type;
  }
  return type;
}

Command RandomCommands::draw(const isa::Instruction& instruction, const Typed* typed,
                             Random& random) const {
  Command command;
  command.instruction = &instruction;
  const std::uint32_t rows = 1 + random.below(random.below(3) == 0 ? 12 : 4);
  const std::uint32_t cols =
      1 + random.below(random.below(8) == 0 ? 100 : (random.below(2) == 0 ? 14 : 5));
  const bool transposes = instruction.exec == "ttrans" || instruction.exec == "tmov.t";
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    const isa::Operand& operand = instruction.operands[i];
    if (operand.kind == isa::OperandKind::X) {
      command.x[i] = some_lane(random);
      continue;
    }
    if (operand.kind == isa::OperandKind::View) {
      draw_view(rows * cols, command.tile[1].type, random, command.view);
      continue;
    }
    const ElementType type =
        typed != nullptr ? typed->types[i] : draw_type(instruction, i, command, random);
    std::uint32_t r = rows, c = cols;
    if (transposes && i == 1) std::swap(r, c);
    if (instruction.exec == "tgather" && i == 1) {
      r = 1 + random.below(6);
      c = 1 + random.below(20);
    }
    if (const isa::Result::Reduce* reduce = reduction_of(instruction, static_cast<int>(i))) {
      (reduce->axis == "cols" ? c : r) = 1;
    }
    if (operand.broadcast && random.below(3) == 0) r = 1;
    if (operand.broadcast && random.below(3) == 0) c = 1;
    command.tile[i] = draw_tile(operand, r, c, type, random);
    // In place, where the check lets it through.
    if (i > 0 && random.below(5) == 0) {
      const TileDesc& other = command.tile[random.below(static_cast<std::uint32_t>(i))];
      if (other.rows > 0 && other.type == type) command.tile[i] = other;
    }
  }
  if (instruction.exec == "tgets") {
    command.x[2] = random.below(command.tile[1].rows);
    command.x[3] = random.below(command.tile[1].cols);
  }
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    if (instruction.operands[i].name == "zero") command.x[i] = random.below(384) - 128;
  }
  return command;
}

void RandomCommands::set_indices(const Command& command, bool may_be_bad, Random& random,
                                 sim::TileMemories& memories) {
  const TileDesc& from = command.tile[1];
  const TileDesc& index = command.tile[2];
  for (std::int64_t row = 0; row < index.rows; ++row) {
    for (std::int64_t col = 0; col < index.cols; ++col) {
      std::uint32_t number = random.below(from.rows * from.cols);
      if (may_be_bad && random.below(10) == 0) number += random.next_u32();
      std::memcpy(sim::element(index, memories, row, col), &number, sizeof number);
    }
  }
}

void fill_memories(sim::TileMemories& memories, Random& random) {
  for (int m = 0; m < isa::kMemories; ++m) {
    sim::TileMemory& memory = memories[static_cast<Memory>(m)];
    for (std::int64_t i = 0; i < memory.size_bytes(); i += 4) {
      const std::uint32_t lane = some_lane(random);
      std::memcpy(memory.data() + i, &lane, sizeof lane);
    }
  }
}

}  // namespace coldforge::rtl_bench
