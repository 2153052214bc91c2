#include <algorithm>

#include "kernels/golden/operators.h"

namespace coldforge::kernels::golden {
namespace {

/// A negative index counts from the end; UserError if out of range.
std::int64_t checked(const Call& call, double index, std::int64_t extent) {
  const auto at = static_cast<std::int64_t>(index);
  call.require(
      at >= -extent && at < extent,
      "index " + std::to_string(at) + " is out of range for an axis of " + std::to_string(extent));
  return at < 0 ? at + extent : at;
}

/// The flat position in `shape` that agrees with flat index i of `indices_shape` except along
/// `axis`.
std::int64_t with_axis(const Shape& shape, const Shape& indices_shape, std::int64_t i,
                       std::int64_t axis, std::int64_t index) {
  const std::vector<std::int64_t> from = row_major_strides(indices_shape),
                                  to = row_major_strides(shape);
  std::int64_t at = 0;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const bool chosen = static_cast<std::int64_t>(k) == axis;
    at += (chosen ? index : i / from[k] % indices_shape[k]) * to[k];
  }
  return at;
}

}  // namespace

Results op_gather(const Call& call) {
  const Tensor &x = call.in(0), &indices = call.in(1);
  const std::int64_t axis = call.axis(call.node.integer("axis", 0), x.rank());
  Shape shape(x.shape.begin(), x.shape.begin() + axis);
  shape.insert(shape.end(), indices.shape.begin(), indices.shape.end());
  shape.insert(shape.end(), x.shape.begin() + axis + 1, x.shape.end());
  Tensor result(x.type, shape);
  const std::int64_t extent = x.shape[axis], inner = row_major_strides(x.shape)[axis];
  const std::int64_t outer = element_count(Shape(x.shape.begin(), x.shape.begin() + axis));
  auto to = result.values.begin();
  for (std::int64_t block = 0; block < outer; ++block) {
    for (const double index : indices.values) {
      const std::int64_t at = (block * extent + checked(call, index, extent)) * inner;
      to = std::copy_n(x.values.begin() + at, inner, to);
    }
  }
  return {result};
}

Results op_gather_elements(const Call& call) {
  const Tensor &x = call.in(0), &indices = call.in(1);
  const std::int64_t axis = call.axis(call.node.integer("axis", 0), x.rank());
  call.require(indices.rank() == x.rank(), "indices must have the data's rank");
  Tensor result(x.type, indices.shape);
  for (std::int64_t i = 0; i < result.size(); ++i) {
    const std::int64_t index = checked(call, indices.values[i], x.shape[axis]);
    result.values[i] = x.values[with_axis(x.shape, indices.shape, i, axis, index)];
  }
  return {result};
}

Results op_gather_nd(const Call& call) {
  const Tensor &x = call.in(0), &indices = call.in(1);
  const std::int64_t batch_axes = call.node.integer("batch_dims", 0), depth = indices.shape.back();
  call.require(depth > 0 && batch_axes >= 0 && batch_axes + depth <= x.rank(),
               "the indices are too deep for the data");
  Shape shape(indices.shape.begin(), indices.shape.end() - 1);
  shape.insert(shape.end(), x.shape.begin() + batch_axes + depth, x.shape.end());
  Tensor result(x.type, shape);
  const std::vector<std::int64_t> strides = row_major_strides(x.shape);
  const std::int64_t batches = element_count(Shape(x.shape.begin(), x.shape.begin() + batch_axes));
  const std::int64_t tuples = indices.size() / depth;
  const std::int64_t run =
      element_count(Shape(x.shape.begin() + batch_axes + depth, x.shape.end()));
  for (std::int64_t t = 0; t < tuples; ++t) {
    std::int64_t at = t / (tuples / batches) * (x.size() / batches);
    for (std::int64_t k = 0; k < depth; ++k) {
      const std::int64_t axis = batch_axes + k;
      at += checked(call, indices.values[t * depth + k], x.shape[axis]) * strides[axis];
    }
    std::copy_n(x.values.begin() + at, run, result.values.begin() + t * run);
  }
  return {result};
}

Results op_scatter_elements(const Call& call) {
  const Tensor &indices = call.in(1), &updates = call.in(2);
  Tensor result = call.in(0);
  const std::int64_t axis = call.axis(call.node.integer("axis", 0), result.rank());
  call.require(indices.rank() == result.rank() && updates.shape == indices.shape,
               "indices must have the data's rank and the updates' shape");
  const std::string reduction = call.node.text("reduction", "none");
  for (std::int64_t i = 0; i < indices.size(); ++i) {
    const std::int64_t index = checked(call, indices.values[i], result.shape[axis]);
    double& target = result.values[with_axis(result.shape, indices.shape, i, axis, index)];
    if (reduction == "add") {
      target += updates.values[i];
    } else if (reduction == "mul") {
      target *= updates.values[i];
    } else {
      target = updates.values[i];
    }
  }
  return {result};
}

Results op_one_hot(const Call& call) {
  // Inputs: indices, depth (scalar), values [off, on].
  const Tensor& indices = call.in(0);
  const std::int64_t depth = call.integers(1).at(0);
  const std::int64_t axis = call.axis(call.node.integer("axis", -1), indices.rank() + 1);
  Shape shape = indices.shape;
  shape.insert(shape.begin() + axis, depth);
  Tensor result(call.in(2).type, shape);
  std::fill(result.values.begin(), result.values.end(), call.in(2).values.at(0));
  const std::int64_t inner = row_major_strides(shape)[axis];
  for (std::int64_t i = 0; i < indices.size(); ++i) {
    auto at = static_cast<std::int64_t>(indices.values[i]);
    if (at < 0) at += depth;
    if (at < 0 || at >= depth) continue;  // ONNX: out of range leaves the row off
    result.values[(i / inner * depth + at) * inner + i % inner] = call.in(2).values.at(1);
  }
  return {result};
}

}  // namespace coldforge::kernels::golden
