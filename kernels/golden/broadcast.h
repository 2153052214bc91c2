#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/golden/operators.h"

namespace coldforge::kernels::golden {

/// NumPy's broadcasting of two shapes; UserError if they do not go together.
Shape broadcast_shape(const Call& call, const Shape& a, const Shape& b);

/// Distance in elements along each axis of `target` when `shape` is broadcast to it: 0 where it
/// repeats.
std::vector<std::int64_t> broadcast_strides(const Shape& shape, const Shape& target);

/// `tensor` repeated to `target`, to which its shape broadcasts.
Tensor broadcast_to(const Tensor& tensor, const Shape& target);

/// Calls body(flat index) for every element of `shape`, with the flat positions of two operands
/// that move by their own strides: body(i, at_a, at_b).
template <typename Body>
void for_each_pair(const Shape& shape, const std::vector<std::int64_t>& strides_a,
                   const std::vector<std::int64_t>& strides_b, Body body) {
  const std::int64_t count = element_count(shape);
  if (count == 0) return;
  if (shape.empty()) {
    body(std::int64_t{0}, std::int64_t{0}, std::int64_t{0});
    return;
  }
  const std::size_t last = shape.size() - 1;
  std::vector<std::int64_t> position(shape.size(), 0);
  std::int64_t a = 0, b = 0;
  for (std::int64_t i = 0; i < count; i += shape[last]) {
    for (std::int64_t j = 0; j < shape[last]; ++j)
      body(i + j, a + j * strides_a[last], b + j * strides_b[last]);
    for (std::size_t axis = last; axis-- > 0;) {
      a += strides_a[axis];
      b += strides_b[axis];
      if (++position[axis] < shape[axis]) break;
      a -= strides_a[axis] * shape[axis];
      b -= strides_b[axis] * shape[axis];
      position[axis] = 0;
    }
  }
}

/// result[i] = function(a[i], b[i]) with broadcasting.
template <typename Function>
Tensor map_pairs(const Call& call, ElementType type, const Tensor& a, const Tensor& b,
                 Function function) {
  Tensor result(type, broadcast_shape(call, a.shape, b.shape));
  for_each_pair(result.shape, broadcast_strides(a.shape, result.shape),
                broadcast_strides(b.shape, result.shape),
                [&](std::int64_t i, std::int64_t at_a, std::int64_t at_b) {
                  result.values[i] = function(a.values[at_a], b.values[at_b]);
                });
  return result;
}

/// result[i] = function(x[i]).
template <typename Function>
Tensor map_each(ElementType type, const Tensor& x, Function function) {
  Tensor result;
  result.type = type;
  result.shape = x.shape;
  result.values.resize(x.values.size());
  std::transform(x.values.begin(), x.values.end(), result.values.begin(), function);
  return result;
}

}  // namespace coldforge::kernels::golden
