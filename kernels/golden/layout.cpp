// Operators that move, repeat or create elements without calculating.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/golden/broadcast.h"

namespace coldforge::kernels::golden {
namespace {

/// result[i] = x[offset + sum of strides * position(i)]: any slice, transposition or repetition.
Tensor view(const Tensor& x, const Shape& shape, const std::vector<std::int64_t>& strides,
            std::int64_t offset = 0) {
  Tensor result(x.type, shape);
  for_each_pair(shape, strides, strides, [&](std::int64_t i, std::int64_t at, std::int64_t) {
    result.values[i] = x.values[offset + at];
  });
  return result;
}

Tensor reshaped(const Call& call, Shape shape) {
  call.require(element_count(shape) == call.in(0).size(),
               "cannot reshape " + shape_text(call.in(0).shape) + " to " + shape_text(shape));
  Tensor result = call.in(0);
  result.shape = std::move(shape);
  return result;
}

/// Axes from the second input (opset 13) or the attribute before.
std::vector<std::int64_t> axes_of(const Call& call) {
  return call.has(1) ? call.integers(1) : call.node.integers("axes", {});
}

Tensor int64_tensor(Shape shape, const std::vector<std::int64_t>& elements) {
  return Tensor(ElementType::Int64, std::move(shape),
                std::vector<double>(elements.begin(), elements.end()));
}

}  // namespace

Results op_reshape(const Call& call) {
  Shape shape = call.integers(1);
  const bool keep_zero = call.node.integer("allowzero", 0) != 0;
  std::int64_t known = 1, unknown = -1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 0 && !keep_zero) {
      call.require(axis < call.in(0).shape.size(),
                   "a 0 in the shape copies an axis that is not there");
      shape[axis] = call.in(0).shape[axis];
    }
    if (shape[axis] == -1) {
      unknown = static_cast<std::int64_t>(axis);
    } else {
      known *= shape[axis];
    }
  }
  if (unknown >= 0) {
    call.require(known > 0 && call.in(0).size() % known == 0,
                 "the -1 in the shape has no solution");
    shape[static_cast<std::size_t>(unknown)] = call.in(0).size() / known;
  }
  return {reshaped(call, shape)};
}

Results op_flatten(const Call& call) {
  const Shape& shape = call.in(0).shape;
  const std::int64_t rank = call.in(0).rank();
  std::int64_t axis = call.node.integer("axis", 1);
  if (axis < 0) axis += rank;
  call.require(axis >= 0 && axis <= rank, "axis out of range");
  const std::int64_t rows = element_count(Shape(shape.begin(), shape.begin() + axis));
  return {reshaped(call, {rows, element_count(Shape(shape.begin() + axis, shape.end()))})};
}

Results op_squeeze(const Call& call) {
  const Shape& shape = call.in(0).shape;
  std::vector<bool> drop(shape.size(), false);
  const std::vector<std::int64_t> axes = axes_of(call);
  for (std::size_t i = 0; i < shape.size() && axes.empty(); ++i) drop[i] = shape[i] == 1;
  for (const std::int64_t axis : axes) {
    const auto at = static_cast<std::size_t>(call.axis(axis, call.in(0).rank()));
    call.require(shape[at] == 1, "only axes of extent 1 can be squeezed");
    drop[at] = true;
  }
  Shape result;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (!drop[i]) result.push_back(shape[i]);
  }
  return {reshaped(call, result)};
}

Results op_unsqueeze(const Call& call) {
  const std::vector<std::int64_t> axes = axes_of(call);
  const std::int64_t rank = call.in(0).rank() + static_cast<std::int64_t>(axes.size());
  Shape result(static_cast<std::size_t>(rank), -1);
  for (const std::int64_t axis : axes) result[static_cast<std::size_t>(call.axis(axis, rank))] = 1;
  auto next = call.in(0).shape.begin();
  for (std::int64_t& extent : result) {
    if (extent < 0) {
      call.require(next != call.in(0).shape.end(), "axes repeat");
      extent = *next++;
    }
  }
  return {reshaped(call, result)};
}

