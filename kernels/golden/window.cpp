#include "kernels/golden/window.h"

#include <algorithm>

namespace coldforge::kernels::golden {

std::int64_t Window::input_size() const { return element_count(input); }
std::int64_t Window::kernel_size() const { return element_count(kernel); }
std::int64_t Window::output_size() const { return element_count(output); }

std::vector<std::int64_t> Window::taps() const {
  const std::int64_t outputs = output_size(), offsets = kernel_size();
  const std::vector<std::int64_t> output_strides = row_major_strides(output);
  const std::vector<std::int64_t> kernel_strides = row_major_strides(kernel);
  const std::vector<std::int64_t> input_strides = row_major_strides(input);
  std::vector<std::int64_t> table(static_cast<std::size_t>(outputs * offsets), 0);
  for (std::int64_t o = 0; o < outputs; ++o) {
    for (std::int64_t k = 0; k < offsets; ++k) {
      std::int64_t at = 0;
      for (std::size_t axis = 0; axis < rank() && at >= 0; ++axis) {
        const std::int64_t out = o / output_strides[axis] % output[axis];
        const std::int64_t offset = k / kernel_strides[axis] % kernel[axis];
        const std::int64_t in = out * stride[axis] - pad_before[axis] + offset * dilation[axis];
        at = in < 0 || in >= input[axis] ? -1 : at + in * input_strides[axis];
      }
      table[static_cast<std::size_t>(o * offsets + k)] = at;
    }
  }
  return table;
}

Window window_of(const Call& call, const Shape& data, const std::vector<std::int64_t>& kernel) {
  const std::size_t rank = kernel.size();
  call.require(data.size() == rank + 2, "the data must have rank " + std::to_string(rank + 2));
  Window window;
  window.input.assign(data.begin() + 2, data.end());
  window.kernel = kernel;
  window.stride = call.node.integers("strides", std::vector<std::int64_t>(rank, 1));
  window.dilation = call.node.integers("dilations", std::vector<std::int64_t>(rank, 1));
  const std::vector<std::int64_t> pads =
      call.node.integers("pads", std::vector<std::int64_t>(2 * rank, 0));
  call.require(
      window.stride.size() == rank && window.dilation.size() == rank && pads.size() == 2 * rank,
      "strides, dilations and pads must fit the kernel's rank");
  const std::string auto_pad = call.node.text("auto_pad", "NOTSET");
  const bool ceil_mode = call.node.integer("ceil_mode", 0) != 0;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t extent = (kernel[axis] - 1) * window.dilation[axis] + 1;
    const std::int64_t step = window.stride[axis];
    call.require(step > 0, "strides must be positive");
    std::int64_t before = pads[axis], after = pads[rank + axis];
    std::int64_t outputs = 0;
    if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
      outputs = (window.input[axis] + step - 1) / step;
      const std::int64_t total =
          std::max<std::int64_t>(0, (outputs - 1) * step + extent - window.input[axis]);
      before = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      after = total - before;
    } else {
      if (auto_pad == "VALID") before = after = 0;
      const std::int64_t room = window.input[axis] + before + after - extent;
      call.require(room >= 0, "the kernel is larger than the padded input");
      outputs = (ceil_mode ? (room + step - 1) / step : room / step) + 1;
    }
    window.pad_before.push_back(before);
    window.pad_after.push_back(after);
    window.output.push_back(outputs);
  }
  return window;
}

}  // namespace coldforge::kernels::golden
