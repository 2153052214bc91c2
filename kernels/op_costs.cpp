#include "kernels/op_costs.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "sim/base/error.h"

namespace coldforge::kernels {
namespace {

using Per = OpCost::Per;

/// The one reviewed table of operations per operator. Counting rules:
///   - a*b + c is one operation (fma), and so is a step of a sum, maximum or sum of squares (lanes
///   gather partial
///     results); softmax subtracts its maximum;
///   - conversions and layouts are free: load, store and move engine do them (views, casts,
///   transposition);
///   - sin, cos and their kin are polynomials: 8 operations.
constexpr OpCost kCosts[] = {
    // Elementwise.
    {"Abs", Per::Output, 1, 0},
    {"Acos", Per::Output, 8, 1},
    {"Acosh", Per::Output, 2, 2},  // log(x + sqrt(x^2 - 1))
    {"Add", Per::Output, 1, 0},
    {"And", Per::Output, 1, 0},
    {"Asin", Per::Output, 8, 1},
    {"Asinh", Per::Output, 2, 2},
    {"Atan", Per::Output, 8, 1},
    {"Atanh", Per::Output, 2, 2},  // log((1 + x) / (1 - x)) / 2
    {"BatchNormalization", Per::Output, 1, 0},
    {"Cast", Per::Output, 0, 0},
    {"CastLike", Per::Output, 0, 0},
    {"Ceil", Per::Output, 1, 0},
    {"Celu", Per::Output, 3, 1},
    {"Clip", Per::Output, 2, 0},
    {"Cos", Per::Output, 8, 0},
    {"Cosh", Per::Output, 1, 2},
    {"DequantizeLinear", Per::Output, 1, 0},
    {"Div", Per::Output, 0, 1},
    {"Dropout", Per::Output, 0, 0},
    {"DynamicQuantizeLinear", Per::Output, 3, 0},  // min, max, requantise
    {"Elu", Per::Output, 3, 1},                    // min, exp, fma, max
    {"Equal", Per::Output, 1, 0},
    {"Erf", Per::Output, 0, 1},
    {"Exp", Per::Output, 0, 1},
    {"Floor", Per::Output, 1, 0},
    {"Greater", Per::Output, 1, 0},
    {"GreaterOrEqual", Per::Output, 1, 0},
    {"HardSigmoid", Per::Output, 3, 0},  // fma, max, min
    {"HardSwish", Per::Output, 4, 0},
    {"Identity", Per::Output, 0, 0},
    {"IsInf", Per::Output, 1, 0},
    {"IsNaN", Per::Output, 1, 0},
    {"LRN", Per::Output, 4, 2},  // square, window sum, fma, power, product
    {"LeakyRelu", Per::Output, 2, 0},
    {"Less", Per::Output, 1, 0},
    {"LessOrEqual", Per::Output, 1, 0},
    {"Log", Per::Output, 0, 1},
    {"Max", Per::Output, 1, 0},
    {"Mean", Per::Output, 1, 0},
    {"Min", Per::Output, 1, 0},
    {"Mod", Per::Output, 2, 1},
    {"Mul", Per::Output, 1, 0},
    {"Neg", Per::Output, 1, 0},
    {"Not", Per::Output, 1, 0},
    {"Or", Per::Output, 1, 0},
    {"PRelu", Per::Output, 2, 0},
    {"Pow", Per::Output, 1, 2},  // exp(y log x)
    {"QuantizeLinear", Per::Output, 1, 0},
    {"Reciprocal", Per::Output, 0, 1},
    {"Relu", Per::Output, 1, 0},
    {"Round", Per::Output, 1, 0},
    {"Selu", Per::Output, 3, 1},
    {"Shrink", Per::Output, 3, 0},
    {"Sigmoid", Per::Output, 0, 1},
    {"Sign", Per::Output, 2, 0},
    {"Sin", Per::Output, 8, 0},
    {"Sinh", Per::Output, 1, 2},
    {"Softplus", Per::Output, 1, 2},  // log(1 + exp x)
    {"Softsign", Per::Output, 2, 1},
    {"Sqrt", Per::Output, 0, 1},
    {"Sub", Per::Output, 1, 0},
    {"Sum", Per::Output, 1, 0},
    {"Tan", Per::Output, 8, 1},
    {"Tanh", Per::Output, 0, 1},
    {"ThresholdedRelu", Per::Output, 2, 0},
    {"Where", Per::Output, 1, 0},
    {"Xor", Per::Output, 1, 0},
    // Reductions and normalisations.
    {"ArgMax", Per::Input, 1, 0},
    {"ArgMin", Per::Input, 1, 0},
    {"CumSum", Per::Input, 1, 0},
    {"GlobalAveragePool", Per::Input, 1, 0},
    {"GlobalMaxPool", Per::Input, 1, 0},
    {"InstanceNormalization", Per::Input, 3, 0},  // sum; sum of squares; fma
    {"LayerNormalization", Per::Input, 4, 0},  // sum; sum of squares; fma; fma with scale and bias
    {"LogSoftmax", Per::Input, 4, 1},          // max; sub, exp, sum; sub
    {"LpNormalization", Per::Input, 2, 0},
    {"NegativeLogLikelihoodLoss", Per::Output, 1, 0},
    {"ReduceL1", Per::Input, 2, 0},
    {"ReduceL2", Per::Input, 1, 0},
    {"ReduceLogSum", Per::Input, 1, 0},
    {"ReduceLogSumExp", Per::Input, 3, 1},  // max; sub, exp, sum
    {"ReduceMax", Per::Input, 1, 0},
    {"ReduceMean", Per::Input, 1, 0},
    {"ReduceMin", Per::Input, 1, 0},
    {"ReduceProd", Per::Input, 1, 0},
    {"ReduceSum", Per::Input, 1, 0},
    {"ReduceSumSquare", Per::Input, 1, 0},
    {"Scan", Per::Output, 1, 0},    // each scanned element is made by one operation at least
    {"Softmax", Per::Input, 4, 1},  // max; sub, exp, sum; product
    {"SoftmaxCrossEntropyLoss", Per::Input, 3, 1},  // max; sub, exp, sum
    {"TopK", Per::Input, 1, 0},
    // Windows.
    {"AveragePool", Per::Pool, 1, 0},
    {"LpPool", Per::Pool, 1, 1},
    {"MaxPool", Per::Pool, 0, 0},
    // Contractions.
    {"Conv", Per::Contraction, 0, 0},
    {"ConvInteger", Per::Contraction, 0, 0},
    {"ConvTranspose", Per::Contraction, 0, 0},
    {"Einsum", Per::Contraction, 0, 0},
    {"Gemm", Per::Contraction, 0, 0},
    {"MatMul", Per::Contraction, 0, 0},
    {"MatMulInteger", Per::Contraction, 0, 0},
    {"QLinearConv", Per::Contraction, 0, 0},
    {"QLinearMatMul", Per::Contraction, 0, 0},
    // Layout: nothing is calculated.
    {"Concat", Per::Output, 0, 0},
    {"Constant", Per::Output, 0, 0},
    {"ConstantOfShape", Per::Output, 0, 0},
    {"DepthToSpace", Per::Output, 0, 0},
    {"Expand", Per::Output, 0, 0},
    {"EyeLike", Per::Output, 0, 0},
    {"Flatten", Per::Output, 0, 0},
    {"Gather", Per::Output, 0, 0},
    {"GatherElements", Per::Output, 0, 0},
    {"GatherND", Per::Output, 0, 0},
    {"OneHot", Per::Output, 0, 0},
    {"Pad", Per::Output, 0, 0},
    {"Range", Per::Output, 0, 0},
    {"Reshape", Per::Output, 0, 0},
    {"ScatterElements", Per::Output, 0, 0},
    {"Shape", Per::Output, 0, 0},
    {"Size", Per::Output, 0, 0},
    {"Slice", Per::Output, 0, 0},
    {"SpaceToDepth", Per::Output, 0, 0},
    {"Split", Per::Output, 0, 0},
    {"Squeeze", Per::Output, 0, 0},
    {"Tile", Per::Output, 0, 0},
    {"Transpose", Per::Output, 0, 0},
    {"Trilu", Per::Output, 0, 0},
    {"Unsqueeze", Per::Output, 0, 0},
};

/// Product of the extents of all letters: the iteration space. Equations with an ellipsis count the
/// letters only.
std::int64_t einsum_space(const Graph& graph, const Node& node) {
  std::map<char, std::int64_t> extents;
  std::size_t input = 0, axis = 0;
  for (const char c : node.text("equation", "")) {
    if (c == '-') break;
    if (c == ',') {
      ++input;
      axis = 0;
      continue;
    }
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter || input >= node.inputs.size()) continue;
    const Shape& shape = graph.value(node.inputs[input]).shape;
    if (axis < shape.size()) extents[c] = std::max(extents[c], shape[axis]);
    ++axis;
  }
  std::int64_t space = 1;
  for (const auto& [letter, extent] : extents) space *= extent;
  return space;
}

}  // namespace