Results op_transpose(const Call& call) {
  const Tensor& x = call.in(0);
  std::vector<std::int64_t> order(x.shape.size());
  std::iota(order.rbegin(), order.rend(), 0);
  order = call.node.integers("perm", order);
  const std::vector<std::int64_t> own = row_major_strides(x.shape);
  Shape shape, strides;
  for (const std::int64_t axis : order) {
    const auto at = static_cast<std::size_t>(call.axis(axis, x.rank()));
    shape.push_back(x.shape[at]);
    strides.push_back(own[at]);
  }
  return {view(x, shape, strides)};
}

Results op_concat(const Call& call) {
  const std::int64_t axis = call.axis(call.node.integer("axis", 0), call.in(0).rank());
  Shape shape = call.in(0).shape;
  shape[axis] = 0;
  for (std::size_t i = 0; i < call.inputs(); ++i) {
    Shape other = call.in(i).shape;
    call.require(other.size() == shape.size(), "the inputs must have the same rank");
    shape[axis] += other[axis];
    other[axis] = call.in(0).shape[axis];
    call.require(other == call.in(0).shape, "the inputs must agree in every other axis");
  }
  Tensor result(call.in(0).type, shape);
  const std::int64_t outer = element_count(Shape(shape.begin(), shape.begin() + axis));
  double* to = result.values.data();
  for (std::int64_t block = 0; block < outer; ++block) {
    for (std::size_t i = 0; i < call.inputs(); ++i) {
      const std::int64_t run = call.in(i).size() / outer;
      to = std::copy_n(call.in(i).values.begin() + block * run, run, to);
    }
  }
  return {result};
}

Results op_split(const Call& call) {
  const Tensor& x = call.in(0);
  const std::int64_t axis = call.axis(call.node.integer("axis", 0), x.rank());
  std::vector<std::int64_t> parts =
      call.has(1) ? call.integers(1) : call.node.integers("split", {});
  if (parts.empty()) {
    const auto count = static_cast<std::int64_t>(call.node.outputs.size());
    const std::int64_t each = (x.shape[axis] + count - 1) / count;
    parts.assign(static_cast<std::size_t>(count), each);
    parts.back() = x.shape[axis] - each * (count - 1);
  }
  const std::vector<std::int64_t> strides = row_major_strides(x.shape);
  Results results;
  std::int64_t start = 0;
  for (const std::int64_t part : parts) {
    call.require(part >= 0 && start + part <= x.shape[axis], "the parts exceed the axis");
    Shape shape = x.shape;
    shape[axis] = part;
    results.push_back(view(x, shape, strides, start * strides[axis]));
    start += part;
  }
  return results;
}

Results op_slice(const Call& call) {
  const Tensor& x = call.in(0);
  const std::vector<std::int64_t> starts = call.integers(1), ends = call.integers(2);
  std::vector<std::int64_t> axes = call.integers(3), steps = call.integers(4);
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (steps.empty()) steps.assign(starts.size(), 1);
  Shape shape = x.shape;
  std::vector<std::int64_t> strides = row_major_strides(x.shape);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto axis = static_cast<std::size_t>(call.axis(axes.at(i), x.rank()));
    const std::int64_t extent = x.shape[axis], step = steps.at(i);
    call.require(step != 0, "steps must not be 0");
    const auto from_front = [&](std::int64_t at) { return at < 0 ? at + extent : at; };
    const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
    const std::int64_t start =
        std::clamp(from_front(starts[i]), std::max<std::int64_t>(low, 0), high);
    const std::int64_t end = std::clamp(from_front(ends.at(i)), low, high);
    const std::int64_t span = step > 0 ? end - start : start - end, pace = std::abs(step);
    shape[axis] = span > 0 ? (span + pace - 1) / pace : 0;
    offset += start * strides[axis];
    strides[axis] *= step;
  }
  return {view(x, shape, strides, offset)};
}

