#pragma once

#include <vector>

#include "agent/generator/grammar/stage.h"
#include "kernels/graph.h"
#include "kernels/tensor.h"

namespace coldforge::test {

/// Runs the loop nests of a program naively in double precision: what the composer's grammar means.
/// Results in the order of graph.outputs.
std::vector<kernels::Tensor> run_nests(const agent::Program& program, const kernels::Graph& graph,
                                       const std::vector<kernels::Tensor>& inputs);

}  // namespace coldforge::test
