#pragma once

#include <string>

#include "kernels/graph.h"

namespace coldforge::kernels {

/// The least work of one ONNX operator, in operations on elements, with the plain instructions of
/// the machine.
struct OpCost {
  enum class Per {
    Output,      // for each element of the (first) output
    Input,       // for each element of the first input: reductions, normalisations
    Pool,        // for each output: the steps of a window along each axis, as a window is separable
                 // (kernel - 1; fewer where windows overlap); then `vector` more
    Contraction  // multiply-accumulates; `vector` and `sfu` are 0: bias and scaling are the move
                 // engine's
  };
  const char* name;
  Per per;
  int vector;  // add, sub, mul, fma, min, max, compare, select, abs, reduction steps: one each
  int sfu;     // exp, log, sqrt, reciprocal, divide, tanh, sigmoid, erf: one each
};

/// The row of an operator; CF_CHECKs that there is one (a test holds it against
/// golden::supported_operators()).
const OpCost& cost_of(const std::string& op_type);

/// Multiply-accumulates of a contraction (padding counted as work), 0 for any other node.
std::int64_t macs_of(const Graph& graph, const Node& node);

}  // namespace coldforge::kernels
