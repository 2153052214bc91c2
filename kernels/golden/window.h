#pragma once

#include <cstdint>
#include <vector>

#include "kernels/golden/operators.h"

namespace coldforge::kernels::golden {

/// The sliding windows of Conv and the pools over the spatial axes, 1-D to any.
struct Window {
  std::vector<std::int64_t> input, kernel, stride, dilation, pad_before, pad_after, output;

  std::size_t rank() const { return kernel.size(); }
  std::int64_t input_size() const;
  std::int64_t kernel_size() const;
  std::int64_t output_size() const;

  /// For every output position and kernel offset, the flat input position, or -1 in the padding:
  /// table[output * kernel_size() + offset].
  std::vector<std::int64_t> taps() const;
};

/// Reads strides, dilations, pads, auto_pad and ceil_mode. `data` is [N, C, spatial...].
Window window_of(const Call& call, const Shape& data, const std::vector<std::int64_t>& kernel);

}  // namespace coldforge::kernels::golden
