#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/graph.h"
#include "kernels/tensor.h"

/// Inside of the golden interpreter: what an operator function gets, and all of them by family.
///
/// Such a function computes shapes and values itself and sets the types that ONNX prescribes; it
/// may rely on a model that passed the checker and strict shape inference, but not on the contents
/// of tensors (indices, axes, shapes).
namespace coldforge::kernels::golden {

/// One invocation of a node.
class Call {
 public:
  Call(const Node& called, const std::vector<const Tensor*>& inputs)
      : node(called), inputs_(inputs) {}

  const Node& node;

  std::size_t inputs() const { return inputs_.size(); }
  bool has(std::size_t index) const { return index < inputs_.size() && inputs_[index] != nullptr; }
  /// UserError if it was left out.
  const Tensor& in(std::size_t index) const;
  /// The input's elements as integers (axes, shapes, indices), or nothing if it was left out.
  std::vector<std::int64_t> integers(std::size_t index) const;
  /// `axis` counted from the front; UserError unless -rank <= axis < rank.
  std::int64_t axis(std::int64_t axis, std::int64_t rank) const;
  /// Stops with UserError(op_type, problem) unless the condition holds.
  void require(bool condition, const std::string& problem) const;
  bool wants(std::size_t output) const {
    return output < node.outputs.size() && !node.outputs[output].empty();
  }

 private:
  const std::vector<const Tensor*>& inputs_;
};

using Results = std::vector<Tensor>;
using Operator = Results (*)(const Call&);

struct Registration {
  const char* name;
  int least_version;
  Operator function;
};

/// Null if unknown.
const Registration* find_operator(const std::string& op_type);

/// Whole-integer arithmetic wraps to the type's width, as two's complement does.
double wrap(ElementType type, double value);

// unary.cpp
Results op_abs(const Call&);
Results op_neg(const Call&);
Results op_exp(const Call&);
Results op_log(const Call&);
Results op_sqrt(const Call&);
Results op_reciprocal(const Call&);
Results op_floor(const Call&);
Results op_ceil(const Call&);
Results op_round(const Call&);
Results op_sign(const Call&);
Results op_erf(const Call&);
Results op_sin(const Call&);
Results op_cos(const Call&);
Results op_tan(const Call&);
Results op_asin(const Call&);
Results op_acos(const Call&);
Results op_atan(const Call&);
Results op_sinh(const Call&);
Results op_cosh(const Call&);
Results op_asinh(const Call&);
Results op_acosh(const Call&);
Results op_atanh(const Call&);
Results op_not(const Call&);
Results op_is_nan(const Call&);
Results op_is_inf(const Call&);
Results op_identity(const Call&);
Results op_dropout(const Call&);
Results op_cast(const Call&);
Results op_cast_like(const Call&);

// activation.cpp
Results op_relu(const Call&);
Results op_leaky_relu(const Call&);
Results op_prelu(const Call&);
Results op_thresholded_relu(const Call&);
Results op_elu(const Call&);
Results op_selu(const Call&);
Results op_celu(const Call&);
Results op_sigmoid(const Call&);
Results op_hard_sigmoid(const Call&);
Results op_hard_swish(const Call&);
Results op_tanh(const Call&);
Results op_softplus(const Call&);
Results op_softsign(const Call&);
Results op_shrink(const Call&);
Results op_clip(const Call&);

// binary.cpp
Results op_add(const Call&);
Results op_sub(const Call&);
Results op_mul(const Call&);
Results op_div(const Call&);
Results op_pow(const Call&);
Results op_mod(const Call&);
Results op_min(const Call&);
Results op_max(const Call&);
Results op_sum(const Call&);
Results op_mean(const Call&);
Results op_equal(const Call&);
Results op_less(const Call&);
Results op_less_or_equal(const Call&);
Results op_greater(const Call&);
Results op_greater_or_equal(const Call&);
Results op_and(const Call&);
Results op_or(const Call&);
Results op_xor(const Call&);
Results op_where(const Call&);

// matmul.cpp
Results op_matmul(const Call&);
Results op_gemm(const Call&);
Results op_einsum(const Call&);
Results op_matmul_integer(const Call&);

// conv.cpp
Results op_conv(const Call&);
Results op_conv_integer(const Call&);
Results op_qlinear_conv(const Call&);
Results op_conv_transpose(const Call&);

// pool.cpp
Results op_max_pool(const Call&);
Results op_average_pool(const Call&);
Results op_lp_pool(const Call&);
Results op_global_average_pool(const Call&);
Results op_global_max_pool(const Call&);

// reduce.cpp
Results op_reduce_sum(const Call&);
Results op_reduce_mean(const Call&);
Results op_reduce_max(const Call&);
Results op_reduce_min(const Call&);
Results op_reduce_prod(const Call&);
Results op_reduce_l1(const Call&);
Results op_reduce_l2(const Call&);
Results op_reduce_sum_square(const Call&);
Results op_reduce_log_sum(const Call&);
Results op_reduce_log_sum_exp(const Call&);
Results op_arg_max(const Call&);
Results op_arg_min(const Call&);
Results op_cum_sum(const Call&);
Results op_top_k(const Call&);

// normalize.cpp
Results op_softmax(const Call&);
Results op_log_softmax(const Call&);
Results op_batch_normalization(const Call&);
Results op_instance_normalization(const Call&);
Results op_layer_normalization(const Call&);
Results op_lp_normalization(const Call&);
Results op_lrn(const Call&);

// layout.cpp: elements only move
Results op_reshape(const Call&);
Results op_flatten(const Call&);
Results op_squeeze(const Call&);
Results op_unsqueeze(const Call&);
Results op_transpose(const Call&);
Results op_concat(const Call&);
Results op_split(const Call&);
Results op_slice(const Call&);
Results op_pad(const Call&);
Results op_expand(const Call&);
Results op_tile(const Call&);
Results op_depth_to_space(const Call&);
Results op_space_to_depth(const Call&);
Results op_shape(const Call&);
Results op_size(const Call&);
Results op_constant(const Call&);
Results op_constant_of_shape(const Call&);
Results op_range(const Call&);
Results op_eye_like(const Call&);
Results op_trilu(const Call&);

// gather.cpp
Results op_gather(const Call&);
Results op_gather_elements(const Call&);
Results op_gather_nd(const Call&);
Results op_scatter_elements(const Call&);
Results op_one_hot(const Call&);

// loss.cpp
Results op_softmax_cross_entropy_loss(const Call&);
Results op_negative_log_likelihood_loss(const Call&);

// quantize.cpp
Results op_quantize_linear(const Call&);
Results op_dequantize_linear(const Call&);
Results op_dynamic_quantize_linear(const Call&);
Results op_qlinear_matmul(const Call&);

// control.cpp
Results op_scan(const Call&);

}  // namespace coldforge::kernels::golden
