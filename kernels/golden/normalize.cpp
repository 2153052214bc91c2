#include <algorithm>
#include <cmath>

#include "kernels/golden/operators.h"

namespace coldforge::kernels::golden {
namespace {

/// Calls body(first element, stride, extent) for every line along `axis`.
template <typename Body>
void for_each_line(Tensor& x, std::int64_t axis, Body body) {
  const std::int64_t extent = x.shape[static_cast<std::size_t>(axis)];
  const std::int64_t stride = row_major_strides(x.shape)[static_cast<std::size_t>(axis)];
  for (std::int64_t line = 0; line < x.size() / std::max<std::int64_t>(1, extent); ++line) {
    body(&x.values[line / stride * stride * extent + line % stride], stride, extent);
  }
}

double line_max(const double* x, std::int64_t stride, std::int64_t extent) {
  double largest = x[0];
  for (std::int64_t i = 1; i < extent; ++i) largest = std::max(largest, x[i * stride]);
  return largest;
}

struct Moments {
  double mean = 0, variance = 0;  // population variance, two passes
};

Moments moments_of(const double* x, std::int64_t count) {
  Moments moments;
  for (std::int64_t i = 0; i < count; ++i) moments.mean += x[i];
  moments.mean /= static_cast<double>(count);
  for (std::int64_t i = 0; i < count; ++i)
    moments.variance += (x[i] - moments.mean) * (x[i] - moments.mean);
  moments.variance /= static_cast<double>(count);
  return moments;
}

/// Inputs first..last must have one element per channel.
void require_channels(const Call& call, std::size_t first, std::size_t last,
                      std::int64_t channels) {
  for (std::size_t i = first; i <= last; ++i) {
    call.require(call.in(i).size() == channels,
                 "input " + std::to_string(i) + " must have one element per channel");
  }
}

}  // namespace

Results op_softmax(const Call& call) {
  Tensor result = call.in(0);
  const std::int64_t axis = call.axis(call.node.integer("axis", -1), result.rank());
  for_each_line(result, axis, [](double* x, std::int64_t stride, std::int64_t extent) {
    const double largest = line_max(x, stride, extent);
    double sum = 0;
    for (std::int64_t i = 0; i < extent; ++i)
      sum += x[i * stride] = std::exp(x[i * stride] - largest);
    for (std::int64_t i = 0; i < extent; ++i) x[i * stride] /= sum;
  });
  return {result};
}

Results op_log_softmax(const Call& call) {
  Tensor result = call.in(0);
  const std::int64_t axis = call.axis(call.node.integer("axis", -1), result.rank());
  for_each_line(result, axis, [](double* x, std::int64_t stride, std::int64_t extent) {
    const double largest = line_max(x, stride, extent);
    double sum = 0;
    for (std::int64_t i = 0; i < extent; ++i) sum += std::exp(x[i * stride] - largest);
    const double shift = largest + std::log(sum);
    for (std::int64_t i = 0; i < extent; ++i) x[i * stride] -= shift;
  });
  return {result};
}

Results op_batch_normalization(const Call& call) {
  // Inputs: x [n, c, ...], scale [c], bias [c], mean [c], variance [c].
  const Tensor& x = call.in(0);
  const double epsilon = call.node.number("epsilon", 1e-5),
               momentum = call.node.number("momentum", 0.9);
  const bool training = call.node.integer("training_mode", 0) != 0;
  const std::int64_t channels = x.rank() > 1 ? x.shape[1] : 1;
  const std::int64_t pixels = x.size() / std::max<std::int64_t>(1, x.shape[0] * channels);
  require_channels(call, 1, 4, channels);
  Tensor mean = call.in(3), variance = call.in(4);
  if (training) {
    std::vector<double> channel;
    for (std::int64_t c = 0; c < channels; ++c) {
      channel.clear();
      for (std::int64_t n = 0; n < x.shape[0]; ++n) {
        const double* first = &x.values[(n * channels + c) * pixels];
        channel.insert(channel.end(), first, first + pixels);
      }
      const Moments moments = moments_of(channel.data(), static_cast<std::int64_t>(channel.size()));
      mean.values[c] = moments.mean;
      variance.values[c] = moments.variance;
    }
  }
  Tensor result = x;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const std::int64_t c = i / pixels % channels;
    const double scale = call.in(1).values[c] / std::sqrt(variance.values[c] + epsilon);
    result.values[i] = (x.values[i] - mean.values[c]) * scale + call.in(2).values[c];
  }
  Results results = {result};
  if (training && call.wants(1)) {
    // Running statistics: momentum weighs the old ones.
    for (std::size_t c = 0; c < mean.values.size(); ++c) {
      mean.values[c] = momentum * call.in(3).values[c] + (1 - momentum) * mean.values[c];
      variance.values[c] = momentum * call.in(4).values[c] + (1 - momentum) * variance.values[c];
    }
    results.push_back(mean);
    results.push_back(variance);
  }
  return results;
}

