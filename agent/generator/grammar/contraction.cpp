#include <algorithm>
#include <functional>
#include <numeric>

#include "agent/generator/grammar/rules.h"

namespace coldforge::agent {

using kernels::Shape;

bool LoweringRules::contraction() {
  const std::string& op = n.op_type;
  if (op == "MatMul") {
    Viewed a = in(0), b = in(1);
    StageBuilder builder(l, "product");
    Shape left = a.shape, right = b.shape;
    if (left.size() == 1) left.insert(left.begin(), 1);
    if (right.size() == 1) right.push_back(1);
    a = reshape(a, left);
    b = reshape(b, right);
    const std::size_t rank = std::max(left.size(), right.size());
    Shape batch;
    for (std::size_t i = 0; i + 2 < rank; ++i) {
      std::int64_t extent = 1;
      for (const Shape* s : {&left, &right}) {
        if (i + s->size() >= rank) extent = std::max(extent, (*s)[i + s->size() - rank]);
      }
      batch.push_back(extent);
    }
    std::vector<Affine> index = builder.dims(batch);
    const Affine row = builder.dim(left[left.size() - 2]);
    const Affine col = builder.dim(right[right.size() - 1]);
    const Affine inner = builder.dim(left[left.size() - 1], true);
    std::vector<Affine> a_index = index, b_index = index;
    a_index.insert(a_index.end(), {row, inner});
    b_index.insert(b_index.end(), {inner, col});
    const int x = builder.load_broadcast(a, a_index);
    const int y = builder.load_broadcast(b, b_index);
    builder.op("mul", {x, y});
    if (left[left.size() - 1] != 1) builder.reduce("add");
    std::vector<Affine> o = index;
    Shape shape = batch;
    o.insert(o.end(), {row, col});
    shape.insert(shape.end(), {left[left.size() - 2], right[right.size() - 1]});
    define(reshape(builder.finish(o, shape, summed(out().type)), out().shape));
    return true;
  }
  if (op == "Gemm") {
    const bool ta = n.integer("transA", 0) != 0, tb = n.integer("transB", 0) != 0;
    const double alpha = n.number("alpha", 1), beta = n.number("beta", 1);
    StageBuilder builder(l, "product");
    const Viewed a = in(0), b = in(1);
    const std::int64_t inner_extent = a.shape[ta ? 0 : 1];
    const Affine row = builder.dim(out().shape[0]);
    const Affine col = builder.dim(out().shape[1]);
    const Affine inner = builder.dim(inner_extent, true);
    const int x =
        builder.load(a, ta ? std::vector<Affine>{inner, row} : std::vector<Affine>{row, inner});
    const int y =
        builder.load(b, tb ? std::vector<Affine>{col, inner} : std::vector<Affine>{inner, col});
    builder.op("mul", {x, y});
    if (inner_extent != 1) builder.reduce("add");
    Viewed value = builder.finish({row, col}, out().shape, out().type);
    if (alpha != 1)
      value = map("scaled", "mul(a, s)", {value}, {{"s", alpha}}, out().shape, out().type);
    if (n.has_input(2)) {
      value = map("biased", beta == 1 ? "add(a, b)" : "add(a, mul(b, s))", {value, in(2)},
                  {{"s", beta}}, out().shape, out().type);
    }
    define(value);
    return true;
  }
  return false;
}

namespace {

// clang-format off
/// Outputs of a convolution along one axis and what they read, for i < outputs, v < phases, j < taps:
///   output = first + step * i + v
///   tap    = first_tap + tap_step * j + v, with `tap_insertion` - 1 zeros between taps
///   input  = offset + per_output * i + per_tap * j, with `insertion` - 1 zeros between elements
/// What lies outside of weights or input is zero, what lies outside of the output is dropped.
// clang-format on
struct Walk {
  std::int64_t outputs, first, step;
  std::int64_t taps, first_tap, tap_step;
  std::int64_t per_output, per_tap, offset, insertion;
  std::int64_t phases = 1, tap_insertion = 1;
  bool has_phases() const { return phases > 1; }
};

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/// A transposed convolution as one walk for each residue of the outputs modulo the stride: the taps
/// that meet elements, not the zeros between them. Empty if a residue has no such tap.
std::vector<Walk> residue_walks(std::int64_t outputs, std::int64_t taps, std::int64_t stride,
                                std::int64_t dilation, std::int64_t pad) {
  const std::int64_t period = stride / std::gcd(stride, dilation);
  std::vector<Walk> walks;
  for (std::int64_t r = 0; r < std::min(stride, outputs); ++r) {
    std::int64_t tap = 0;
    while (tap < std::min(taps, period) && (r + pad - tap * dilation) % stride != 0) ++tap;
    if (tap >= std::min(taps, period)) return {};
    walks.push_back({(outputs - r + stride - 1) / stride, r, stride,
                     (taps - tap + period - 1) / period, tap, period, 1,
                     -dilation * period / stride, (r + pad - tap * dilation) / stride, 1});
  }
  return walks;
}

/// A transposed convolution as `stride` outputs side by side, whose taps all meet the same inputs:
/// of each input they take other weights, or none.
Walk phase_walk(std::int64_t outputs, std::int64_t taps, std::int64_t stride, std::int64_t dilation,
                std::int64_t pad) {
  // Output stride * i + v meets input i + t by tap (v + pad - stride * t) / dilation.
  const std::int64_t first = -floor_div((taps - 1) * dilation - pad, stride),
                     last = floor_div(stride - 1 + pad, stride);
  Walk walk{};
  walk.outputs = (outputs + stride - 1) / stride;
  walk.step = stride;
  walk.taps = last - first + 1;
  walk.first_tap = pad - stride * first;
  walk.tap_step = -stride;
  walk.per_output = walk.per_tap = walk.insertion = 1;
  walk.offset = first;
  walk.phases = stride;
  walk.tap_insertion = dilation;
  return walk;
}

/// The value, which a walk may leave along the axis: what is outside of it is its pad. An axis of
/// extent 1 has no walk of its own until then.
void bound(Viewed& value, int axis, std::int64_t insertion) {
  bool found = false;
  for (Axis& walked : value.axes) {
    if (walked.at.coefficient(axis) == 0) continue;
    walked.bounded = found = true;
    walked.insertion = insertion;
  }
  if (found) return;
  Axis single;
  single.at.add(axis, 1);
  single.bounded = true;
  single.insertion = insertion;
  value.axes.push_back(single);
}

}  // namespace

Viewed LoweringRules::with_plain_space(const Viewed& value) {
  const bool plain = std::all_of(value.axes.begin(), value.axes.end(), [](const Axis& axis) {
    const auto& terms = axis.at.terms;
    const bool moves =
        std::any_of(terms.begin(), terms.end(), [](const auto& t) { return t.first >= 2; });
    if (axis.bounded || axis.insertion != 1) return false;  // its padding is not that of a window
    return !moves || (terms.size() == 1 && terms[0].second == 1 && axis.at.offset == 0);
  });
  return plain ? value : materialise(value);
}

bool LoweringRules::convolution() {
  const std::string& op = n.op_type;
  if (op != "Conv" && op != "ConvTranspose") return false;
  const bool turned = op == "ConvTranspose";
  const Viewed x = with_plain_space(in(0)), w = in(1);
  const std::size_t space = x.shape.size() - 2;
  const std::vector<std::int64_t> ones(space, 1);
  const auto strides = n.integers("strides", ones);
  const auto dilations = n.integers("dilations", ones);
  const std::int64_t group = n.integer("group", 1);
  std::vector<std::int64_t> pads = n.integers("pads", std::vector<std::int64_t>(2 * space, 0));
  const Shape& o = out().shape;
  const std::string automatic = n.text("auto_pad", "NOTSET");
  if (automatic == "VALID") pads.assign(2 * space, 0);
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    for (std::size_t i = 0; i < space; ++i) {
      const std::int64_t reach = (w.shape[2 + i] - 1) * dilations[i] + 1;
      std::int64_t total = turned ? strides[i] * (x.shape[2 + i] - 1) + reach - o[2 + i]
                                  : (o[2 + i] - 1) * strides[i] + reach - x.shape[2 + i];
      total = std::max<std::int64_t>(total, 0);
      pads[i] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
    }
  }
  std::vector<std::vector<Walk>> walks;  // of each space axis
  for (std::size_t i = 0; i < space; ++i) {
    const std::int64_t k = w.shape[2 + i], s = strides[i], d = dilations[i], pad = pads[i];
    if (turned) {
      walks.push_back({{o[2 + i], 0, 1, k, 0, 1, 1, -d, pad, s}});
    } else {
      walks.push_back({{o[2 + i], 0, 1, k, 0, 1, s, d, -pad, 1}});
    }
  }
  if (turned) {
    std::vector<std::vector<Walk>> residues, phases;
    bool all = true, any = false;
    for (std::size_t i = 0; i < space; ++i) {
      residues.push_back(
          residue_walks(o[2 + i], w.shape[2 + i], strides[i], dilations[i], pads[i]));
      phases.push_back(strides[i] == 1 || o[2 + i] < strides[i]
                           ? walks[i]
                           : std::vector<Walk>{phase_walk(o[2 + i], w.shape[2 + i], strides[i],
                                                          dilations[i], pads[i])});
      all = all && !residues.back().empty();
      any = any || strides[i] > 1;
    }
    // Zeros between the elements, multiplied like others; a plain convolution for each residue of
    // the outputs modulo the strides; or one whose rows are all residues.
    const std::int64_t places = std::accumulate(strides.begin(), strides.end(), std::int64_t{1},
                                                std::multiplies<std::int64_t>());
    const char* const zeros = places > 8 ? "zeros:many" : "zeros:few";
    if (any) {
      std::vector<std::string> domain = {"phases", "inserted"};
      if (all) domain.emplace_back("residues");
      const std::string choice = l.chooser_.pick("transposed", domain, zeros);
      if (choice == "residues") walks = residues;
      if (choice == "phases") walks = phases;
    }
  }
  const auto joined = [](const Affine& outer, std::int64_t size, const Affine& inner) {
    Affine sum = inner;
    for (const auto& [d, c] : outer.terms) sum.add(d, c * size);
    sum.offset += outer.offset * size;
    return sum;
  };
  // Whole phases, where they go past the end: what reads them knows which elements count. An output
  // of the graph is written without them.
  const bool is_output =
      !n.has_input(2) &&
      std::any_of(l.graph_.outputs.begin(), l.graph_.outputs.end(),
                  [&](const kernels::Value& output) { return output.name == n.outputs[0]; });
  Shape written = o;
  for (std::size_t i = 0; i < space && !is_output; ++i) {
    const Walk& walk = walks[i].front();
    if (walk.has_phases()) written[2 + i] = walk.outputs * walk.phases;
  }
  const int tensor =
      l.new_tensor("convolved" + std::to_string(++l.serial_), summed(out().type), written);
  std::vector<std::size_t> which(space, 0);  // a walk of each axis: all combinations
  for (bool more = true; more;) {
    StageBuilder builder(l, turned ? "transposed convolution" : "convolution");
    const Affine batch = builder.dim(o[0]), part = builder.dim(group);
    const Affine oc = builder.dim(o[1] / group);
    std::vector<Affine> outputs, phases, taps;
    for (std::size_t i = 0; i < space; ++i)
      phases.push_back(builder.dim(walks[i][which[i]].phases));
    for (std::size_t i = 0; i < space; ++i)
      outputs.push_back(builder.dim(walks[i][which[i]].outputs));
    const Affine ic = builder.dim(x.shape[1] / group, true);
    for (std::size_t i = 0; i < space; ++i)
      taps.push_back(builder.dim(walks[i][which[i]].taps, true));

    Viewed padded = x, weights = w, target = l.whole(tensor);
    padded.pad = weights.pad = 0;
    std::vector<Affine> xi = {batch, joined(part, x.shape[1] / group, ic)};
    std::vector<Affine> oi = {batch, joined(part, o[1] / group, oc)};
    std::vector<Affine> wi;
    if (turned) {
      wi = {joined(part, x.shape[1] / group, ic), oc};
    } else {
      wi = {joined(part, o[1] / group, oc), ic};
    }
    for (std::size_t i = 0; i < space; ++i) {
      const Walk& walk = walks[i][which[i]];
      Affine pixel, output, tap;
      pixel.offset = walk.offset;
      output.offset = walk.first;
      tap.offset = walk.first_tap;
      for (const auto& [d, c] : outputs[i].terms) {
        pixel.add(d, c * walk.per_output);
        output.add(d, c * walk.step);
      }
      for (const auto& [d, c] : phases[i].terms) {
        output.add(d, c);
        tap.add(d, c);
      }
      for (const auto& [d, c] : taps[i].terms) {
        pixel.add(d, c * walk.per_tap);
        tap.add(d, c * walk.tap_step);
      }
      const auto axis = static_cast<int>(2 + i);
      if (!pixel.terms.empty() || pixel.offset != 0) bound(padded, axis, walk.insertion);
      if (walk.has_phases()) {
        bound(weights, axis, walk.tap_insertion);
        bound(target, axis, 1);
      }
      xi.push_back(pixel);
      oi.push_back(output);
      wi.push_back(tap);
    }
    const int weight = builder.load(weights, wi);
    const int pixel = builder.load(padded, xi);
    builder.op("mul", {weight, pixel});
    builder.reduce("add");
    builder.finish_part(target, oi);

    more = false;
    for (std::size_t i = space; i-- > 0 && !more;) {
      more = ++which[i] < walks[i].size();
      if (!more) which[i] = 0;
    }
  }
  Viewed value = l.whole(tensor);
  value.shape = o;
  if (n.has_input(2)) {
    Shape channel(o.size(), 1);
    channel[1] = o[1];
    value = map("biased", "add(a, b)", {value, reshape(in(2), channel)}, {}, o, out().type);
  }
  define(value);
  return true;
}

void Lowering::node(const kernels::Node& step) {
  LoweringRules rules{*this, step};
  if (rules.elementwise() || rules.layout() || rules.reduction() || rules.scan() || rules.loss() ||
      rules.normalisation() || rules.contraction() || rules.convolution() || rules.pooling() ||
      rules.selection() || rules.einsum() || rules.quantisation()) {
    return;
  }
  program_.problem = say(kNoGrammar, "operator " + step.op_type);
}

}  // namespace coldforge::agent
