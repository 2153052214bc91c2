#include <algorithm>
#include <cmath>

#include "kernels/golden/operators.h"

namespace coldforge::kernels::golden {
namespace {

/// How many elements share one scale along the axis: 0 if a single scale serves the whole tensor.
std::int64_t inner_size(const Call& call, const Tensor& x, const Tensor& scale,
                        std::int64_t* extent) {
  *extent = 1;
  if (scale.size() == 1) return 0;
  const std::int64_t axis = call.axis(call.node.integer("axis", 1), x.rank());
  *extent = x.shape[axis];
  call.require(scale.size() == *extent, "the scale must have one entry per channel");
  return row_major_strides(x.shape)[axis];
}

double zero_point(const Call& call, std::size_t channel) {
  return call.has(2) ? call.in(2).values.at(call.in(2).size() == 1 ? 0 : channel) : 0.0;
}

}  // namespace

Results op_quantize_linear(const Call& call) {
  const Tensor &x = call.in(0), &scale = call.in(1);
  std::int64_t extent = 1;
  const std::int64_t inner = inner_size(call, x, scale, &extent);
  Tensor result(call.has(2) ? call.in(2).type : ElementType::UInt8, x.shape);
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const auto channel = static_cast<std::size_t>(inner == 0 ? 0 : i / inner % extent);
    const double steps = std::nearbyint(x.values[i] / scale.values[channel]);
    result.values[i] = round_to(result.type, steps + zero_point(call, channel));
  }
  return {result};
}

Results op_dequantize_linear(const Call& call) {
  const Tensor &x = call.in(0), &scale = call.in(1);
  std::int64_t extent = 1;
  const std::int64_t inner = inner_size(call, x, scale, &extent);
  Tensor result(scale.type, x.shape);
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const auto channel = static_cast<std::size_t>(inner == 0 ? 0 : i / inner % extent);
    result.values[i] = (x.values[i] - zero_point(call, channel)) * scale.values[channel];
  }
  return {result};
}

Results op_dynamic_quantize_linear(const Call& call) {
  const Tensor& x = call.in(0);
  const double low = std::min(0.0, *std::min_element(x.values.begin(), x.values.end()));
  const double high = std::max(0.0, *std::max_element(x.values.begin(), x.values.end()));
  const double scale = high > low ? round_to(ElementType::Fp32, (high - low) / 255.0) : 1.0;
  const double zero = round_to(ElementType::UInt8, std::nearbyint(-low / scale));
  Tensor result(ElementType::UInt8, x.shape);
  for (std::int64_t i = 0; i < x.size(); ++i) {
    result.values[i] = round_to(ElementType::UInt8, std::nearbyint(x.values[i] / scale) + zero);
  }
  return {result, Tensor(ElementType::Fp32, {}, {scale}), Tensor(ElementType::UInt8, {}, {zero})};
}

}  // namespace coldforge::kernels::golden
