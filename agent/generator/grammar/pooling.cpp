#include <algorithm>

#include "agent/generator/grammar/rules.h"

namespace coldforge::agent {

using kernels::Shape;

Viewed LoweringRules::bordered(const Viewed& x, const std::vector<std::size_t>& axes,
                               const std::vector<std::int64_t>& before,
                               const std::vector<std::int64_t>& after, double pad) {
  // A view has one number outside of all its bounds.
  const bool padded = std::any_of(x.axes.begin(), x.axes.end(), [](const Axis& axis) {
    return axis.bounded || axis.insertion != 1;
  });
  Viewed value = padded ? materialise(x) : x;
  Shape shape = x.shape;
  std::vector<Affine> map(shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i) map[i].add(static_cast<int>(i), 1);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    shape[axes[i]] += before[i] + after[i];
    map[axes[i]].offset = -before[i];
    bool carried = false;
    for (Axis& axis : value.axes) {
      if (axis.at.coefficient(static_cast<int>(axes[i])) != 0) axis.bounded = carried = true;
    }
    if (!carried) {  // all along the axis the same element
      Axis axis;
      axis.stride = 0;
      axis.size = x.shape[axes[i]];
      axis.at.add(static_cast<int>(axes[i]), 1);
      axis.bounded = true;
      value.axes.push_back(axis);
    }
  }
  value.pad = pad;
  return compose(value, shape, map);
}

Viewed LoweringRules::windows(const Viewed& from, const std::string& fold,
                              const std::vector<Slide>& slides, ElementType type) {
  StageBuilder builder(l, "window");
  Shape shape = from.shape;
  for (const Slide& s : slides) shape[s.axis] = s.extent;
  const std::vector<Affine> index = builder.dims(shape);
  std::vector<Affine> where = index;
  for (const Slide& s : slides) {
    const Affine tap = builder.dim(s.taps, true);
    where[s.axis] = {};
    for (const auto& [d, c] : index[s.axis].terms) where[s.axis].add(d, c * s.stride);
    for (const auto& [d, c] : tap.terms) where[s.axis].add(d, c * s.dilation);
  }
  builder.load(from, where);
  const bool any = std::any_of(builder.stage().dims.begin(), builder.stage().dims.end(),
                               [](const Dim& d) { return d.reduce; });
  if (any) builder.reduce(fold);
  return builder.finish(index, shape, type);
}

Viewed LoweringRules::slide(const Viewed& from, const std::string& fold, const Slide& window,
                            ElementType type) {
  constexpr std::int64_t kFewTaps = 3;
  if (window.stride != 1 || window.taps <= kFewTaps) return windows(from, fold, {window}, type);
  Viewed value = from;
  for (std::int64_t covered = 1; covered < window.taps;) {
    // Windows of an extreme may overlap.
    std::int64_t taps = 2, apart = std::min(covered, window.taps - covered);
    if (fold == "add") {
      apart = covered;
      while (window.taps / covered % taps != 0) ++taps;
    }
    covered += (taps - 1) * apart;
    const std::int64_t extent = window.extent + (window.taps - covered) * window.dilation;
    value = windows(value, fold, {{window.axis, taps, 1, apart * window.dilation, extent}}, type);
  }
  return value;
}