Results op_instance_normalization(const Call& call) {
  const Tensor& x = call.in(0);
  const double epsilon = call.node.number("epsilon", 1e-5);
  call.require(x.rank() >= 2, "the data must have rank 2 at least");
  const std::int64_t channels = x.shape[1], planes = x.shape[0] * channels;
  require_channels(call, 1, 2, channels);
  const std::int64_t pixels = x.size() / std::max<std::int64_t>(1, planes);
  Tensor result = x;
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    const Moments moments = moments_of(&x.values[plane * pixels], pixels);
    const double scale =
        call.in(1).values[plane % channels] / std::sqrt(moments.variance + epsilon);
    for (std::int64_t i = plane * pixels; i < (plane + 1) * pixels; ++i) {
      result.values[i] = (x.values[i] - moments.mean) * scale + call.in(2).values[plane % channels];
    }
  }
  return {result};
}

Results op_layer_normalization(const Call& call) {
  const Tensor& x = call.in(0);
  const std::int64_t axis = call.axis(call.node.integer("axis", -1), x.rank());
  const double epsilon = call.node.number("epsilon", 1e-5);
  std::int64_t width = 1;
  Shape statistics = x.shape;
  for (std::size_t i = static_cast<std::size_t>(axis); i < x.shape.size(); ++i) {
    width *= x.shape[i];
    statistics[i] = 1;
  }
  Tensor result = x, mean(ElementType::Fp32, statistics), inverse(ElementType::Fp32, statistics);
  // Scale and bias repeat over the rows; their own extents may be 1 along normalised axes.
  const bool full_scale = call.in(1).size() == width;
  const bool full_bias = call.has(2) && call.in(2).size() == width;
  call.require(full_scale || call.in(1).size() == 1, "the scale must have the normalised extents");
  call.require(!call.has(2) || full_bias || call.in(2).size() == 1,
               "the bias must have the normalised extents");
  for (std::int64_t row = 0; row < mean.size(); ++row) {
    const Moments moments = moments_of(&x.values[row * width], width);
    mean.values[row] = moments.mean;
    inverse.values[row] = 1.0 / std::sqrt(moments.variance + epsilon);
    for (std::int64_t i = 0; i < width; ++i) {
      const double scale = call.in(1).values[full_scale ? i : 0];
      const double bias = call.has(2) ? call.in(2).values[full_bias ? i : 0] : 0.0;
      result.values[row * width + i] =
          (x.values[row * width + i] - moments.mean) * inverse.values[row] * scale + bias;
    }
  }
  Results results = {result};
  if (call.wants(1) || call.wants(2)) results.push_back(mean);
  if (call.wants(2)) results.push_back(inverse);
  return results;
}

Results op_lp_normalization(const Call& call) {
  Tensor result = call.in(0);
  const std::int64_t axis = call.axis(call.node.integer("axis", -1), result.rank());
  const bool euclidean = call.node.integer("p", 2) == 2;
  for_each_line(result, axis, [euclidean](double* x, std::int64_t stride, std::int64_t extent) {
    double norm = 0;
    for (std::int64_t i = 0; i < extent; ++i) {
      const double value = x[i * stride];
      norm += euclidean ? value * value : std::abs(value);
    }
    if (euclidean) norm = std::sqrt(norm);
    for (std::int64_t i = 0; i < extent && norm > 0; ++i) x[i * stride] /= norm;
  });
  return {result};
}

/// Local response normalisation across `size` neighbouring channels.
Results op_lrn(const Call& call) {
  const Tensor& x = call.in(0);
  const std::int64_t size = call.node.integer("size", 1);
  const double alpha = call.node.number("alpha", 1e-4), beta = call.node.number("beta", 0.75);
  const double bias = call.node.number("bias", 1.0);
  call.require(x.rank() >= 2 && size > 0,
               "the data must have rank 2 at least, size must be positive");
  const std::int64_t channels = x.shape[1];
  const std::int64_t pixels = x.size() / std::max<std::int64_t>(1, x.shape[0] * channels);
  Tensor result = x;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const std::int64_t c = i / pixels % channels;
    const std::int64_t low = std::max<std::int64_t>(0, c - (size - 1) / 2);
    const std::int64_t high = std::min(channels - 1, c + size / 2);
    double squares = 0;
    for (std::int64_t k = low; k <= high; ++k) {
      const double value = x.values[i + (k - c) * pixels];
      squares += value * value;
    }
    result.values[i] =
        x.values[i] / std::pow(bias + alpha / static_cast<double>(size) * squares, beta);
  }
  return {result};
}

}  // namespace coldforge::kernels::golden
