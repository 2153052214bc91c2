#include <algorithm>

#include "kernels/golden/golden.h"
#include "kernels/golden/operators.h"

namespace coldforge::kernels::golden {
namespace {

/// Every operator of the interpreter, by name (binary search): ONNX name, first version with this
/// meaning, function. Versions: onnx/docs/Changelog.md. Operators whose axes moved from attribute
/// to input serve both forms.
constexpr Registration kOperators[] = {
    {"Abs", 6, op_abs},
    {"Acos", 7, op_acos},
    {"Acosh", 9, op_acosh},
    {"Add", 7, op_add},
    {"And", 7, op_and},
    {"ArgMax", 1, op_arg_max},
    {"ArgMin", 1, op_arg_min},
    {"Asin", 7, op_asin},
    {"Asinh", 9, op_asinh},
    {"Atan", 7, op_atan},
    {"Atanh", 9, op_atanh},
    {"AveragePool", 1, op_average_pool},
    {"BatchNormalization", 9, op_batch_normalization},
    {"Cast", 6, op_cast},
    {"CastLike", 15, op_cast_like},
    {"Ceil", 6, op_ceil},
    {"Celu", 12, op_celu},
    {"Clip", 11, op_clip},
    {"Concat", 4, op_concat},
    {"Constant", 1, op_constant},
    {"ConstantOfShape", 9, op_constant_of_shape},
    {"Conv", 1, op_conv},
    {"ConvInteger", 10, op_conv_integer},
    {"ConvTranspose", 1, op_conv_transpose},
    {"Cos", 7, op_cos},
    {"Cosh", 9, op_cosh},
    {"CumSum", 11, op_cum_sum},
    {"DepthToSpace", 1, op_depth_to_space},
    {"DequantizeLinear", 10, op_dequantize_linear},
    {"Div", 7, op_div},
    {"Dropout", 7, op_dropout},
    {"DynamicQuantizeLinear", 11, op_dynamic_quantize_linear},
    {"Einsum", 12, op_einsum},
    {"Elu", 6, op_elu},
    {"Equal", 7, op_equal},
    {"Erf", 9, op_erf},
    {"Exp", 6, op_exp},
    {"Expand", 8, op_expand},
    {"EyeLike", 9, op_eye_like},
    {"Flatten", 1, op_flatten},
    {"Floor", 6, op_floor},
    {"Gather", 1, op_gather},
    {"GatherElements", 11, op_gather_elements},
    {"GatherND", 11, op_gather_nd},
    {"Gemm", 7, op_gemm},
    {"GlobalAveragePool", 1, op_global_average_pool},
    {"GlobalMaxPool", 1, op_global_max_pool},
    {"Greater", 7, op_greater},
    {"GreaterOrEqual", 12, op_greater_or_equal},
    {"HardSigmoid", 6, op_hard_sigmoid},
    {"HardSwish", 14, op_hard_swish},
    {"Identity", 1, op_identity},
    {"InstanceNormalization", 6, op_instance_normalization},
    {"IsInf", 10, op_is_inf},
    {"IsNaN", 9, op_is_nan},
    {"LRN", 1, op_lrn},
    {"LayerNormalization", 17, op_layer_normalization},
    {"LeakyRelu", 6, op_leaky_relu},
    {"Less", 7, op_less},
    {"LessOrEqual", 12, op_less_or_equal},
    {"Log", 6, op_log},
    {"LogSoftmax", 13, op_log_softmax},
    {"LpNormalization", 1, op_lp_normalization},
    {"LpPool", 2, op_lp_pool},
    {"MatMul", 1, op_matmul},
    {"MatMulInteger", 10, op_matmul_integer},
    {"Max", 8, op_max},
    {"MaxPool", 1, op_max_pool},
    {"Mean", 8, op_mean},
    {"Min", 8, op_min},
    {"Mod", 10, op_mod},
    {"Mul", 7, op_mul},
    {"Neg", 6, op_neg},
    {"NegativeLogLikelihoodLoss", 12, op_negative_log_likelihood_loss},
    {"Not", 1, op_not},
    {"OneHot", 9, op_one_hot},
    {"Or", 7, op_or},
    {"PRelu", 7, op_prelu},
    {"Pad", 11, op_pad},
    {"Pow", 7, op_pow},
    {"QLinearConv", 10, op_qlinear_conv},
    {"QLinearMatMul", 10, op_qlinear_matmul},
    {"QuantizeLinear", 10, op_quantize_linear},
    {"Range", 11, op_range},
    {"Reciprocal", 6, op_reciprocal},
    {"ReduceL1", 1, op_reduce_l1},
    {"ReduceL2", 1, op_reduce_l2},
    {"ReduceLogSum", 1, op_reduce_log_sum},
    {"ReduceLogSumExp", 1, op_reduce_log_sum_exp},
    {"ReduceMax", 1, op_reduce_max},
    {"ReduceMean", 1, op_reduce_mean},
    {"ReduceMin", 1, op_reduce_min},
    {"ReduceProd", 1, op_reduce_prod},
    {"ReduceSum", 1, op_reduce_sum},
    {"ReduceSumSquare", 1, op_reduce_sum_square},
    {"Relu", 6, op_relu},
    {"Reshape", 5, op_reshape},
    {"Round", 11, op_round},
    {"Scan", 8, op_scan},
    {"ScatterElements", 11, op_scatter_elements},
    {"Selu", 6, op_selu},
    {"Shape", 1, op_shape},
    {"Shrink", 9, op_shrink},
    {"Sigmoid", 6, op_sigmoid},
    {"Sign", 9, op_sign},
    {"Sin", 7, op_sin},
    {"Sinh", 9, op_sinh},
    {"Size", 1, op_size},
    {"Slice", 10, op_slice},
    {"Softmax", 13, op_softmax},
    {"SoftmaxCrossEntropyLoss", 12, op_softmax_cross_entropy_loss},
    {"Softplus", 1, op_softplus},
    {"Softsign", 1, op_softsign},
    {"SpaceToDepth", 1, op_space_to_depth},
    {"Split", 2, op_split},
    {"Sqrt", 6, op_sqrt},
    {"Squeeze", 1, op_squeeze},
    {"Sub", 7, op_sub},
    {"Sum", 8, op_sum},
    {"Tan", 7, op_tan},
    {"Tanh", 6, op_tanh},
    {"ThresholdedRelu", 10, op_thresholded_relu},
    {"Tile", 6, op_tile},
    {"TopK", 10, op_top_k},
    {"Transpose", 1, op_transpose},
    {"Trilu", 14, op_trilu},
    {"Unsqueeze", 1, op_unsqueeze},
    {"Where", 9, op_where},
    {"Xor", 7, op_xor},
};

bool any_subgraph(const Node& node, bool (*predicate)(const Node&)) {
  for (const auto& [name, attribute] : node.attributes) {
    const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute);
    if (body == nullptr) continue;
    for (const Node& inner : (*body)->nodes) {
      if (predicate(inner)) return true;
    }
  }
  return false;
}

}  // namespace

const Registration* find_operator(const std::string& op_type) {
  const auto* found = std::lower_bound(std::begin(kOperators), std::end(kOperators), op_type,
                                       [](const Registration& entry, const std::string& name) {
                                         return name.compare(entry.name) > 0;
                                       });
  return found != std::end(kOperators) && op_type == found->name ? found : nullptr;
}

std::vector<OperatorInfo> supported_operators() {
  std::vector<OperatorInfo> operators;
  for (const Registration& entry : kOperators)
    operators.push_back({entry.name, entry.least_version});
  return operators;
}

bool is_supported(const Node& node) {
  const Registration* entry = find_operator(node.op_type);
  if (entry == nullptr || node.version < entry->least_version) return false;
  return !any_subgraph(node, [](const Node& inner) { return !is_supported(inner); });
}

std::optional<int> least_version(const std::string& op_type) {
  const Registration* entry = find_operator(op_type);
  if (entry == nullptr) return std::nullopt;
  return entry->least_version;
}

}  // namespace coldforge::kernels::golden
