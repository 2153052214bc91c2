#include <algorithm>
#include <numeric>

#include "agent/generator/grammar/rules.h"

namespace coldforge::agent {

using kernels::Shape;

bool LoweringRules::integers(std::size_t input, const std::string& attribute,
                             std::vector<std::int64_t>& values) {
  if (!attribute.empty() && n.has(attribute)) {
    values = n.integers(attribute, {});
    return true;
  }
  if (!n.has_input(input)) return false;
  const kernels::Tensor* tensor = l.graph_.constant(n.inputs[input]);
  if (tensor == nullptr) return false;
  values.clear();
  for (const double v : tensor->values) values.push_back(static_cast<std::int64_t>(v));
  return true;
}

Viewed LoweringRules::materialise(const Viewed& value) {
  return map("copy", "a", {value}, {}, value.shape, value.type);
}

Viewed LoweringRules::reshape(const Viewed& value, const Shape& shape) {
  if (value.is_number) {
    Viewed same = value;
    same.shape = shape;
    return same;
  }
  Viewed result;
  if (reshape_view(value, shape, result)) return result;
  const Viewed copy = materialise(value);
  reshape_view(copy, shape, result);
  return result;
}

namespace {

/// Loop index of each axis, as values have them.
std::vector<Affine> identity(std::size_t rank) {
  std::vector<Affine> map(rank);
  for (std::size_t i = 0; i < rank; ++i) map[i].add(static_cast<int>(i), 1);
  return map;
}

}  // namespace

Viewed LoweringRules::permuted(const Viewed& value, const std::vector<std::int64_t>& perm) {
  std::vector<Affine> map(perm.size());
  Shape shape;
  for (std::size_t i = 0; i < perm.size(); ++i) {
    map[static_cast<std::size_t>(perm[i])].add(static_cast<int>(i), 1);
    shape.push_back(value.shape[static_cast<std::size_t>(perm[i])]);
  }
  return compose(value, shape, map);
}

Viewed LoweringRules::backwards(const Viewed& value, std::size_t axis) {
  std::vector<Affine> map = identity(value.shape.size());
  map[axis] = {};
  map[axis].add(static_cast<int>(axis), -1);
  map[axis].offset = value.shape[axis] - 1;
  return compose(value, value.shape, map);
}

bool LoweringRules::layout() {
  const std::string& op = n.op_type;
  const auto rank_of = [&](std::size_t i) { return static_cast<std::int64_t>(in(i).shape.size()); };
  if (op == "Reshape" || op == "Flatten" || op == "Squeeze" || op == "Unsqueeze") {
    define(reshape(in(0), out().shape));
    return true;
  }
  if (op == "Transpose") {
    const std::int64_t rank = rank_of(0);
    std::vector<std::int64_t> reversed(static_cast<std::size_t>(rank));
    std::iota(reversed.rbegin(), reversed.rend(), 0);
    const std::vector<std::int64_t> perm = n.integers("perm", reversed);
    define(permuted(in(0), perm));
    return true;
  }
  if (op == "DepthToSpace" || op == "SpaceToDepth") {
    // The block's digits become axes of their own, and change places.
    const std::int64_t b = n.integer("blocksize", 1);
    const Shape& o = out().shape;
    const Shape& s = in(0).shape;
    if (op == "SpaceToDepth") {
      const Viewed digits = reshape(in(0), {s[0], s[1], s[2] / b, b, s[3] / b, b});
      define(reshape(permuted(digits, {0, 3, 5, 1, 2, 4}), o));
    } else if (n.text("mode", "DCR") == "DCR") {
      const Viewed digits = reshape(in(0), {s[0], b, b, o[1], s[2], s[3]});
      define(reshape(permuted(digits, {0, 3, 4, 1, 5, 2}), o));
    } else {
      const Viewed digits = reshape(in(0), {s[0], o[1], b, b, s[2], s[3]});
      define(reshape(permuted(digits, {0, 1, 4, 2, 5, 3}), o));
    }
    return true;
  }
  if (op == "Tile") {
    // Repetitions as axes of their own, along which nothing changes.
    std::vector<std::int64_t> repeats;
    if (!integers(1, "repeats", repeats)) return fail("variable repeats"), true;
    const Viewed value = in(0);
    Shape shape;
    std::vector<Affine> map(value.shape.size());
    for (std::size_t i = 0; i < value.shape.size(); ++i) {
      if (repeats[i] != 1) shape.push_back(repeats[i]);
      map[i].add(static_cast<int>(shape.size()), 1);
      shape.push_back(value.shape[i]);
    }
    define(reshape(compose(value, shape, map), out().shape));
    return true;
  }
  if (op == "Expand") {
    const Viewed value = in(0);
    const Shape& shape = out().shape;
    std::vector<Affine> map(value.shape.size());
    const std::size_t skip = shape.size() - value.shape.size();
    for (std::size_t i = 0; i < value.shape.size(); ++i) {
      if (value.shape[i] != 1) map[i].add(static_cast<int>(skip + i), 1);
    }
    define(compose(value, shape, map));
    return true;
  }
  if (op == "Slice") {
    std::vector<std::int64_t> starts, ends, axes, steps;
    if (!integers(1, "starts", starts) || !integers(2, "ends", ends))
      return fail("variable starts"), true;
    if (!integers(3, "axes", axes)) {
      axes.resize(starts.size());
      std::iota(axes.begin(), axes.end(), 0);
    }
    if (!integers(4, "steps", steps)) steps.assign(starts.size(), 1);
    std::vector<Affine> map = identity(in(0).shape.size());
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const std::size_t axis =
          static_cast<std::size_t>(axes[i] < 0 ? axes[i] + rank_of(0) : axes[i]);
      const std::int64_t extent = in(0).shape[axis];
      std::int64_t start = starts[i] < 0 ? starts[i] + extent : starts[i];
      start = std::clamp<std::int64_t>(start, 0, steps[i] > 0 ? extent : extent - 1);
      map[axis] = {};
      map[axis].add(static_cast<int>(axis), steps[i]);
      map[axis].offset = start;
    }
    define(compose(in(0), out().shape, map));
    return true;
  }
  if (op == "Split") {
    const std::int64_t axis = n.integer("axis", 0);
    const std::size_t a = static_cast<std::size_t>(axis < 0 ? axis + rank_of(0) : axis);
    std::int64_t at = 0;
    const Viewed value = in(0);
    for (std::size_t i = 0; i < n.outputs.size(); ++i) {
      std::vector<Affine> map = identity(value.shape.size());
      map[a].offset = at;
      at += out(i).shape[a];
      define(compose(value, out(i).shape, map), i);
    }
    return true;
  }
  if (op == "Pad") {
    std::vector<std::int64_t> pads;
    if (n.text("mode", "constant") != "constant") return fail("mode other than constant"), true;
    if (!integers(1, "pads", pads)) return fail("variable pads"), true;
    double pad = n.number("value", 0);
    if (n.has_input(2)) {
      if (!in(2).is_number) return fail("a variable pad value"), true;
      pad = in(2).number;
    }
    Viewed value = in(0);
    const std::size_t rank = value.shape.size();
    // An axis that a value axis moves alone carries the bound; anything else is copied first.
    const auto carries = [&](const Axis& axis) {
      if (axis.bounded || axis.insertion != 1) return false;
      return std::all_of(axis.at.terms.begin(), axis.at.terms.end(), [&](const auto& term) {
        const auto i = static_cast<std::size_t>(term.first);
        if (pads[i] == 0 && pads[rank + i] == 0) return true;
        return axis.at.terms.size() == 1 && term.second == 1 && axis.at.offset == 0 &&
               axis.size == value.shape[i];
      });
    };
    if (!std::all_of(value.axes.begin(), value.axes.end(), carries)) value = materialise(value);
    std::vector<std::size_t> axes;
    std::vector<std::int64_t> before, after;
    for (std::size_t i = 0; i < rank; ++i) {
      if (pads[i] == 0 && pads[rank + i] == 0) continue;
      axes.push_back(i);
      before.push_back(pads[i]);
      after.push_back(pads[rank + i]);
    }
    define(bordered(value, axes, before, after, pad));
    return true;
  }
  if (op == "Concat") {
    const std::int64_t axis = n.integer("axis", 0);
    const std::size_t a = static_cast<std::size_t>(axis < 0 ? axis + rank_of(0) : axis);
    const int tensor =
        l.new_tensor("joined" + std::to_string(++l.serial_), out().type, out().shape);
    const Viewed whole = l.whole(tensor);
    std::int64_t at = 0;
    for (std::size_t i = 0; i < n.inputs.size(); ++i) {
      StageBuilder builder(l, "concat");
      const Viewed part = in(i);
      std::vector<Affine> index = builder.dims(part.shape);
      builder.load(part, index);
      std::vector<Affine> where = index;
      where[a].offset += at;
      at += part.shape[a];
      builder.finish_part(whole, where);
    }
    define(whole);
    return true;
  }
  if (op == "Trilu") {
    std::vector<std::int64_t> k = {0};
    if (n.has_input(1) && !integers(1, "", k)) return fail("a variable diagonal"), true;
    StageBuilder builder(l, "triangle");
    const std::vector<Affine> index = builder.dims(out().shape);
    const std::size_t rank = index.size();
    Affine distance = index[rank - 1];
    for (const auto& [d, c] : index[rank - 2].terms) distance.add(d, -c);
    distance.offset -= k[0];
    const int x = builder.load(in(0), index);
    const bool upper = n.integer("upper", 1) != 0;
    builder.op("sel",
               {builder.op(upper ? "ge" : "le", {builder.index(distance), builder.number(0)}), x,
                builder.number(0)});
    define(builder.finish(index, out().shape, out().type));
    return true;
  }
  return false;
}

}  // namespace coldforge::agent
