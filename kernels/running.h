#pragma once

#include <cstdint>
#include <string>

#include "kernels/graph.h"

namespace coldforge::kernels {

/// A Scan node that is a running sum or product: y[i] = x[0] + ... + x[i] along one axis of its
/// only scanned input, input 1; output 1 is y, output 0, the last state, is not read.
struct RunningFold {
  bool product = false;  ///< else a sum
  std::int64_t axis = 0;
  bool reverse = false;  ///< from the last element on
  std::string problem;   ///< not empty: the node is something else, and this is why
};

RunningFold running_fold(const Graph& graph, const Node& scan);

}  // namespace coldforge::kernels
