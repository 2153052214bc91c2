#include "sim/trace/footprint.h"

#include <algorithm>
#include <cstdlib>

#include "sim/exec/legality.h"
#include "sim/scalar/issue_check.h"

namespace coldforge::sim {
namespace {

using Interval = Footprint::Interval;

void merge(std::vector<Interval>& intervals) {
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& a, const Interval& b) { return a.low < b.low; });
  std::size_t kept = 0;
  for (const Interval& interval : intervals) {
    if (kept > 0 && interval.low <= intervals[kept - 1].end) {
      intervals[kept - 1].end = std::max(intervals[kept - 1].end, interval.end);
    } else {
      intervals[kept++] = interval;
    }
  }
  intervals.resize(kept);
}

std::vector<Interval> intervals_of_tile(const TileDesc& tile) {
  const std::int64_t size = size_bytes(tile.type);
  const bool dense = std::abs(tile.col_stride) == 1;
  const std::int64_t backwards = tile.col_stride < 0 ? (std::int64_t{tile.cols} - 1) * size : 0;
  std::vector<Interval> intervals;
  for (std::int64_t r = 0; r < tile.rows; ++r) {
    const std::int64_t row = tile.base_bytes + r * tile.row_stride * size;
    if (dense || tile.cols == 1) {
      const std::int64_t low = dense ? row - backwards : row;
      intervals.push_back({low, low + size * tile.cols});
    } else {
      const std::int64_t cols = tile.col_stride == 0 ? 1 : tile.cols;
      for (std::int64_t c = 0; c < cols; ++c) {
        const std::int64_t low = row + c * tile.col_stride * size;
        intervals.push_back({low, low + size});
      }
    }
    if (tile.row_stride == 0) break;
  }
  return intervals;
}

/// Address of each element, all levels counted up like the digits of a number.
std::vector<Interval> intervals_of_view(const ViewDesc& view, ElementType type, std::int64_t base) {
  const std::int64_t size = size_bytes(type);
  const std::int64_t elements = elements_of(view);
  bool used[ViewDesc::kMaxLevels] = {};
  for (std::uint32_t l = 0; l < view.levels; ++l) used[view.level[l].axis] = true;
  std::uint32_t index[ViewDesc::kMaxLevels] = {};
  std::vector<Interval> intervals;
  for (std::int64_t e = 0; e < elements; ++e) {
    std::int64_t coordinate[ViewDesc::kMaxLevels];
    for (int a = 0; a < ViewDesc::kMaxLevels; ++a) coordinate[a] = -std::int64_t{view.axis[a].low};
    for (std::uint32_t l = 0; l < view.levels; ++l) {
      coordinate[view.level[l].axis] += std::int64_t{view.level[l].step} * index[l];
    }
    bool valid = true;
    std::int64_t offset = 0;
    for (int a = 0; a < ViewDesc::kMaxLevels && valid; ++a) {
      if (!used[a]) continue;
      const ViewDesc::Axis& axis = view.axis[a];
      valid = coordinate[a] >= 0 && coordinate[a] % axis.insertion == 0 &&
              (axis.size == ViewDesc::kUnbounded || coordinate[a] / axis.insertion < axis.size);
      offset += coordinate[a] / axis.insertion * axis.stride;
    }
    if (valid) {
      const std::int64_t low = base + offset * size;
      if (!intervals.empty() && intervals.back().end == low)
        intervals.back().end += size;
      else
        intervals.push_back({low, low + size});
    }
    for (std::uint32_t l = view.levels; l-- > 0;) {
      if (++index[l] < view.level[l].extent) break;
      index[l] = 0;
    }
  }
  return intervals;
}

}  // namespace

Footprint Footprint::of_bytes(std::int64_t low, std::int64_t end) {
  Footprint f;
  f.low_ = low;
  f.end_ = end;
  f.solid_ = true;
  return f;
}

Footprint Footprint::of_tile(const TileDesc& tile) {
  Footprint f;
  const TileSpan range = span_of(tile);
  f.low_ = range.begin;
  f.end_ = range.end;
  f.tile_ = tile;
  f.solid_ = tile.col_stride == 1 &&
             (tile.rows == 1 || tile.row_stride == static_cast<std::int64_t>(tile.cols));
  return f;
}

Footprint Footprint::of_view(const ViewDesc& view, ElementType type, std::int64_t base) {
  Footprint f;
  const TileSpan range = span_of(view, type);
  f.low_ = base + range.begin;
  f.end_ = base + range.end;
  f.solid_ = view.levels == 1 && view.axis[view.level[0].axis].stride == 1 &&
             view.level[0].step == 1 && view.axis[view.level[0].axis].insertion == 1;
  f.is_view_ = true;
  f.view_ = std::make_shared<ViewDesc>(view);
  f.type_ = type;
  f.base_ = base;
  return f;
}

const std::vector<Interval>& Footprint::intervals() const {
  if (intervals_.empty() && low_ < end_) {
    if (solid_) {
      intervals_.push_back({low_, end_});
    } else {
      intervals_ = is_view_ ? intervals_of_view(*view_, type_, base_) : intervals_of_tile(tile_);
      merge(intervals_);
    }
  }
  return intervals_;
}

bool Footprint::overlaps(const Footprint& other, Interval* where) const {
  if (low_ >= other.end_ || other.low_ >= end_) return false;
  const std::vector<Interval>& mine = intervals();
  const std::vector<Interval>& theirs = other.intervals();
  for (std::size_t i = 0, j = 0; i < mine.size() && j < theirs.size();) {
    const std::int64_t low = std::max(mine[i].low, theirs[j].low);
    const std::int64_t end = std::min(mine[i].end, theirs[j].end);
    if (low < end) {
      if (where != nullptr) *where = {low, end};
      return true;
    }
    if (mine[i].end < theirs[j].end)
      ++i;
    else
      ++j;
  }
  return false;
}

std::vector<Access> accesses_of(const Command& command) {
  const isa::Instruction& instruction = *command.instruction;
  const bool dram = instruction.unit == isa::Unit::Load || instruction.unit == isa::Unit::Store;
  std::vector<Access> accesses;
  int viewed = -1;  // the tile whose memory an on-chip view walks
  bool has_view = false;
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    const isa::Operand& operand = instruction.operands[i];
    has_view |= operand.kind == isa::OperandKind::View;
    if (operand.kind == isa::OperandKind::Tile && operand.access == isa::Access::Read) {
      viewed = static_cast<int>(i);
    }
  }
  if (dram || !has_view) viewed = -1;
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    const isa::Operand& operand = instruction.operands[i];
    const bool write = operand.access != isa::Access::Read;
    if (operand.kind == isa::OperandKind::View) {
      const TileDesc& source = command.tile[viewed < 0 ? 0 : viewed];
      Footprint bytes = viewed < 0
                            ? Footprint::of_view(command.view, command.view.type, command.view.base)
                            : Footprint::of_view(command.view, source.type,
                                                 std::int64_t{source.base_bytes} +
                                                     static_cast<std::int32_t>(command.view.base));
      accesses.push_back(
          {viewed < 0 ? kSpaceDram : static_cast<int>(source.memory), write, std::move(bytes)});
    } else if (operand.kind == isa::OperandKind::Tile && static_cast<int>(i) != viewed) {
      accesses.push_back(
          {static_cast<int>(command.tile[i].memory), write, Footprint::of_tile(command.tile[i])});
    }
  }
  return accesses;
}

}  // namespace coldforge::sim
