#include "sim/exec/legality.h"

#include <algorithm>
#include <vector>

#include "sim/exec/view_walk.h"

namespace coldforge::sim {
namespace {

bool overlap(const TileSpan& a, const TileSpan& b) { return a.begin < b.end && b.begin < a.end; }

bool same_rectangle(const TileDesc& a, const TileDesc& b) {
  return a.memory == b.memory && a.base_bytes == b.base_bytes && a.rows == b.rows &&
         a.cols == b.cols && size_bytes(a.type) == size_bytes(b.type) &&
         (a.row_stride == b.row_stride || a.rows == 1) &&
         (a.col_stride == b.col_stride || a.cols == 1);
}

/// For rows of adjacent columns at one distance, wider than either row: is there a pair of rows
/// that shares a byte?
bool rows_share(const TileDesc& a, const TileDesc& b, std::int64_t distance) {
  const std::int64_t width_a = std::int64_t{a.cols} * size_bytes(a.type);
  const std::int64_t width_b = std::int64_t{b.cols} * size_bytes(b.type);
  const std::int64_t offset = std::int64_t{b.base_bytes} - a.base_bytes;
  // Row i of a and row j of b share a byte iff -width_b < offset - (i - j) * distance < width_a.
  const std::int64_t quotient = offset / distance;
  for (std::int64_t d = quotient - 1; d <= quotient + 1; ++d) {
    const std::int64_t gap = offset - d * distance;
    if (-width_b < gap && gap < width_a && d < a.rows && -d < b.rows) return true;
  }
  return false;
}

template <typename F>
void for_each_byte(const TileDesc& tile, F&& f) {
  const std::int64_t size = size_bytes(tile.type);
  for (std::int64_t r = 0; r < tile.rows; ++r) {
    for (std::int64_t c = 0; c < tile.cols; ++c) {
      const std::int64_t address =
          tile.base_bytes + size * (r * tile.row_stride + c * tile.col_stride);
      for (std::int64_t byte = 0; byte < size; ++byte) f(address + byte);
    }
  }
}

bool share_bytes(const TileDesc& a, const TileDesc& b) {
  if (a.memory != b.memory) return false;
  const TileSpan span_a = span_of(a), span_b = span_of(b);
  if (!overlap(span_a, span_b)) return false;
  const std::int64_t distance = std::int64_t{a.row_stride} * size_bytes(a.type);
  const std::int64_t widest = std::max(std::int64_t{a.cols} * size_bytes(a.type),
                                       std::int64_t{b.cols} * size_bytes(b.type));
  if (a.col_stride == 1 && b.col_stride == 1 && distance >= widest &&
      distance == std::int64_t{b.row_stride} * size_bytes(b.type)) {
    return rows_share(a, b, distance);
  }
  std::vector<bool> taken(static_cast<std::size_t>(span_a.end - span_a.begin));
  for_each_byte(
      a, [&](std::int64_t byte) { taken[static_cast<std::size_t>(byte - span_a.begin)] = true; });
  bool shared = false;
  for_each_byte(b, [&](std::int64_t byte) {
    if (byte < span_a.begin || byte >= span_a.end) return;
    shared = shared || taken[static_cast<std::size_t>(byte - span_a.begin)];
  });
  return shared;
}

/// Does a result see each element before it is overwritten, if it is the same rectangle as a
/// source?
bool works_in_place(const isa::Instruction& instruction) {
  if (instruction.exec == "tmov") return true;
  if (instruction.results.empty()) return false;
  return std::all_of(instruction.results.begin(), instruction.results.end(),
                     [](const isa::Result& r) { return r.reduce.op.empty() || r.reduce.scan; });
}

bool view_overlaps(const Command& command, const TileDesc& source, const TileDesc& result) {
  if (source.memory != result.memory) return false;
  const TileSpan written = span_of(result);
  const std::int64_t size = size_bytes(source.type);
  bool shared = false;
  ViewDesc view = command.view;
  view.base += source.base_bytes;
  ViewWalk(view, size).for_each_run([&](const ViewRun& run) {
    const TileSpan read{run.address, run.address + run.count * size};
    shared = shared || (run.valid && overlap(read, written));
  });
  return shared;
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
        if (j > i && share_bytes(result, other)) return "two results overlap";
        continue;
      }
      if (instruction.exec == "tmov.view") {
        if (view_overlaps(command, other, result)) return "the result overlaps the source";
        continue;
      }
      if (in_place && same_rectangle(result, other)) continue;
      if (!share_bytes(result, other)) continue;
      return in_place ? "the result overlaps a source in part" : "the result overlaps a source";
    }
  }
  return nullptr;
}

}  // namespace coldforge::sim
