#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/golden/operators.h"
#include "kernels/golden/window.h"

namespace coldforge::kernels::golden {
namespace {

Tensor pooled(const Tensor& x, const Window& window) {
  Shape shape = {x.shape[0], x.shape[1]};
  shape.insert(shape.end(), window.output.begin(), window.output.end());
  return Tensor(x.type, shape);
}

/// body(plane, output position, taps of that window) for every plane [n, c] and window.
template <typename Body>
void for_each_window(const Tensor& x, const Window& window, Body body) {
  const std::vector<std::int64_t> taps = window.taps();
  const std::int64_t planes = x.shape[0] * x.shape[1];
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    for (std::int64_t o = 0; o < window.output_size(); ++o)
      body(plane, o, &taps[o * window.kernel_size()]);
  }
}

/// How many kernel offsets of a window lie on the input or its declared padding. With ceil_mode a
/// window may reach beyond both; such offsets are never counted.
std::int64_t padded_count(const Window& window, std::int64_t output) {
  const std::vector<std::int64_t> strides = row_major_strides(window.output);
  std::int64_t count = 1;
  for (std::size_t axis = 0; axis < window.rank(); ++axis) {
    const std::int64_t start = output / strides[axis] % window.output[axis] * window.stride[axis];
    const std::int64_t end = window.input[axis] + window.pad_before[axis] + window.pad_after[axis];
    std::int64_t inside = 0;
    for (std::int64_t k = 0; k < window.kernel[axis]; ++k)
      inside += start + k * window.dilation[axis] < end;
    count *= inside;
  }
  return count;
}

template <typename Reduce>
Results global_pool(const Call& call, Reduce reduce) {
  const Tensor& x = call.in(0);
  call.require(x.rank() >= 2, "the data must have rank 2 at least");
  Shape shape(x.shape.size(), 1);
  shape[0] = x.shape[0];
  shape[1] = x.shape[1];
  Tensor result(x.type, shape);
  const std::int64_t pixels = x.size() / std::max<std::int64_t>(1, result.size());
  for (std::int64_t plane = 0; plane < result.size(); ++plane) {
    const double* first = &x.values[plane * pixels];
    result.values[plane] = reduce(first, first + pixels);
  }
  return {result};
}

}  // namespace

Results op_max_pool(const Call& call) {
  const Tensor& x = call.in(0);
  const Window window = window_of(call, x.shape, call.node.integers("kernel_shape", {}));
  const bool column_major = call.node.integer("storage_order", 0) != 0;
  Tensor result = pooled(x, window);
  Tensor indices(ElementType::Int64, result.shape);
  const std::int64_t inputs = window.input_size();
  for_each_window(x, window, [&](std::int64_t plane, std::int64_t o, const std::int64_t* taps) {
    double largest = -std::numeric_limits<double>::infinity();
    std::int64_t where = -1;
    for (std::int64_t k = 0; k < window.kernel_size(); ++k) {
      if (taps[k] < 0) continue;
      const double value = x.values[plane * inputs + taps[k]];
      if (where < 0 || value > largest || std::isnan(value)) {
        largest = value;
        where = taps[k];
      }
      if (std::isnan(largest)) break;
    }
    const std::int64_t at = plane * window.output_size() + o;
    result.values[at] = largest;
    if (column_major && window.rank() == 2) {
      where = where % window.input[1] * window.input[0] + where / window.input[1];
    }
    indices.values[at] = static_cast<double>(plane * inputs + where);
  });
  Results results = {result};
  if (call.wants(1)) results.push_back(indices);
  return results;
}

Results op_average_pool(const Call& call) {
  const Tensor& x = call.in(0);
  const Window window = window_of(call, x.shape, call.node.integers("kernel_shape", {}));
  const bool with_padding = call.node.integer("count_include_pad", 0) != 0;
  Tensor result = pooled(x, window);
  for_each_window(x, window, [&](std::int64_t plane, std::int64_t o, const std::int64_t* taps) {
    double sum = 0;
    std::int64_t count = 0;
    for (std::int64_t k = 0; k < window.kernel_size(); ++k) {
      if (taps[k] < 0) continue;
      sum += x.values[plane * window.input_size() + taps[k]];
      ++count;
    }
    if (with_padding) count = padded_count(window, o);
    result.values[plane * window.output_size() + o] = sum / static_cast<double>(count);
  });
  return {result};
}

Results op_lp_pool(const Call& call) {
  const Tensor& x = call.in(0);
  const Window window = window_of(call, x.shape, call.node.integers("kernel_shape", {}));
  const auto p = static_cast<double>(call.node.integer("p", 2));
  Tensor result = pooled(x, window);
  for_each_window(x, window, [&](std::int64_t plane, std::int64_t o, const std::int64_t* taps) {
    double sum = 0;
    for (std::int64_t k = 0; k < window.kernel_size(); ++k) {
      if (taps[k] >= 0)
        sum += std::pow(std::abs(x.values[plane * window.input_size() + taps[k]]), p);
    }
    result.values[plane * window.output_size() + o] = std::pow(sum, 1.0 / p);
  });
  return {result};
}

Results op_global_average_pool(const Call& call) {
  return global_pool(call, [](const double* first, const double* last) {
    double sum = 0;
    for (const double* value = first; value != last; ++value) sum += *value;
    return sum / static_cast<double>(last - first);
  });
}

Results op_global_max_pool(const Call& call) {
  return global_pool(
      call, [](const double* first, const double* last) { return *std::max_element(first, last); });
}

}  // namespace coldforge::kernels::golden
