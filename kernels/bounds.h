#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/graph.h"

namespace coldforge::kernels {

/// What a machine can do in a cycle; the caller takes it from the architecture.
struct MachineRates {
  std::int64_t dram_bytes_per_cycle = 0;
  /// Of the systolic array, by ElementType of its operands; 0 = not a type of the array. Operands
  /// of such types are counted at the fastest type that they may be converted to within a task's
  /// tolerance (fp32: fp16 or bf16; int32, int64: int8).
  std::int64_t macs_per_cycle[kElementTypes] = {};
  std::int64_t vector_elems_per_cycle = 0;  // lanes
  std::int64_t sfu_elems_per_cycle =
      0;  // exp, log, sqrt, rsqrt, reciprocal, divide, tanh, sigmoid, erf
};

/// Work that no kernel can do without, in operations on elements.
struct OpCounts {
  std::int64_t dram_bytes = 0;            // compulsory: inputs once, outputs once
  std::int64_t macs[kElementTypes] = {};  // by ElementType of the operands
  std::int64_t vector_ops = 0;
  std::int64_t sfu_ops = 0;

  std::int64_t total_macs() const;
};

enum class Limiter { Dram, Matrix, Vector, Sfu };
/// "dram", "matrix", "vector", "sfu".
std::string_view name_of(Limiter limiter);

/// The least number of cycles by each resource on its own.
struct Bound {
  std::int64_t dram = 0, matrix = 0, vector = 0, sfu = 0;
  Limiter limiter = Limiter::Dram;
  std::int64_t cycles = 0;  // the largest of the four, at least 1
};

/// The work of one node run as a kernel of its own: its inputs read from DRAM, its outputs written
/// to it. Source: the table in op_costs.cpp, one row per ONNX operator.
OpCounts node_counts(const Graph& graph, const Node& node);

/// The work of the whole graph in one kernel: only graph inputs, constants and outputs touch DRAM,
/// and elementwise work that can vanish is not counted: a multiplication that only feeds an
/// addition or a sum (fma), a scaling by a constant, bias and activation behind a contraction (the
/// move engine applies them).
OpCounts graph_counts(const Graph& graph);

Bound bound_of(const OpCounts& counts, const MachineRates& rates);

/// bound_of(graph_counts(graph), rates): lower_bound_cycles, with its parts.
///
/// Only the DRAM part is a floor of nature; the others say what the instruction set's obvious way
/// takes. Zero padding, triangular operands or work moved to another engine may go below them.
Bound lower_bound(const Graph& graph, const MachineRates& rates);

/// The sum over the nodes, each bounded on its own: what one kernel per node cannot beat.
std::int64_t eager_lower_bound_cycles(const Graph& graph, const MachineRates& rates);

}  // namespace coldforge::kernels