bool LoweringRules::pooling() {
  const std::string& op = n.op_type;
  if (op == "GlobalAveragePool" || op == "GlobalMaxPool") {
    std::vector<std::int64_t> axes;
    double count = 1;
    for (std::size_t i = 2; i < in(0).shape.size(); ++i) {
      axes.push_back(static_cast<std::int64_t>(i));
      count *= static_cast<double>(in(0).shape[i]);
    }
    const bool mean = op == "GlobalAveragePool";
    Viewed value = reduce("pooled", mean ? "add" : "max", "a", {in(0)}, axes, out().type);
    if (mean)
      value = map("mean", "mul(a, s)", {value}, {{"s", 1 / count}}, value.shape, out().type);
    define(value);
    return true;
  }
  if (op != "MaxPool" && op != "AveragePool" && op != "LpPool") return false;
  if (n.outputs.size() > 1 && !n.outputs[1].empty()) return fail("the indices of the maxima"), true;
  const std::int64_t power = n.integer("p", 2);
  if (op == "LpPool" && power != 1 && power != 2) return fail("p other than 1 or 2"), true;
  const Viewed x = with_plain_space(in(0));
  const std::size_t space = x.shape.size() - 2;
  const std::vector<std::int64_t> ones(space, 1);
  const auto kernel = n.integers("kernel_shape", ones);
  const auto strides = n.integers("strides", ones);
  const auto dilations = n.integers("dilations", ones);
  auto pads = n.integers("pads", std::vector<std::int64_t>(2 * space, 0));
  const Shape& o = out().shape;
  const std::string automatic = n.text("auto_pad", "NOTSET");
  std::vector<std::size_t> axes;
  std::vector<std::int64_t> before, after;
  std::vector<Slide> slides;
  bool padded = false, beyond = false;
  double count = 1;
  for (std::size_t i = 0; i < space; ++i) {
    const std::int64_t reach = (o[2 + i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1;
    if (automatic == "VALID") pads[i] = pads[space + i] = 0;
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      const std::int64_t total = std::max<std::int64_t>(0, reach - x.shape[2 + i]);
      pads[i] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
      pads[space + i] = total - pads[i];
    }
    axes.push_back(2 + i);
    before.push_back(pads[i]);
    after.push_back(reach - x.shape[2 + i] - pads[i]);
    beyond = beyond || after[i] > pads[space + i];
    padded = padded || pads[i] > 0 || after[i] > 0;
    count *= static_cast<double>(kernel[i]);
    slides.push_back({2 + i, kernel[i], strides[i], dilations[i], o[2 + i]});
  }
  const bool largest = op == "MaxPool", mean = op == "AveragePool";
  // The window's reach as a tensor of its own, so that windows read it without bounds; then one
  // axis after the other, or all at once: max and sum are associative.
  Viewed value = x;
  if (padded) value = bordered(x, axes, before, after, largest ? -__builtin_inf() : 0);
  const char* element = op != "LpPool" ? "a" : power == 1 ? "abs(a)" : "mul(a, a)";
  const std::string fold = largest ? "max" : "add";
  const std::string how = choose("window", {"axis_by_axis", "at_once"});
  value = map("reach", element, {value}, {}, value.shape, out().type);
  if (how == "at_once") {
    value = windows(value, fold, slides, out().type);
  } else {
    for (std::size_t i = 0; i < space; ++i) {
      if (kernel[i] != 1 || strides[i] != 1) value = slide(value, fold, slides[i], out().type);
    }
  }
  const bool with_padding = n.integer("count_include_pad", 0) != 0;
  if (mean && ((padded && !with_padding) || beyond)) {
    // How many elements a window meets depends on where it lies.
    StageBuilder builder(l, "mean");
    const std::vector<Affine> index = builder.dims(value.shape);
    const int sum = builder.load(value, index);
    int met = -1;
    for (std::size_t i = 0; i < space; ++i) {
      Affine first;
      for (const auto& [d, c] : index[2 + i].terms) first.add(d, c * strides[i]);
      first.offset = -pads[i];
      Affine end = first;
      end.offset += kernel[i];
      const auto within = [&](const char* bound, const Affine& at, std::int64_t limit) {
        const int place = builder.op("to_fp32", {builder.index(at)});
        return builder.op(bound, {place, builder.number(static_cast<double>(limit))});
      };
      const std::int64_t least = with_padding ? -pads[i] : 0;
      const std::int64_t most = x.shape[2 + i] + (with_padding ? pads[space + i] : 0);
      const int along = builder.op("sub", {within("min", end, most), within("max", first, least)});
      met = met < 0 ? along : builder.op("mul", {met, along});
    }
    builder.op("div", {sum, met});
    value = builder.finish(index, value.shape, out().type);
  } else if (mean) {
    value = map("mean", "mul(a, s)", {value}, {{"s", 1 / count}}, value.shape, out().type);
  } else if (op == "LpPool" && power == 2) {
    value = map("root", "sqrt(a)", {value}, {}, value.shape, out().type);
  }
  define(value);
  return true;
}

}  // namespace coldforge::agent
