// Conv, its quantised forms and ConvTranspose by im2col and col2im: each group is one matrix
// product.

#include <algorithm>
#include <cmath>

#include "kernels/golden/gemm.h"
#include "kernels/golden/operators.h"
#include "kernels/golden/window.h"

namespace coldforge::kernels::golden {
namespace {

/// Data [n, c, spatial...] and weights of the same rank, at least 3.
void require_ranks(const Call& call, const Tensor& x, const Tensor& w) {
  call.require(x.rank() >= 3 && x.rank() == w.rank(),
               "data and weights must have the same rank, at least 3");
}

void add_bias(const Call& call, std::size_t input, Tensor& result) {
  if (!call.has(input)) return;
  const Tensor& bias = call.in(input);
  const std::int64_t channels = result.shape[1];
  call.require(bias.size() == channels, "the bias must have one element per output channel");
  const std::int64_t pixels =
      element_count(result.shape) / std::max<std::int64_t>(1, result.shape[0] * channels);
  for (std::int64_t i = 0; i < result.size(); ++i)
    result.values[i] += bias.values[i / pixels % channels];
}

/// The convolution without its bias, by the node's attributes.
Tensor convolve(const Call& call, const Tensor& x, const Tensor& w) {
  require_ranks(call, x, w);
  const Window window = window_of(call, x.shape, Shape(w.shape.begin() + 2, w.shape.end()));
  const std::int64_t groups = call.node.integer("group", 1);
  const std::int64_t batch = x.shape[0], channels = x.shape[1], filters = w.shape[0];
  call.require(groups > 0 && channels == w.shape[1] * groups && filters % groups == 0,
               "channels, filters and group do not fit");
  const std::int64_t depth = w.shape[1], offsets = window.kernel_size();
  const std::int64_t inputs = window.input_size(), outputs = window.output_size();
  Tensor result(x.type, {batch, filters});
  result.shape.insert(result.shape.end(), window.output.begin(), window.output.end());
  result.values.assign(static_cast<std::size_t>(element_count(result.shape)), 0.0);
  const std::vector<std::int64_t> taps = window.taps();
  std::vector<double> columns(static_cast<std::size_t>(depth * offsets * outputs));
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t g = 0; g < groups; ++g) {
      for (std::int64_t c = 0; c < depth; ++c) {
        const double* plane = &x.values[(n * channels + g * depth + c) * inputs];
        for (std::int64_t k = 0; k < offsets; ++k) {
          double* row = &columns[(c * offsets + k) * outputs];
          for (std::int64_t o = 0; o < outputs; ++o) {
            const std::int64_t at = taps[o * offsets + k];
            row[o] = at < 0 ? 0.0 : plane[at];
          }
        }
      }
      const std::int64_t first = g * (filters / groups);
      multiply_add(filters / groups, outputs, depth * offsets, &w.values[first * depth * offsets],
                   columns.data(), &result.values[(n * filters + first) * outputs]);
    }
  }
  return result;
}

/// `tensor` less its zero point: a scalar, or one value per filter along the first axis.
Tensor centred(const Call& call, std::size_t input, std::size_t zero_point) {
  Tensor tensor = call.in(input);
  tensor.type = ElementType::Int32;
  if (!call.has(zero_point)) return tensor;
  const Tensor& zero = call.in(zero_point);
  const std::int64_t rows = zero.size() == 1 ? 1 : tensor.shape.at(0);
  call.require(zero.size() == rows, "a zero point must be one value, or one per filter");
  for (std::int64_t i = 0; i < tensor.size(); ++i)
    tensor.values[i] -= zero.values[i / (tensor.size() / rows)];
  return tensor;
}

}  // namespace

Results op_conv(const Call& call) {
  Tensor result = convolve(call, call.in(0), call.in(1));
  add_bias(call, 2, result);
  return {result};
}

Results op_conv_integer(const Call& call) {
  return {convolve(call, centred(call, 0, 2), centred(call, 1, 3))};
}

Results op_qlinear_conv(const Call& call) {
  // Inputs: x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, bias
  // (int32).
  Tensor result = convolve(call, centred(call, 0, 2), centred(call, 3, 5));
  add_bias(call, 8, result);
  result.type = call.in(7).type;
  const Tensor& scales = call.in(4);
  const std::int64_t filters = result.shape[1];
  call.require(call.in(1).size() == 1 && call.in(6).size() == 1 &&
                   (scales.size() == 1 || scales.size() == filters),
               "only the weights may have one scale per filter");
  const std::int64_t pixels = result.size() / std::max<std::int64_t>(1, result.shape[0] * filters);
  const double zero_point = call.in(7).values.at(0);
  for (std::int64_t i = 0; i < result.size(); ++i) {
    const double weight_scale = scales.values[scales.size() == 1 ? 0 : i / pixels % filters];
    const double scale = call.in(1).values[0] * weight_scale / call.in(6).values[0];
    result.values[i] = round_to(result.type, std::nearbyint(result.values[i] * scale) + zero_point);
  }
  return {result};
}

