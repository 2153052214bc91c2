#pragma once

#include <cstdint>
#include <vector>

#include "sim/exec/command.h"
#include "sim/mem/port_arbiter.h"
#include "sim/mem/tile_lines.h"

namespace coldforge::sim {

/// Cycles [begin, end).
struct CycleSpan {
  std::int64_t begin = 0, end = 0;
};

/// What one product does, cycle by cycle.
struct MatrixSchedule {
  std::int64_t weights_free =
      0;  ///< cycle in which the last block begins to stream: the next product may start
  std::int64_t stream_free = 0;  ///< cycle after the last row entered: the next product may stream
  std::int64_t done = 0;         ///< the last row of Acc is visible
  std::vector<CycleSpan> work;   ///< weights loaded, rows entering; unsorted, may overlap
};

/// The timing of the systolic array.
/// Source: sim/README.md, "Matrix engine".
class MatrixTiming {
 public:
  explicit MatrixTiming(const isa::Arch& arch);

  /// A product (operands acc, a, b) that starts in cycle `start` and may stream from `stream_from`
  /// on. Its reads of partial sums are asked for from `arbiter`.
  void plan(const Command& command, std::int64_t start, std::int64_t stream_from,
            MatrixSchedule& schedule, PortArbiter& arbiter);

  /// From the cycle in which a row has entered to that in which it is written to Acc.
  std::int64_t depth() const { return rows_ + cols_ + 2; }

 private:
  void stream_block(const Command& command, std::int64_t k, std::int64_t n, bool partial,
                    std::int64_t begin, MatrixSchedule& schedule, PortArbiter& arbiter);
  /// The reads of partial sums of rows that enter from `begin` on, `cycles` apart; all rows lie
  /// alike, each in one line of column n.
  void ask_partial_sums(const TileDesc& acc, std::int64_t n, std::int64_t begin,
                        std::int64_t cycles, PortArbiter& arbiter) const;
  /// The rows of a block have entered in [span_begin, next), the last of its spans.
  void end_block(std::int64_t span_begin, std::int64_t next, MatrixSchedule& schedule) const;
  std::int64_t weight_lines(const TileDesc& weights, std::int64_t k, std::int64_t n) const;

  const std::int64_t rows_, cols_;  ///< of the array: extents of a block in k and n
  const LineGeometries geometry_;
  std::vector<std::int64_t>
      entered_;  ///< [n block][m]: cycle in which the row entered last, for its partial sum
};

}  // namespace coldforge::sim