const OpCost& cost_of(const std::string& op_type) {
  const auto* found = std::find_if(std::begin(kCosts), std::end(kCosts),
                                   [&](const OpCost& cost) { return op_type == cost.name; });
  CF_CHECK(found != std::end(kCosts), "the table of operations has no row for " + op_type);
  return *found;
}

std::int64_t macs_of(const Graph& graph, const Node& node) {
  if (cost_of(node.op_type).per != OpCost::Per::Contraction) return 0;
  const Value& output = graph.value(node.outputs.at(0));
  const Shape& a = graph.value(node.inputs.at(0)).shape;
  if (node.op_type == "Einsum") return einsum_space(graph, node);
  if (node.op_type == "Gemm")
    return output.size() * (node.integer("transA", 0) != 0 ? a.at(0) : a.at(1));
  const bool transposed = node.op_type == "ConvTranspose";
  if (transposed || node.op_type == "Conv" || node.op_type == "ConvInteger" ||
      node.op_type == "QLinearConv") {
    // Conv: filters [out, in / group, k...] per output; ConvTranspose: [in, out / group, k...] per
    // input.
    const Shape& w = graph.value(node.inputs.at(node.op_type == "QLinearConv" ? 3 : 1)).shape;
    const std::int64_t per_element = element_count(w) / w.at(0);
    return per_element * (transposed ? element_count(a) : output.size());
  }
  return output.size() * a.back();  // MatMul and its quantised forms
}

}  // namespace coldforge::kernels
