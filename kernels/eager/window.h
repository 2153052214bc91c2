#pragma once

#include <array>
#include <string>

#include "kernels/eager/operands.h"

namespace coldforge::kernels::eager {

/// A sliding window over up to three spatial dimensions (depth, height, width; those that are
/// missing have extent 1). Source: ONNX Conv, ConvTranspose, MaxPool, AveragePool.
struct Window {
  using Triple = std::array<std::int64_t, 3>;
  Triple in{1, 1, 1}, out{1, 1, 1}, kernel{1, 1, 1};
  Triple stride{1, 1, 1}, dilation{1, 1, 1}, pad{0, 0, 0};  ///< pad: below
};

/// Reads a node's attributes; `kernel`: extents of the window. A refusal in `problem` if there is
/// no such window.
Window window_of(const Operands& operands, std::vector<std::int64_t> kernel, std::string& problem);

}  // namespace coldforge::kernels::eager
