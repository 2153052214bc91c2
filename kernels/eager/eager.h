#pragma once

#include <string>
#include <vector>

#include "isa/arch.h"
#include "kernels/task.h"

namespace coldforge::kernels {

/// One node of a graph as the baseline runs it.
struct EagerNode {
  std::string name;      ///< its first output: "softmax"
  std::string op_type;   ///< "Softmax"
  std::string function;  ///< of the source, equal nodes share one; empty: it only renames data
  int first_line = 0, last_line = 0;  ///< of that function, from 1
};

/// The baseline of a task: one plain kernel a node, node after node, values between them in DRAM.
struct EagerKernel {
  std::string source;            ///< C++ as in kernels/reference; empty: refused
  std::vector<EagerNode> nodes;  ///< in the order in which they run
  /// Why there is none: "NAME (OP): REASON", REASON one of eager_refusals().
  std::string refusal;
};

/// Writes the baseline, as PyTorch's eager mode would run the graph: default tiles (what fits, two
/// to four buffers), nothing measured, nothing searched, nothing fused, a barrier between nodes.
/// Values between nodes have their declared type and lie in args.scratch. fp32 operands of
/// contractions are rounded to fp16 on load. Depends on the graph and the machine only.
EagerKernel write_eager(const Task& task, const isa::Arch& arch);

/// Every REASON that write_eager may give.
const std::vector<std::string>& eager_refusals();

}  // namespace coldforge::kernels
