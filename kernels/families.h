#pragma once

#include <string>

#include "kernels/graph.h"

namespace coldforge::kernels {

/// What kind of work dominates a graph: how suites are cut into parts and results are summed up.
/// The first that holds:
///   "transposed_convolution"  there is a ConvTranspose
///   "convolution"             there is a Conv, quantised ones included
///   "attention"               a product reads what depends on a softmax of a product
///   "contraction"             there is a product of matrices
///   "loss"                    every output is one number
///   "scan"                    there is a CumSum or Scan
///   "pooling"                 there is a pooling over windows
///   "normalisation"           there is a softmax or normalisation, or a reduced value meets one of
///                             the shape that was reduced
///   "reduction"               there is a reduction, an arg-reduction or TopK
///   "elementwise"             anything else
std::string family_of(const Graph& graph);

}  // namespace coldforge::kernels
