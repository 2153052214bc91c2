#pragma once

#include <cstdint>

#include "sim/exec/command.h"

namespace coldforge::sim {

/// Bytes of its memory that a tile's elements lie in, from the lowest to behind the highest;
/// signed, for bounds checks.
struct TileSpan {
  std::int64_t begin = 0, end = 0;
};
TileSpan span_of(const TileDesc& tile);
/// The same for the valid elements of a view, relative to its base: from the lowest to behind the
/// highest coordinate of each axis that lies within its bounds, whether or not there is an element;
/// empty if an axis has none. At most 2^62 either way.
TileSpan span_of(const ViewDesc& view, ElementType type);
/// The same memory, and spans that share a byte.
bool spans_overlap(const TileDesc& a, const TileDesc& b);

/// Sources and results of one instruction that overlap in a way that has no meaning: nullptr if all
/// is well, else one phrase for the trap ("result overlaps a source in part"). Checked at issue,
/// after the shapes.
///
/// A result may be the same rectangle as a source (base, strides, element size) only if the
/// instruction is elementwise or a scan: it is as if a beat were read before it is written.
/// Everything else that overlaps is illegal, two results likewise. Tiles overlap if they share a
/// byte, where both lie on one grid: element size, row and column stride are equal, columns ascend
/// (col_stride >= 1), and rows do not run into each other (row_stride >= cols * col_stride). Other
/// tiles, and the view of a tmov.view, overlap if their spans do.
const char* overlap_problem(const Command& command);

}  // namespace coldforge::sim
