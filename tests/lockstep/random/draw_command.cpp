#include "tests/lockstep/random/draw_command.h"

#include <algorithm>
#include <cstdlib>

#include "sim/exec/legality.h"
#include "sim/trace/footprint.h"
#include "tests/lockstep/random/extents.h"

namespace coldforge::lockstep {
namespace {

using isa::OperandKind;
using sim::Footprint;
using sim::TileDesc;
using sim::TileSpan;
using sim::ViewDesc;

constexpr std::uint32_t kPageBytes = 4096;

std::uint32_t member(std::uint32_t set, Random& random) {
  std::uint32_t members[32], count = 0;
  for (std::uint32_t i = 0; i < 32; ++i) {
    if ((set >> i & 1) != 0) members[count++] = i;
  }
  return count == 0 ? 0 : members[random.below(count)];
}

bool percent(std::uint32_t chance, Random& random) { return random.below(100) < chance; }

std::int64_t signed_below(std::int64_t bound, Random& random) {
  return bound <= 0 ? 0
                    : static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(bound)));
}

std::int64_t down_to(std::int64_t value, std::int64_t multiple) {
  return value / multiple * multiple;
}

}  // namespace

std::uint32_t draw_number(Random& random) {
  static constexpr std::uint32_t kCorners[] = {0,           0x8000'0000, 0x3f80'0000, 0xbf80'0000,
                                               0x7f80'0000, 0xff80'0000, 0x7fc0'0000, 0x0000'0001,
                                               0x8000'0001, 0x007f'ffff, 0x0080'0000, 0x7f7f'ffff,
                                               0x7fff'ffff, 0xffff'ffff, 0x7fa0'0000, 0x4b00'0000};
  switch (random.below(8)) {
    case 0:
    case 1:
      return kCorners[random.below(16)];
    case 2:
      return random.next_u32();
    case 3:
    case 4:
      return random.below(200) - 100;
    default:
      return (random.next_u32() & 0x807f'ffff) | (127 - 8 + random.below(16)) << 23;
  }
}

bool CommandDraw::legal(const isa::Instruction& instruction, Random& random,
                        sim::Command& command) const {
  for (int tries = 0; tries < 60; ++tries) {
    command = sim::Command{};
    command.instruction = &instruction;
    if (!attempt(instruction, random, command)) continue;
    if (world_.check.problem(world_.plan(instruction), command).empty()) return true;
  }
  return false;
}

bool CommandDraw::attempt(const isa::Instruction& instruction, Random& random,
                          sim::Command& command) const {
  const Extents extents(instruction);
  const sim::TilePlan& plan = world_.plan(instruction);
  std::uint32_t sizes[8];
  for (std::uint32_t i = 0; i < 8; ++i) {
    sizes[i] = draw_extent((i & 1) == 0 ? profile_.max_rows : profile_.max_cols, random);
  }
  const std::size_t count = instruction.operands.size();
  for (std::size_t i = 0; i < count; ++i) {
    const isa::Operand& operand = instruction.operands[i];
    TileDesc& tile = command.tile[i];
    if (operand.kind == OperandKind::X) {
      const bool small = operand.types == 0 && random.below(4) != 0;
      command.x[i] = small ? random.below(random.below(2) == 0 ? 4 : 256) - random.below(2) * 8
                           : draw_number(random);
      if (operand.access != isa::Access::Read) command.x[i] = 0;
      continue;
    }
    if (operand.kind != OperandKind::Tile) continue;
    const int rows = extents.rows(static_cast<int>(i)), cols = extents.cols(static_cast<int>(i));
    tile.rows = rows < 0 ? 1 : sizes[rows];
    tile.cols = cols < 0 ? 1 : sizes[cols];
    if (operand.broadcast && random.below(4) == 0) tile.rows = 1;
    if (operand.broadcast && random.below(4) == 0) tile.cols = 1;
    while (std::uint64_t{tile.rows} * tile.cols > profile_.max_elems) {
      if (rows < 0 || cols < 0 || extents.equal_elems().empty()) return false;
      (tile.rows > tile.cols ? tile.rows : tile.cols) /= 2;
    }
    tile.type = static_cast<ElementType>(
        operand.same_type_as >= 0
            ? static_cast<std::uint32_t>(command.tile[operand.same_type_as].type)
            : member(operand.types, random));
    tile.memory = static_cast<isa::Memory>(member(operand.memories, random));
    const bool again = i > 0 && random.below(6) == 0;
    const TileDesc wanted = tile;
    if (again) {  // in place, where the check lets it through
      tile = command.tile[random.below(static_cast<std::uint32_t>(i))];
      if (tile.rows == wanted.rows && tile.cols == wanted.cols && tile.type == wanted.type &&
          (operand.memories >> static_cast<int>(tile.memory) & 1) != 0) {
        continue;
      }
      tile = wanted;
    }
    if (plan.source_of_view == static_cast<int>(i)) continue;  // its view says where it lies
    if (!draw_tile(operand, instruction.unit, tile, random)) return false;
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (instruction.operands[i].kind != OperandKind::View) continue;
    std::int64_t elements = draw_extent(profile_.max_cols, random);
    for (const auto& [a, b] : extents.equal_elems()) {
      const int other = a == static_cast<int>(i) ? b : b == static_cast<int>(i) ? a : -1;
      if (other >= 0) {
        elements = std::int64_t{command.tile[other].rows} * command.tile[other].cols;
      }
    }
    const bool store = instruction.operands[i].access != isa::Access::Read;
    const bool drawn =
        plan.source_of_view >= 0
            ? draw_chip_view(elements, command.tile[plan.source_of_view], command.view, random)
            : draw_dram_view(elements, store, command.view, random);
    if (!drawn) return false;
  }
  return true;
}

std::uint32_t CommandDraw::draw_extent(std::uint32_t most, Random& random) const {
  const isa::Arch& arch = world_.arch;
  if (random.below(4) == 0) {  // one more or less than what a unit takes at once
    const std::int64_t sizes[] = {arch.vector.lanes, arch.matrix.rows, arch.matrix.cols, 32};
    const std::int64_t size = sizes[random.below(4)] * (1 + random.below(2)) + random.below(3) - 1;
    if (size >= 1 && size <= most) return static_cast<std::uint32_t>(size);
  }
  return 1 + random.below(random.below(3) == 0 ? most : std::min(most, 5u));
}

bool CommandDraw::draw_tile(const isa::Operand& operand, isa::Unit unit, TileDesc& tile,
                            Random& random) const {
  const bool written = operand.access != isa::Access::Read;
  const std::int64_t size = size_bytes(tile.type);
  const isa::TileMemoryArch& memory = world_.memory(tile.memory);
  tile.row_stride = static_cast<std::int32_t>(tile.cols);
  tile.col_stride = 1;
  if (percent(profile_.odd_stride_percent, random)) {
    static constexpr std::int32_t kStrides[] = {1, 1, 1, 1, 2, -1, 3, 5, -2, 0};
    tile.col_stride = kStrides[random.below(written ? 9 : 10)];
    tile.row_stride =
        static_cast<std::int32_t>(tile.cols) * std::max(1, std::abs(tile.col_stride)) +
        static_cast<std::int32_t>(random.below(2) * random.below(6));
    if (random.below(4) == 0) tile.row_stride = -tile.row_stride;
    if (random.below(5) == 0) tile.row_stride = static_cast<std::int32_t>(random.below(12)) - 4;
    if (random.below(5) == 0) {  // stored by columns
      tile.col_stride = static_cast<std::int32_t>(tile.rows + random.below(3));
      tile.row_stride = 1;
    }
  }
  const std::int64_t bank_pitch = memory.banks * memory.line_bytes / size;
  if (percent(profile_.same_bank_percent, random) && bank_pitch >= tile.cols) {
    tile.row_stride = static_cast<std::int32_t>(bank_pitch);
  }
  const TileSpan span = sim::span_of(tile);  // base 0
  const std::int64_t length = span.end - span.begin;
  std::int64_t room = memory.size_bytes - length;
  if (room < 0) return false;
  std::int64_t begin = 0;
  if (random.below(10) != 0) {
    const std::int64_t window = profile_.window_bytes;
    const bool own = percent(profile_.own_window_percent, random);
    begin = own ? window * static_cast<int>(unit) % std::max<std::int64_t>(1, room) : 0;
    room = std::clamp<std::int64_t>(window - length, 0, room - begin);
  }
  begin = down_to(begin + signed_below(room + 1, random),
                  random.below(2) == 0 ? memory.line_bytes : size);
  tile.base_bytes = static_cast<std::uint32_t>(begin - span.begin);
  return true;
}

void CommandDraw::draw_levels(std::int64_t elements, ViewDesc& view, Random& random) const {
  view.levels = 1 + random.below(ViewDesc::kMaxLevels);
  std::int64_t left = elements;
  for (std::uint32_t l = 0; l < view.levels; ++l) {
    ViewDesc::Level& level = view.level[l];
    level.extent = 1;
    for (int tries = 0; tries < 4 && level.extent == 1; ++tries) {
      const std::uint32_t extent = 1 + random.below(6);
      if (left % extent == 0) level.extent = extent;
    }
    if (l + 1 == view.levels) level.extent = static_cast<std::uint32_t>(left);
    left /= level.extent;
    level.axis = random.below(4) == 0 ? random.below(ViewDesc::kMaxLevels) : l;
    level.step = random.below(3) == 0 ? static_cast<std::int32_t>(random.below(5)) - 2 : 1;
  }
  std::int64_t pitch = 1;
  for (std::uint32_t l = ViewDesc::kMaxLevels; l-- > 0;) {
    ViewDesc::Axis& axis = view.axis[l];
    const std::int64_t extent = l < view.levels ? view.level[l].extent : 1;
    axis.stride = static_cast<std::int32_t>(pitch + random.below(2) * random.below(4));
    if (random.below(4) == 0) axis.stride = static_cast<std::int32_t>(random.below(12)) - 4;
    pitch = std::min<std::int64_t>(std::abs(axis.stride) * extent, 600);
    if (random.below(3) == 0) axis.low = static_cast<std::int32_t>(random.below(5)) - 1;
    if (random.below(3) == 0) axis.size = static_cast<std::int32_t>(1 + random.below(9));
    if (random.below(5) == 0) axis.insertion = static_cast<std::int32_t>(1 + random.below(3));
  }
}

bool CommandDraw::draw_dram_view(std::int64_t elements, bool store, ViewDesc& view,
                                 Random& random) const {
  const auto type = static_cast<ElementType>(random.below(kElementTypes));
  const std::uint32_t pad = draw_number(random);
  for (int tries = 0;; ++tries) {
    view = ViewDesc{};
    view.type = type;
    view.pad_bits = pad;
    const std::uint32_t kind = random.below(100);
    if (kind < profile_.plain_view_percent || tries == 12) {
      view.levels = 1;
      view.level[0].extent = static_cast<std::uint32_t>(elements);
      view.axis[0].stride = 1;
    } else if (kind < profile_.plain_view_percent + 15) {  // every so many-th element
      view.levels = 1;
      view.level[0].extent = static_cast<std::uint32_t>(elements);
      view.axis[0].stride = static_cast<std::int32_t>(random.below(24)) - 8;
    } else {
      draw_levels(elements, view, random);
    }
    const Footprint bytes = Footprint::of_view(view, type, 0);
    if (bytes.end() - bytes.low() > (store ? kOutBytes : 2 * kStripeBytes)) continue;
    if (tries < 12 && static_cast<std::int64_t>(bytes.intervals().size()) > profile_.max_pieces) {
      continue;
    }
    draw_base(view, store, view, random);
    return true;
  }
}

/// Where a view lies: anywhere in its buffer, across a page, at a beat, or near to what others of
/// the program use.
void CommandDraw::draw_base(const ViewDesc& shape, bool store, ViewDesc& view,
                            Random& random) const {
  const TileSpan span = sim::span_of(shape, shape.type);
  const std::int64_t length = span.end - span.begin, size = size_bytes(shape.type);
  std::int64_t low = kOutBase, bytes = kOutBytes;
  if (!store && random.below(3) != 0) {
    const bool fitting = random.below(4) != 0 && length <= kStripeBytes;
    low = fitting ? stripe_of(shape.type) : kInBase;
    bytes = fitting ? kStripeBytes : kInBytes;
  } else if (random.below(2) == 0) {
    bytes = std::max<std::int64_t>(length, profile_.dram_window_bytes);
  }
  const std::int64_t room = std::max<std::int64_t>(0, bytes - length);
  std::int64_t begin = low + signed_below(room + 1, random);
  const std::uint32_t choice = random.below(5);
  if (choice == 0) {  // the page boundary falls into the view
    const std::int64_t page = down_to(begin + length, kPageBytes);
    const std::int64_t moved = page - signed_below(length, random);
    if (moved >= low && moved + length <= low + bytes) begin = moved;
  } else if (choice == 1) {
    begin = std::max(low, down_to(begin, world_.arch.bus.beat_bytes));
  }
  if (begin % size != 0) begin = begin - begin % size + (begin - begin % size < low ? size : 0);
  if (begin + length > low + bytes && begin - size >= low) begin -= size;
  view.base = static_cast<std::uint32_t>(begin - span.begin);
}

bool CommandDraw::draw_chip_view(std::int64_t elements, TileDesc& source, ViewDesc& view,
                                 Random& random) const {
  view = ViewDesc{};
  view.type = static_cast<ElementType>(random.below(kElementTypes));
  view.pad_bits = draw_number(random);
  if (random.below(4) == 0) {
    view.levels = 1;
    view.level[0].extent = static_cast<std::uint32_t>(elements);
    view.axis[0].stride = 1;
  } else {
    draw_levels(elements, view, random);
  }
  const TileSpan span = sim::span_of(view, source.type);
  const std::int64_t size = size_bytes(source.type), all = world_.memory_bytes(source.memory);
  const std::int64_t room = all - (span.end - span.begin);
  if (room < 0) return false;
  const std::int64_t bound = random.below(2) == 0 ? room : std::min<std::int64_t>(room, 600);
  const std::int64_t zero = down_to(signed_below(bound + 1, random), size) - span.begin;
  source.row_stride = static_cast<std::int32_t>(source.cols);
  source.base_bytes = static_cast<std::uint32_t>(down_to(signed_below(all, random), size));
  view.base = static_cast<std::uint32_t>(zero - source.base_bytes);
  return true;
}

bool CommandDraw::make_illegal(sim::Command& command, Random& random) const {
  const sim::Command legal = command;
  const isa::Instruction& instruction = *command.instruction;
  for (int tries = 0; tries < 20; ++tries) {
    command = legal;
    const std::uint32_t i = random.below(
        static_cast<std::uint32_t>(std::max<std::size_t>(1, instruction.operands.size())));
    TileDesc& tile = command.tile[i];
    switch (random.below(11)) {
      case 0:
        tile.rows += 1;
        break;
      case 1:
        tile.cols += 1;
        break;
      case 2:
        tile.type = static_cast<ElementType>(random.below(6));
        break;
      case 3:
        tile.memory = static_cast<isa::Memory>(random.below(isa::kMemories));
        break;
      case 4:
        tile.base_bytes += 1;
        break;
      case 5:
        tile.base_bytes += static_cast<std::uint32_t>(world_.memory_bytes(tile.memory));
        break;
      case 6:
        (random.below(2) == 0 ? tile.row_stride : tile.col_stride) =
            static_cast<std::int32_t>(random.below(4));
        break;
      case 7:
        command.x[i] = draw_number(random);
        break;
      case 8:
        command.view.base += 1 + random.below(3);
        break;
      case 9:
        command.view.level[0].extent += 1;
        break;
      default:
        tile.base_bytes = command.tile[0].base_bytes;  // onto the result
    }
    if (tile.rows > 0 && tile.cols > 0 &&
        !world_.check.problem(world_.plan(instruction), command).empty()) {
      return true;
    }
  }
  command = legal;
  return false;
}

void CommandDraw::make_fault(sim::Command& command, Random& random) const {
  const TileSpan span = sim::span_of(command.view, command.view.type);
  const std::int64_t length = std::max<std::int64_t>(1, span.end - span.begin);
  const bool store = command.instruction->unit == isa::Unit::Store;
  std::int64_t begin = store ? kOutBase + kOutBytes : kInBase + kInBytes;
  begin -= signed_below(length, random);
  if (random.below(3) == 0) begin = (store ? kOutBase : kInBase) - 1 - signed_below(length, random);
  if (store && random.below(4) == 0) begin = kInBase + 64;  // not writable
  const std::int64_t size = size_bytes(command.view.type);
  command.view.base = static_cast<std::uint32_t>((begin + size - 1) / size * size - span.begin);
}

}  // namespace coldforge::lockstep
