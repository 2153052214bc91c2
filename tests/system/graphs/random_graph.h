#pragma once

#include <cstdint>
#include <string>

#include "kernels/task.h"

namespace coldforge::test {

/// An ONNX graph of 2 to 8 nodes (a few more where a step needs two) and one or more outputs, as
/// text: any operators that the golden interpreter knows, branches, broadcasting, awkward extents.
/// The same seed gives the same text.
///
/// Of the graphs drawn for a seed, the first is taken that a kernel can be judged by: outputs are
/// finite, not all zero, and rounding the inputs to 16-bit floats stays within half of the
/// tolerance, as the machine's products do that to their operands.
std::string random_graph(std::uint64_t seed);

}  // namespace coldforge::test
