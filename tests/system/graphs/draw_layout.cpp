#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "tests/system/graphs/graph_draft.h"

namespace coldforge::test {
namespace {

using kernels::Shape;

std::size_t some_axis(GraphDraft& draft, const Drawn& a) {
  return static_cast<std::size_t>(draft.between(0, static_cast<std::int64_t>(a.shape.size()) - 1));
}

/// A node that moves elements of `a` and changes none.
void move(GraphDraft& draft, Drawn& a, const std::string& call, const Shape& shape) {
  draft.node(call, a, {shape});
}

void transpose(GraphDraft& draft, Drawn& a) {
  std::vector<std::int64_t> perm(a.shape.size());
  std::iota(perm.begin(), perm.end(), 0);
  for (std::size_t i = perm.size(); i-- > 1;)
    std::swap(perm[i],
              perm[static_cast<std::size_t>(draft.between(0, static_cast<std::int64_t>(i)))]);
  Shape shape;
  for (const std::int64_t p : perm) shape.push_back(a.shape[static_cast<std::size_t>(p)]);
  move(draft, a, fmt::format("Transpose <perm = {}> ({})", list(perm), a.name), shape);
}

/// The same elements as other axes: factors of their number, drawn.
void reshape(GraphDraft& draft, Drawn& a) {
  std::int64_t left = kernels::element_count(a.shape);
  Shape shape;
  while (left > 1 && shape.size() < 3) {
    std::vector<std::int64_t> factors;
    for (std::int64_t f = 2; f <= left; ++f) {
      if (left % f == 0) factors.push_back(f);
    }
    shape.push_back(draft.one_of(factors));
    left /= shape.back();
  }
  if (left > 1 || shape.empty()) shape.push_back(left);
  if (draft.chance(0.3)) {
    const Shape flat = {a.shape[0], kernels::element_count(a.shape) / a.shape[0]};
    move(draft, a, "Flatten (" + a.name + ")", flat);
    return;
  }
  const std::string to = draft.integers(shape);
  move(draft, a, fmt::format("Reshape ({}, {})", a.name, to), shape);
}

void slice(GraphDraft& draft, Drawn& a) {
  const std::size_t axis = some_axis(draft, a);
  const std::int64_t extent = a.shape[axis];
  const std::int64_t start = draft.between(0, extent - 1), end = draft.between(start + 1, extent);
  const std::int64_t step = draft.chance(0.3) ? 2 : 1;
  Shape shape = a.shape;
  shape[axis] = (end - start + step - 1) / step;
  const std::string s = draft.integers({start}), e = draft.integers({end}),
                    x = draft.integers({static_cast<std::int64_t>(axis)}),
                    t = draft.integers({step});
  move(draft, a, fmt::format("Slice ({}, {}, {}, {}, {})", a.name, s, e, x, t), shape);
}

void pad(GraphDraft& draft, Drawn& a) {
  std::vector<std::int64_t> pads;
  for (std::size_t i = 0; i < 2 * a.shape.size(); ++i)
    pads.push_back(draft.chance(0.5) ? 0 : draft.between(1, 2));
  Shape shape = a.shape;
  for (std::size_t i = 0; i < shape.size(); ++i) shape[i] += pads[i] + pads[shape.size() + i];
  const std::string how = draft.integers(pads);
  const double least = std::min(a.least, 0.0), most = std::max(a.most, 0.0);
  draft.node(fmt::format("Pad ({}, {})", a.name, how), {&a}, a.type, shape, least, most).exact =
      a.exact;
}

void concat(GraphDraft& draft, Drawn& a) {
  const std::size_t axis = some_axis(draft, a);
  Shape other = a.shape, shape = a.shape;
  other[axis] = draft.between(1, 5);
  shape[axis] += other[axis];
  Drawn& b = draft.input(a.type, other, -2, 2);
  draft
      .node(fmt::format("Concat <axis = {}> ({}, {})", axis, a.name, b.name), {&a, &b}, a.type,
            shape, std::min(a.least, -2.0), std::max(a.most, 2.0))
      .exact = a.exact;
}

void split(GraphDraft& draft, Drawn& a) {
  const std::size_t axis = some_axis(draft, a);
  if (a.shape[axis] < 2) return;
  Shape first = a.shape, second = a.shape;
  first[axis] = draft.between(1, a.shape[axis] - 1);
  second[axis] -= first[axis];
  const std::string how = draft.integers({first[axis], second[axis]});
  draft.node(fmt::format("Split <axis = {}> ({}, {})", axis, a.name, how), a, {first, second});
}

void repeat(GraphDraft& draft, Drawn& a) {
  if (kernels::element_count(a.shape) > 1500) return;
  if (draft.chance(0.5)) {
    std::vector<std::int64_t> times;
    Shape shape = a.shape;
    for (std::int64_t& extent : shape) {
      times.push_back(draft.chance(0.3) ? 2 : 1);
      extent *= times.back();
    }
    const std::string how = draft.integers(times);
    move(draft, a, fmt::format("Tile ({}, {})", a.name, how), shape);
    return;
  }
  Shape shape = a.shape;
  shape.insert(shape.begin(), draft.between(1, 3));
  for (std::size_t i = 1; i < shape.size(); ++i) {
    if (shape[i] == 1 && draft.chance(0.5)) shape[i] = draft.between(2, 4);
  }
  const std::string to = draft.integers(shape);
  move(draft, a, fmt::format("Expand ({}, {})", a.name, to), shape);
}

void gather(GraphDraft& draft, Drawn& a) {
  const std::size_t axis = some_axis(draft, a);
  const std::int64_t extent = a.shape[axis];
  Shape shape = a.shape;
  shape[axis] = draft.between(1, 5);
  if (draft.chance(0.5)) {
    Drawn& which = draft.input("int64", {shape[axis]}, 0, static_cast<double>(extent - 1));
    ++which.uses;
    move(draft, a, fmt::format("Gather <axis = {}> ({}, {})", axis, a.name, which.name), shape);
    return;
  }
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < shape[axis]; ++i) rows.push_back(draft.between(-extent, extent - 1));
  const std::string which = draft.integers(rows);
  move(draft, a, fmt::format("Gather <axis = {}> ({}, {})", axis, a.name, which), shape);
}

void triangle(GraphDraft& draft, Drawn& a) {
  if (a.shape.size() < 2) return;
  draft
      .node(fmt::format("Trilu <upper = {}> ({})", draft.between(0, 1), a.name), {&a}, a.type,
            a.shape, std::min(a.least, 0.0), std::max(a.most, 0.0))
      .exact = a.exact;
}

void blocks(GraphDraft& draft, Drawn& a) {
  if (a.shape.size() != 4) return;
  Shape shape = a.shape;
  if (a.shape[1] % 4 == 0 && draft.chance(0.5)) {
    shape = {shape[0], shape[1] / 4, shape[2] * 2, shape[3] * 2};
    move(draft, a,
         fmt::format("DepthToSpace <blocksize = 2, mode = \"{}\"> ({})",
                     draft.chance(0.5) ? "DCR" : "CRD", a.name),
         shape);
  } else if (a.shape[2] % 2 == 0 && a.shape[3] % 2 == 0) {
    shape = {shape[0], shape[1] * 4, shape[2] / 2, shape[3] / 2};
    move(draft, a, fmt::format("SpaceToDepth <blocksize = 2> ({})", a.name), shape);
  }
}

void unit_axes(GraphDraft& draft, Drawn& a) {
  Shape shape = a.shape;
  const auto unit = std::find(shape.begin(), shape.end(), 1);
  if (unit != shape.end() && draft.chance(0.5) && shape.size() > 1) {
    const std::string axis = draft.integers({unit - shape.begin()});
    shape.erase(unit);
    move(draft, a, fmt::format("Squeeze ({}, {})", a.name, axis), shape);
    return;
  }
  if (shape.size() > 3) return;
  const std::int64_t at = draft.between(0, static_cast<std::int64_t>(shape.size()));
  const std::string axis = draft.integers({at});
  shape.insert(shape.begin() + at, 1);
  move(draft, a, fmt::format("Unsqueeze ({}, {})", a.name, axis), shape);
}

}  // namespace

void draw_layout_step(GraphDraft& draft) {
  using Step = void (*)(GraphDraft&, Drawn&);
  static const std::vector<Step> kSteps = {transpose, transpose, reshape,  reshape, slice,
                                           pad,       concat,    split,    repeat,  gather,
                                           triangle,  blocks,    unit_axes};
  Drawn& a = draft.operand();
  if (a.shape.empty()) return;
  draft.one_of(kSteps)(draft, a);
}

}  // namespace coldforge::test
