#include <algorithm>

#include "agent/generator/grammar/rules.h"

namespace coldforge::agent {

using kernels::Shape;

namespace {

/// k == wanted, or k - extent == wanted: negative indices count from the end.
int is_wanted(StageBuilder& builder, const Affine& k, std::int64_t extent, int wanted) {
  Affine from_end = k;
  from_end.offset -= extent;
  return builder.op("or", {builder.op("eq", {builder.index(k), wanted}),
                           builder.op("eq", {builder.index(from_end), wanted})});
}

std::size_t axis_of(std::int64_t axis, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

}  // namespace

/// Each element's place in the sorted row: how many of the row come before it.
Viewed LoweringRules::ranks(const Viewed& x, std::size_t axis, bool largest) {
  StageBuilder builder(l, "rank");
  const std::vector<Affine> index = builder.dims(x.shape);
  std::vector<Affine> others = index;
  others[axis] = builder.dim(x.shape[axis], true);
  const int own = builder.load(x, index), other = builder.load(x, others);
  Affine distance = others[axis];
  for (const auto& [d, c] : index[axis].terms) distance.add(d, -c);
  const int before = builder.op("lt", {builder.index(distance), builder.number(0)});
  const int tied = builder.op("and", {builder.op("eq", {other, own}), before});
  const int ahead = builder.op(largest ? "gt" : "lt", {other, own});
  // Places are small whole numbers, which floats count exactly.
  builder.op("to_fp32", {builder.op("or", {ahead, tied})});
  if (x.shape[axis] > 1) builder.reduce("add");
  return builder.finish(index, x.shape, ElementType::Fp32);
}

Viewed LoweringRules::unit_rows(const Viewed& which, std::int64_t extent) {
  const Viewed index =
      map("place", "sel(lt(a, 0), add(a, extent), a)", {which},
          {{"extent", static_cast<double>(extent)}}, which.shape, ElementType::Int32);
  StageBuilder builder(l, "unit_rows");
  Shape shape = which.shape;
  shape.push_back(extent);
  const std::vector<Affine> at = builder.dims(shape);
  const int wanted = builder.load(index, {at.begin(), at.end() - 1});
  builder.op("to_fp32", {builder.op("eq", {builder.index(at.back()), wanted})});
  return builder.finish(at, shape, ElementType::Fp32);
}

/// What stands where: lookups as sums of which one term is not 0, as there is no instruction that
/// reads at an address of its own.
bool LoweringRules::selection() {
  const std::string& op = n.op_type;
  if (op == "Gather") {
    // out[.., i, ..] = the x[.., k, ..] whose k is the index: a sum on the vector engine, or rows
    // of one 1 each times x.
    const Viewed x = in(0), which = in(1);
    const std::int64_t axis = n.integer("axis", 0);
    const std::size_t a = axis_of(axis, x.shape.size());
    if (which.is_number) {
      const auto fixed = static_cast<std::int64_t>(which.number);
      std::vector<Affine> map;
      for (std::size_t i = 0; i < x.shape.size(); ++i) {
        Affine place;
        if (i != a) place.add(static_cast<int>(i < a ? i : i - 1 + which.shape.size()), 1);
        if (i == a) place.offset = fixed < 0 ? fixed + x.shape[a] : fixed;
        map.push_back(place);
      }
      define(compose(x, out().shape, map));
      return true;
    }
    const std::int64_t extent = x.shape[a];
    const bool product =
        is_float(x.type) && extent > 1 && choose("gather", {"product", "sum"}) == "product";
    Viewed rows;
    if (product) rows = unit_rows(which, extent);
    StageBuilder builder(l, "gathered");
    const std::vector<Affine> index = builder.dims(out().shape);
    std::vector<Affine> of_which(
        index.begin() + static_cast<std::ptrdiff_t>(a),
        index.begin() + static_cast<std::ptrdiff_t>(a + which.shape.size()));
    const Affine k = builder.dim(x.shape[a], true);
    std::vector<Affine> of_x(index.begin(), index.begin() + static_cast<std::ptrdiff_t>(a));
    of_x.push_back(k);
    of_x.insert(of_x.end(), index.begin() + static_cast<std::ptrdiff_t>(a + which.shape.size()),
                index.end());
    if (product) {
      of_which.push_back(k);
      const int on = builder.load(rows, of_which);
      builder.op("mul", {on, builder.load(x, of_x)});
    } else {
      const int element = builder.load(x, of_x), wanted = builder.load(which, of_which);
      const int chosen = is_wanted(builder, k, extent, wanted);
      builder.op("sel", {chosen, element, builder.number(0)});
    }
    if (!k.terms.empty()) builder.reduce("add");
    define(builder.finish(index, out().shape, out().type));
    return true;
  }
  if (op == "GatherElements") {
    const Viewed x = in(0), which = in(1);
    const std::size_t a = axis_of(n.integer("axis", 0), x.shape.size());
    StageBuilder builder(l, "gathered");
    const std::vector<Affine> index = builder.dims(out().shape);
    const Affine k = builder.dim(x.shape[a], true);
    std::vector<Affine> of_x = index;
    of_x[a] = k;
    const int element = builder.load(x, of_x), wanted = builder.load(which, index);
    builder.op("sel", {is_wanted(builder, k, x.shape[a], wanted), element, builder.number(0)});
    if (!k.terms.empty()) builder.reduce("add");
    define(builder.finish(index, out().shape, out().type));
    return true;
  }
  if (op == "OneHot") {
    const kernels::Tensor* values = l.graph_.constant(n.inputs[2]);
    if (values == nullptr) return fail("variable values"), true;
    const std::size_t a = axis_of(n.integer("axis", -1), out().shape.size());
    StageBuilder builder(l, "one_hot");
    const std::vector<Affine> index = builder.dims(out().shape);
    std::vector<Affine> of_which = index;
    of_which.erase(of_which.begin() + static_cast<std::ptrdiff_t>(a));
    const int wanted = builder.load(in(0), of_which);
    const int on = is_wanted(builder, index[a], out().shape[a], wanted);
    // off + (on - off) where the class is meant.
    const double off = values->values[0], step = values->values[1] - off;
    const int hit = builder.op("sel", {on, builder.number(step), builder.number(0)});
    builder.op("add", {hit, builder.number(off)});
    define(builder.finish(index, out().shape, out().type));
    return true;
  }
  if (op == "TopK") {
    std::vector<std::int64_t> count;
    if (!integers(1, "k", count)) return fail("a variable k"), true;
    const Viewed x = in(0);
    const std::size_t a = axis_of(n.integer("axis", -1), x.shape.size());
    const Viewed places = ranks(x, a, n.integer("largest", 1) != 0);
    for (std::size_t o = 0; o < n.outputs.size(); ++o) {
      if (n.outputs[o].empty()) continue;
      StageBuilder builder(l, o == 0 ? "top" : "top_index");
      const std::vector<Affine> index = builder.dims(out(o).shape);
      std::vector<Affine> of_x = index;
      of_x[a] = builder.dim(x.shape[a], true);
      const int place = builder.op("to_int32", {builder.load(places, of_x)});
      const int chosen = builder.op("eq", {place, builder.index(index[a])});
      const int element = o == 0 ? builder.load(x, of_x) : builder.index(of_x[a]);
      builder.op("sel", {chosen, element, builder.number(0)});
      if (x.shape[a] > 1) builder.reduce("add");
      define(builder.finish(index, out(o).shape, out(o).type), o);
    }
    return true;
  }
  return false;
}

}  // namespace coldforge::agent
