#include "kernels/eager/window.h"

namespace coldforge::kernels::eager {

Window window_of(const Operands& operands, std::vector<std::int64_t> kernel, std::string& problem) {
  Window window;
  const Node& node = operands.node;
  const Shape &in = operands.in(0).shape, &out = operands.out().shape;
  const std::size_t rank = in.size() - 2;
  const std::string automatic = node.text("auto_pad", "NOTSET");
  if (rank > 3 || (automatic != "NOTSET" && automatic != "VALID") || node.has("output_shape")) {
    problem = "an attribute that is not supported";
    return window;
  }
  const auto ones = std::vector<std::int64_t>(rank, 1),
             zeros = std::vector<std::int64_t>(2 * rank, 0);
  const auto strides = node.integers("strides", ones), dilations = node.integers("dilations", ones);
  const auto pads = automatic == "VALID" ? zeros : node.integers("pads", zeros);
  for (std::size_t d = 0; d < rank; ++d) {
    const std::size_t at = 3 - rank + d;
    window.in[at] = in[d + 2];
    window.out[at] = out[d + 2];
    window.kernel[at] = kernel[d];
    window.stride[at] = strides[d];
    window.dilation[at] = dilations[d];
    window.pad[at] = pads[d];
  }
  return window;
}

}  // namespace coldforge::kernels::eager
