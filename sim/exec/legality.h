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
/// The same memory, and spans that share a byte.
bool spans_overlap(const TileDesc& a, const TileDesc& b);

/// Sources and results of one instruction that overlap in a way that has no meaning: nullptr if all
/// is well, else one phrase for the trap ("result overlaps a source in part"). Checked at issue,
/// after the shapes.
///
/// A result may be the same rectangle as a source (base, strides, element size) only if the
/// instruction is elementwise or a scan: it is as if a beat were read before it is written.
/// Everything else that overlaps in bytes is illegal, two results likewise. Rectangles are compared
/// exactly, not by byte range: interleaved tiles that share no byte are fine.
const char* overlap_problem(const Command& command);

}  // namespace coldforge::sim
