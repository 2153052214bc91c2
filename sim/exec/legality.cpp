#include "sim/exec/legality.h"

#include <algorithm>

namespace coldforge::sim {
namespace {

/// Coordinates and offsets of a view may be anything that 32-bit fields say.
__extension__ typedef __int128 Wide;

bool overlap(const TileSpan& a, const TileSpan& b) { return a.begin < b.end && b.begin < a.end; }

bool same_rectangle(const TileDesc& a, const TileDesc& b) {
  return a.memory == b.memory && a.base_bytes == b.base_bytes && a.rows == b.rows &&
         a.cols == b.cols && size_bytes(a.type) == size_bytes(b.type) &&
         (a.row_stride == b.row_stride || a.rows == 1) &&
         (a.col_stride == b.col_stride || a.cols == 1);
}

/// Both tiles lie on one grid: rows that do not run into each other, of elements at one distance.
bool share_grid(const TileDesc& a, const TileDesc& b) {
  const std::int64_t columns = std::max(a.cols, b.cols);
  return size_bytes(a.type) == size_bytes(b.type) && a.row_stride == b.row_stride &&
         a.col_stride == b.col_stride && a.col_stride >= 1 &&
         a.row_stride >= columns * a.col_stride;
}

/// For tiles of one memory and grid: is there an element that both have?
bool elements_meet(const TileDesc& a, const TileDesc& b) {
  const TileDesc& first = a.base_bytes <= b.base_bytes ? a : b;
  const TileDesc& later = a.base_bytes <= b.base_bytes ? b : a;
  const std::int64_t distance = (std::int64_t{later.base_bytes} - first.base_bytes) /
                                size_bytes(first.type);  // elements; bases are aligned
  // The later tile begins `into` elements into row `row` of the first one's grid, `ahead` elements
  // in front of the row after that. Where their columns fall on each other, its first row meets the
  // one if the first tile reaches that far, and the other if the later tile does.
  const std::int64_t pitch = first.col_stride;
  const std::int64_t row = distance / first.row_stride, into = distance % first.row_stride;
  const std::int64_t ahead = first.row_stride - into;
  const bool meets_row = row < first.rows && into % pitch == 0 && into / pitch < first.cols;
  const bool meets_next = row + 1 < first.rows && ahead % pitch == 0 && ahead / pitch < later.cols;
  return meets_row || meets_next;
}

bool tiles_overlap(const TileDesc& a, const TileDesc& b) {
  return spans_overlap(a, b) && (!share_grid(a, b) || elements_meet(a, b));
}

/// Does a result see each element before it is overwritten, if it is the same rectangle as a
/// source?
bool works_in_place(const isa::Instruction& instruction) {
  if (instruction.exec == "tmov") return true;
  if (instruction.results.empty()) return false;
  return std::all_of(instruction.results.begin(), instruction.results.end(),
                     [](const isa::Result& r) { return !r.is_reduced(); });
}

bool view_overlaps(const ViewDesc& view, const TileDesc& source, const TileDesc& result) {
  if (source.memory != result.memory) return false;
  const TileSpan read = span_of(view, source.type);
  const std::int64_t base = std::int64_t{source.base_bytes} + static_cast<std::int32_t>(view.base);
  return read.begin < read.end && overlap({base + read.begin, base + read.end}, span_of(result));
}

/// Lowest and highest coordinate within the bounds of an axis that levels move, divided by its
/// insertion; false if there is none.
bool axis_range(const ViewDesc& view, std::uint32_t number, Wide& lowest, Wide& highest) {
  const ViewDesc::Axis& axis = view.axis[number];
  Wide low = -Wide{axis.low}, high = low;
  for (std::uint32_t l = 0; l < view.levels; ++l) {
    const ViewDesc::Level& level = view.level[l];
    if (level.axis != number) continue;
    const Wide reach = Wide{level.step} * (Wide{level.extent} - 1);
    (reach < 0 ? low : high) += reach;
  }
  low = std::max<Wide>(low, 0);
  if (axis.size != ViewDesc::kUnbounded) {
    high = std::min<Wide>(high, Wide{axis.size} * axis.insertion - 1);
  }
  lowest = low / axis.insertion;
  highest = high / axis.insertion;
  return low <= high;
}

}  // namespace

TileSpan span_of(const TileDesc& tile) {
  const std::int64_t size = size_bytes(tile.type);
  const std::int64_t down = size * (std::int64_t{tile.rows} - 1) * tile.row_stride;
  const std::int64_t across = size * (std::int64_t{tile.cols} - 1) * tile.col_stride;
  const std::int64_t begin =
      tile.base_bytes + std::min<std::int64_t>(0, down) + std::min<std::int64_t>(0, across);
  const std::int64_t end =
      tile.base_bytes + std::max<std::int64_t>(0, down) + std::max<std::int64_t>(0, across) + size;
  return {begin, end};
}

TileSpan span_of(const ViewDesc& view, ElementType type) {
  Wide low = 0, high = 0;
  bool used[ViewDesc::kMaxLevels] = {};
  for (std::uint32_t l = 0; l < view.levels; ++l) used[view.level[l].axis] = true;
  for (std::uint32_t a = 0; a < ViewDesc::kMaxLevels; ++a) {
    Wide lowest = 0, highest = 0;
    if (!used[a]) continue;
    if (!axis_range(view, a, lowest, highest)) return {};
    const Wide at_lowest = lowest * view.axis[a].stride, at_highest = highest * view.axis[a].stride;
    low += std::min(at_lowest, at_highest);
    high += std::max(at_lowest, at_highest);
  }
  // Beyond 2^62 bytes nothing is legal: there both ends stay apart, but in range.
  const Wide size = size_bytes(type), limit = Wide{1} << 62;
  const auto in_range = [&](Wide at) { return std::clamp(at, -limit, limit); };
  return {static_cast<std::int64_t>(in_range(size * low)),
          static_cast<std::int64_t>(in_range(size * (high + 1) - 1) + 1)};
}

bool spans_overlap(const TileDesc& a, const TileDesc& b) {
  return a.memory == b.memory && overlap(span_of(a), span_of(b));
}

const char* overlap_problem(const Command& command) {
  const isa::Instruction& instruction = *command.instruction;
  const auto& operands = instruction.operands;
  const bool in_place = works_in_place(instruction);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].kind != isa::OperandKind::Tile || operands[i].access == isa::Access::Read) {
      continue;
    }
    const TileDesc& result = command.tile[i];
    for (std::size_t j = 0; j < operands.size(); ++j) {
      if (i == j || operands[j].kind != isa::OperandKind::Tile) continue;
      const TileDesc& other = command.tile[j];
      if (operands[j].access != isa::Access::Read) {
        if (j > i && tiles_overlap(result, other)) return "two results overlap";
        continue;
      }
      if (instruction.exec == "tmov.view") {
        if (view_overlaps(command.view, other, result)) return "the result overlaps the source";
        continue;
      }
      if (in_place && same_rectangle(result, other)) continue;
      if (!tiles_overlap(result, other)) continue;
      return in_place ? "the result overlaps a source in part" : "the result overlaps a source";
    }
  }
  return nullptr;
}

}  // namespace coldforge::sim