Results op_pad(const Call& call) {
  const Tensor& x = call.in(0);
  const std::vector<std::int64_t> pads = call.integers(1);
  const std::size_t rank = x.shape.size();
  call.require(pads.size() == 2 * rank, "pads must have two entries per axis");
  const std::string mode = call.node.text("mode", "constant");
  const double fill = call.has(2) ? call.in(2).values.at(0) : 0.0;
  Shape shape = x.shape;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    shape[axis] += pads[axis] + pads[rank + axis];
    call.require(shape[axis] >= 0, "negative pads exceed the axis");
    call.require(mode != "reflect" || std::max(pads[axis], pads[rank + axis]) < x.shape[axis],
                 "reflecting pads must be smaller than the axis");
  }
  const std::vector<std::int64_t> own = row_major_strides(x.shape),
                                  strides = row_major_strides(shape);
  Tensor result(x.type, shape);
  for (std::int64_t i = 0; i < result.size(); ++i) {
    std::int64_t at = 0;
    bool inside = true;
    for (std::size_t axis = 0; axis < rank; ++axis) {
      const std::int64_t extent = x.shape[axis];
      std::int64_t position = i / strides[axis] % shape[axis] - pads[axis];
      if (mode == "edge") position = std::clamp<std::int64_t>(position, 0, extent - 1);
      if (mode == "reflect") {
        if (position < 0) position = -position;
        if (position >= extent) position = 2 * (extent - 1) - position;
      }
      inside = inside && position >= 0 && position < extent;
      at += position * own[axis];
    }
    result.values[i] = inside ? x.values[at] : fill;
  }
  return {result};
}

Results op_expand(const Call& call) {
  return {broadcast_to(call.in(0), broadcast_shape(call, call.in(0).shape, call.integers(1)))};
}

Results op_tile(const Call& call) {
  const Tensor& x = call.in(0);
  const std::vector<std::int64_t> repeats = call.integers(1);
  call.require(repeats.size() == x.shape.size(), "repeats must have one entry per axis");
  // An axis becomes two: how often, and the axis itself.
  Shape split, strides, shape;
  const std::vector<std::int64_t> own = row_major_strides(x.shape);
  for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
    split.insert(split.end(), {repeats[axis], x.shape[axis]});
    strides.insert(strides.end(), {0, own[axis]});
    shape.push_back(repeats[axis] * x.shape[axis]);
  }
  Tensor result = view(x, split, strides);
  result.shape = shape;
  return {result};
}

Results op_depth_to_space(const Call& call) {
  const Tensor& x = call.in(0);
  const std::int64_t block = call.node.integer("blocksize", 1);
  call.require(x.rank() == 4 && block > 0 && x.shape[1] % (block * block) == 0,
               "the channels do not fit blocksize");
  const std::int64_t n = x.shape[0], c = x.shape[1] / (block * block), h = x.shape[2],
                     w = x.shape[3];
  const bool column_row_depth = call.node.text("mode", "DCR") == "CRD";
  const std::int64_t plane = h * w;
  // As [n, c, h, block row, w, block column].
  const std::int64_t channel = column_row_depth ? block * block * plane : plane;
  const std::int64_t column = column_row_depth ? plane : c * plane;
  Tensor result = view(x, {n, c, h, block, w, block},
                       {x.shape[1] * plane, channel, w, block * column, 1, column});
  result.shape = {n, c, h * block, w * block};
  return {result};
}

Results op_space_to_depth(const Call& call) {
  const Tensor& x = call.in(0);
  const std::int64_t block = call.node.integer("blocksize", 1);
  call.require(x.rank() == 4 && block > 0 && x.shape[2] % block == 0 && x.shape[3] % block == 0,
               "height and width do not fit blocksize");
  const std::int64_t n = x.shape[0], c = x.shape[1], h = x.shape[2], w = x.shape[3];
  Tensor result = view(x, {n, block, block, c, h / block, w / block},
                       {c * h * w, w, 1, h * w, block * w, block});
  result.shape = {n, c * block * block, h / block, w / block};
  return {result};
}

