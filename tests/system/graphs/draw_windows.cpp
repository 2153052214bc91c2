#include <fmt/format.h>

#include <algorithm>

#include "tests/system/graphs/graph_draft.h"

namespace coldforge::test {

using kernels::Shape;

namespace {

constexpr double kMost = kMostDrawn;

/// A value of rank 3 to 5: batch, channels, space.
Drawn& image(GraphDraft& draft) {
  Drawn& a = draft.operand();
  if (rank(a) >= 3 && draft.chance(0.7)) return a;
  const int space = static_cast<int>(draft.between(1, 10)) > 8 ? 3 : draft.chance(0.7) ? 2 : 1;
  Shape shape = {draft.between(1, 3),
                 draft.one_of(std::vector<std::int64_t>{1, 2, 3, 4, 6, 8, 12})};
  for (int i = 0; i < space; ++i) shape.push_back(draft.between(3, space == 3 ? 6 : 17));
  return draft.input(a.type, shape, -2, 2);
}

struct Window {
  std::vector<std::int64_t> kernel, strides, pads, dilations;
};

Window draw_window(GraphDraft& draft, const Shape& shape, bool dilated) {
  Window w;
  const std::size_t space = shape.size() - 2;
  w.pads.assign(2 * space, 0);
  for (std::size_t i = 0; i < space; ++i) {
    w.kernel.push_back(draft.between(1, std::min<std::int64_t>(3, shape[2 + i])));
    w.strides.push_back(draft.between(1, 2));
    const bool wide = dilated && (w.kernel[i] - 1) * 2 < shape[2 + i] && draft.chance(0.3);
    w.dilations.push_back(wide ? 2 : 1);
    w.pads[i] = draft.between(0, w.kernel[i] - 1);
    w.pads[space + i] = draft.between(0, w.kernel[i] - 1);
  }
  return w;
}

std::string text_of(const Window& w) {
  return fmt::format("kernel_shape = {}, strides = {}, pads = {}, dilations = {}", list(w.kernel),
                     list(w.strides), list(w.pads), list(w.dilations));
}

Shape slid(const Shape& shape, const Window& w) {
  Shape result(shape.begin(), shape.begin() + 2);
  const std::size_t space = shape.size() - 2;
  for (std::size_t i = 0; i < space; ++i) {
    const std::int64_t reach = (w.kernel[i] - 1) * w.dilations[i] + 1;
    result.push_back((shape[2 + i] + w.pads[i] + w.pads[space + i] - reach) / w.strides[i] + 1);
  }
  return result;
}

}  // namespace

void draw_convolution(GraphDraft& draft) {
  Drawn& x = image(draft);
  const std::int64_t channels = x.shape[1];
  std::vector<std::int64_t> groups = {1, channels};
  if (channels % 2 == 0) groups.push_back(2);
  const std::int64_t group = draft.one_of(groups);
  const std::int64_t filters = group * draft.between(1, group > 2 ? 2 : 8);
  const Window w = draw_window(draft, x.shape, true);
  double taps = static_cast<double>(channels / group);
  Shape weight = {filters, channels / group};
  for (const std::int64_t k : w.kernel) {
    weight.push_back(k);
    taps *= static_cast<double>(k);
  }
  const double most = bound(x) * taps + 1;
  if (most > kMost || bound(x) > kMostInProducts) return;
  std::string name = "Conv";
  Shape shape = slid(x.shape, w);
  if (draft.chance(0.3)) {
    name = "ConvTranspose";
    std::swap(weight[0], weight[1]);
    weight[0] = channels;
    weight[1] = filters / group;
    for (std::size_t i = 0; i + 2 < shape.size(); ++i) {
      shape[2 + i] = (x.shape[2 + i] - 1) * w.strides[i] + (w.kernel[i] - 1) * w.dilations[i] + 1 -
                     w.pads[i] - w.pads[shape.size() - 2 + i];
      if (shape[2 + i] < 1) return;
    }
  }
  shape[1] = filters;
  if (kernels::element_count(shape) > 2 * GraphDraft::kMostElements) return;
  Drawn& filter = draft.input(x.type, weight, -1, 1);
  std::vector<Drawn*> from = {&x, &filter};
  std::string args = x.name + ", " + filter.name;
  if (draft.chance(0.6)) {
    Drawn& bias = draft.input(x.type, {filters}, -1, 1);
    from.push_back(&bias);
    args += ", " + bias.name;
  }
  draft.node(fmt::format("{} <{}, group = {}> ({})", name, text_of(w), group, args), from, x.type,
             shape, -most, most);
}

void draw_pooling(GraphDraft& draft) {
  Drawn& x = image(draft);
  if (draft.chance(0.2)) {
    Shape shape(x.shape.size(), 1);
    shape[0] = x.shape[0];
    shape[1] = x.shape[1];
    draft.node((draft.chance(0.7) ? "GlobalAveragePool (" : "GlobalMaxPool (") + x.name + ")", {&x},
               x.type, shape, x.least, x.most);
    return;
  }
  const bool mean = draft.chance(0.5);
  const Window w = draw_window(draft, x.shape, !mean);
  const Shape shape = slid(x.shape, w);
  if (mean) {
    const double most = bound(x);
    draft.node(fmt::format("AveragePool <kernel_shape = {}, strides = {}, pads = {}, "
                           "count_include_pad = {}> ({})",
                           list(w.kernel), list(w.strides), list(w.pads), draft.chance(0.5) ? 1 : 0,
                           x.name),
               {&x}, x.type, shape, -most, most);
    return;
  }
  draft.node(fmt::format("MaxPool <{}> ({})", text_of(w), x.name), {&x}, x.type, shape, x.least,
             x.most);
}

}  // namespace coldforge::test
