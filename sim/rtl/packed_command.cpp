#include "sim/rtl/packed_command.h"

namespace coldforge::sim {
namespace {

/// Takes fields from the low end of a packed structure, last member first.
class Fields {
 public:
  explicit Fields(const std::uint32_t* words, int at = 0) : words_(words), at_(at) {}
  std::uint32_t take(int width) {
    std::uint64_t both = words_[at_ / 32];
    if (at_ % 32 + width > 32) both |= std::uint64_t{words_[at_ / 32 + 1]} << 32;
    const auto value =
        static_cast<std::uint32_t>(both >> at_ % 32 & ((std::uint64_t{1} << width) - 1));
    at_ += width;
    return value;
  }
  std::int32_t take_signed() { return static_cast<std::int32_t>(take(32)); }

 private:
  const std::uint32_t* words_;
  int at_;
};

constexpr int kTileBits = 198;

TileDesc tile(const CfRtlCommand& packed, int operand) {
  Fields fields(packed.tiles, kTileBits * operand);
  TileDesc tile;
  fields.take(32);  // high
  fields.take(32);  // low
  tile.col_stride = fields.take_signed();
  tile.row_stride = fields.take_signed();
  tile.cols = fields.take(16);
  tile.rows = fields.take(16);
  tile.base_bytes = fields.take(32);
  tile.type = static_cast<ElementType>(fields.take(4));
  tile.memory = static_cast<isa::Memory>(fields.take(2));
  return tile;
}

ViewDesc view(const CfRtlCommand& packed) {
  Fields fields(packed.view);
  ViewDesc view;
  for (ViewDesc::Axis& axis : view.axis) axis.insertion = fields.take_signed();
  for (ViewDesc::Axis& axis : view.axis) axis.size = fields.take_signed();
  for (ViewDesc::Axis& axis : view.axis) axis.low = fields.take_signed();
  for (ViewDesc::Axis& axis : view.axis) axis.stride = fields.take_signed();
  for (ViewDesc::Level& level : view.level) level.step = fields.take_signed();
  for (ViewDesc::Level& level : view.level) level.axis = fields.take(3);
  for (ViewDesc::Level& level : view.level) level.extent = fields.take(32);
  view.levels = fields.take(3);
  view.pad_bits = fields.take(32);
  view.type = static_cast<ElementType>(fields.take(4));
  view.base = fields.take(32);
  return view;
}

}  // namespace

void unpack(const CfRtlCommand& packed, Command& command) {
  int operand = 0;
  for (const isa::Operand& of : command.instruction->operands) {
    if (of.kind == isa::OperandKind::Tile) command.tile[operand] = tile(packed, operand);
    if (of.kind == isa::OperandKind::View) command.view = view(packed);
    if (of.kind == isa::OperandKind::X) command.x[operand] = packed.x[operand];
    ++operand;
  }
}

}  // namespace coldforge::sim