Results op_shape(const Call& call) {
  const Shape& shape = call.in(0).shape;
  const auto rank = static_cast<std::int64_t>(shape.size());
  const auto clip = [rank](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const std::int64_t start = clip(call.node.integer("start", 0)),
                     end = clip(call.node.integer("end", rank));
  const Shape part(shape.begin() + start, shape.begin() + std::max(start, end));
  return {int64_tensor({static_cast<std::int64_t>(part.size())}, part)};
}

Results op_size(const Call& call) { return {int64_tensor({}, {call.in(0).size()})}; }

Results op_constant(const Call& call) {
  const auto vector = [](ElementType type, const auto& list) {
    const std::vector<double> values(list.begin(), list.end());
    return Tensor(type, {static_cast<std::int64_t>(values.size())}, values);
  };
  for (const auto& [name, attribute] : call.node.attributes) {
    if (const auto* tensor = std::get_if<Tensor>(&attribute)) return {*tensor};
    if (const auto* real = std::get_if<double>(&attribute)) {
      return {Tensor(ElementType::Fp32, {}, {*real})};
    }
    if (const auto* whole = std::get_if<std::int64_t>(&attribute))
      return {int64_tensor({}, {*whole})};
    if (const auto* list = std::get_if<std::vector<double>>(&attribute)) {
      return {vector(ElementType::Fp32, *list)};
    }
    if (const auto* list = std::get_if<std::vector<std::int64_t>>(&attribute)) {
      return {vector(ElementType::Int64, *list)};
    }
  }
  call.require(false, "strings and sparse tensors are not supported");
  return {};
}

Results op_constant_of_shape(const Call& call) {
  const auto found = call.node.attributes.find("value");
  Tensor fill(ElementType::Fp32, {1});
  if (found != call.node.attributes.end()) fill = std::get<Tensor>(found->second);
  Tensor result(fill.type, call.integers(0));
  std::fill(result.values.begin(), result.values.end(), fill.values.at(0));
  return {result};
}

Results op_range(const Call& call) {
  const double start = call.in(0).values.at(0), limit = call.in(1).values.at(0),
               delta = call.in(2).values.at(0);
  call.require(delta != 0.0, "delta must not be 0");
  const double count = std::max(0.0, std::ceil((limit - start) / delta));
  call.require(count <= 0x1p31, "too many elements");
  Tensor result(call.in(0).type, {static_cast<std::int64_t>(count)});
  for (std::int64_t i = 0; i < result.size(); ++i)
    result.values[i] = start + static_cast<double>(i) * delta;
  return {result};
}

Results op_eye_like(const Call& call) {
  Tensor result(call.in(0).type, call.in(0).shape);
  call.require(result.rank() == 2, "the input must be a matrix");
  const std::int64_t diagonal = call.node.integer("k", 0);
  for (std::int64_t i = 0; i < result.shape[0]; ++i) {
    const std::int64_t j = i + diagonal;
    if (j >= 0 && j < result.shape[1]) result.values[i * result.shape[1] + j] = 1.0;
  }
  return {result};
}

Results op_trilu(const Call& call) {
  Tensor result = call.in(0);
  call.require(result.rank() >= 2, "the input must be a matrix or a batch of them");
  const std::int64_t diagonal = call.has(1) ? call.integers(1).at(0) : 0;
  const bool upper = call.node.integer("upper", 1) != 0;
  const std::int64_t rows = result.shape[result.rank() - 2], columns = result.shape.back();
  for (std::int64_t i = 0; i < result.size(); ++i) {
    const std::int64_t distance = i % columns - i / columns % rows;
    if (upper ? distance < diagonal : distance > diagonal) result.values[i] = 0.0;
  }
  return {result};
}

}  // namespace coldforge::kernels::golden