Results op_conv_transpose(const Call& call) {
  require_ranks(call, call.in(0), call.in(1));
  const Tensor &x = call.in(0), &w = call.in(1);  // w [channels, filters / group, kernel...]
  const std::size_t rank = w.shape.size() - 2;
  const std::int64_t groups = call.node.integer("group", 1);
  const std::int64_t batch = x.shape[0], channels = x.shape[1], depth = w.shape[1];
  call.require(groups > 0 && channels == w.shape[0] && channels % groups == 0,
               "channels and group do not fit");
  const auto ones = std::vector<std::int64_t>(rank, 1), zeros = std::vector<std::int64_t>(rank, 0);
  std::vector<std::int64_t> pads =
      call.node.integers("pads", std::vector<std::int64_t>(2 * rank, 0));
  const auto extra = call.node.integers("output_padding", zeros);
  const auto wanted = call.node.integers("output_shape", {});
  const std::string auto_pad = call.node.text("auto_pad", "NOTSET");

  const auto fits = [rank](const auto& list) { return list.size() == rank; };
  call.require(
      pads.size() == 2 * rank && fits(extra) && (wanted.empty() || wanted.size() >= rank) &&
          fits(call.node.integers("strides", ones)) && fits(call.node.integers("dilations", ones)),
      "strides, dilations, pads and output_padding must fit the kernel's rank");

  // The windows of the convolution whose gradient this is: its input is our output and the other
  // way round.
  Window window;
  window.kernel.assign(w.shape.begin() + 2, w.shape.end());
  window.stride = call.node.integers("strides", ones);
  window.dilation = call.node.integers("dilations", ones);
  window.output.assign(x.shape.begin() + 2, x.shape.end());
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t extent = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    const std::int64_t full =
        window.stride[axis] * (window.output[axis] - 1) + extra[axis] + extent;
    const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
    if (!wanted.empty() || same) {
      const std::int64_t target = wanted.empty() ? window.output[axis] * window.stride[axis]
                                                 : wanted[wanted.size() - rank + axis];
      const std::int64_t total = std::max<std::int64_t>(0, full - target);
      const std::int64_t half = total / 2;
      pads[axis] = auto_pad == "SAME_UPPER" ? half : total - half;
      pads[rank + axis] = total - pads[axis];
      window.input.push_back(target);
    } else {
      if (auto_pad == "VALID") pads[axis] = pads[rank + axis] = 0;
      window.input.push_back(full - pads[axis] - pads[rank + axis]);
    }
    constexpr std::int64_t kLargestExtent = std::int64_t{1} << 20;
    call.require(window.input[axis] > 0, "the output would be empty");
    call.require(window.input[axis] <= kLargestExtent, "the output would exceed 2^20 in one axis");
    window.pad_before.push_back(pads[axis]);
    window.pad_after.push_back(pads[rank + axis]);
  }

  const std::int64_t offsets = window.kernel_size(), pixels = window.output_size(),
                     outputs = window.input_size();
  const std::int64_t per_group = channels / groups;
  Tensor result(x.type, {batch, depth * groups});
  result.shape.insert(result.shape.end(), window.input.begin(), window.input.end());
  result.values.assign(static_cast<std::size_t>(element_count(result.shape)), 0.0);
  const std::vector<std::int64_t> taps = window.taps();
  std::vector<double> turned(static_cast<std::size_t>(depth * offsets * per_group));
  std::vector<double> columns(static_cast<std::size_t>(depth * offsets * pixels));
  for (std::int64_t g = 0; g < groups; ++g) {
    for (std::int64_t c = 0; c < per_group; ++c) {
      for (std::int64_t i = 0; i < depth * offsets; ++i) {
        turned[i * per_group + c] = w.values[(g * per_group + c) * depth * offsets + i];
      }
    }
    for (std::int64_t n = 0; n < batch; ++n) {
      std::fill(columns.begin(), columns.end(), 0.0);
      multiply_add(depth * offsets, pixels, per_group, turned.data(),
                   &x.values[(n * channels + g * per_group) * pixels], columns.data());
      for (std::int64_t f = 0; f < depth; ++f) {
        double* plane = &result.values[(n * depth * groups + g * depth + f) * outputs];
        for (std::int64_t k = 0; k < offsets; ++k) {
          const double* row = &columns[(f * offsets + k) * pixels];
          for (std::int64_t p = 0; p < pixels; ++p) {
            const std::int64_t at = taps[p * offsets + k];
            if (at >= 0) plane[at] += row[p];
          }
        }
      }
    }
  }
  add_bias(call, 2, result);
  return {result};
}

}  // namespace coldforge::kernels::golden
