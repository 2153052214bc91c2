#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/golden/operators.h"

namespace coldforge::kernels::golden {
namespace {

/// Rearranges `x` so that the reduced axes are innermost: rows of `width` elements, one per element
/// of the result.
struct Rows {
  Tensor result;  // of the right shape, values to be filled
  std::int64_t width = 1;
  std::vector<double> elements;
};

/// Axes from the attribute (before opset 13 or 18) or from the second input; none = all, or none
/// with noop_with_empty_axes.
std::vector<bool> reduced_axes(const Call& call, bool* noop) {
  const std::int64_t rank = call.in(0).rank();
  std::vector<std::int64_t> axes = call.has(1) ? call.integers(1) : call.node.integers("axes", {});
  std::vector<bool> reduced(static_cast<std::size_t>(rank), axes.empty());
  *noop = axes.empty() && call.node.integer("noop_with_empty_axes", 0) != 0;
  for (const std::int64_t axis : axes)
    reduced[static_cast<std::size_t>(call.axis(axis, rank))] = true;
  return reduced;
}

Rows rows_of(const Call& call, const std::vector<bool>& reduced, bool keep) {
  const Tensor& x = call.in(0);
  const std::vector<std::int64_t> strides = row_major_strides(x.shape);
  Rows rows;
  Shape order_shape, order_strides, shape;
  for (const bool inner : {false, true}) {
    for (std::size_t axis = 0; axis < reduced.size(); ++axis) {
      if (reduced[axis] != inner) continue;
      order_shape.push_back(x.shape[axis]);
      order_strides.push_back(strides[axis]);
      if (inner) rows.width *= x.shape[axis];
    }
  }
  for (std::size_t axis = 0; axis < reduced.size(); ++axis) {
    if (!reduced[axis]) shape.push_back(x.shape[axis]);
    if (reduced[axis] && keep) shape.push_back(1);
  }
  rows.result = Tensor(x.type, shape);
  rows.elements.resize(x.values.size());
  std::vector<std::int64_t> position(order_shape.size(), 0);
  std::int64_t at = 0;
  for (double& element : rows.elements) {
    element = x.values[static_cast<std::size_t>(at)];
    for (std::size_t axis = order_shape.size(); axis-- > 0;) {
      at += order_strides[axis];
      if (++position[axis] < order_shape[axis]) break;
      at -= order_strides[axis] * order_shape[axis];
      position[axis] = 0;
    }
  }
  return rows;
}

/// reduce(first, last) for every row.
template <typename Reduce>
Results reduction(const Call& call, Reduce reduce) {
  bool noop = false;
  const std::vector<bool> axes = reduced_axes(call, &noop);
  if (noop) return {call.in(0)};
  Rows rows = rows_of(call, axes, call.node.integer("keepdims", 1) != 0);
  for (std::int64_t i = 0; i < rows.result.size(); ++i) {
    const double* first = rows.elements.data() + i * rows.width;
    rows.result.values[i] = reduce(first, first + rows.width);
  }
  if (!is_float(rows.result.type)) {
    for (double& value : rows.result.values) value = wrap(rows.result.type, std::trunc(value));
  }
  return {rows.result};
}

template <typename Function>
double sum_of(const double* first, const double* last, Function function) {
  double sum = 0;
  for (const double* x = first; x != last; ++x) sum += function(*x);
  return sum;
}

double plain(double x) { return x; }
double square(double x) { return x * x; }

template <typename Better>
Results arg_reduction(const Call& call, Better better) {
  const Tensor& x = call.in(0);
  const std::int64_t axis = call.axis(call.node.integer("axis", 0), x.rank());
  const bool last_wins = call.node.integer("select_last_index", 0) != 0;
  std::vector<bool> reduced(x.shape.size(), false);
  reduced[static_cast<std::size_t>(axis)] = true;
  Rows rows = rows_of(call, reduced, call.node.integer("keepdims", 1) != 0);
  rows.result.type = ElementType::Int64;
  for (std::int64_t i = 0; i < rows.result.size(); ++i) {
    const double* row = &rows.elements[i * rows.width];
    std::int64_t best = 0;
    for (std::int64_t j = 1; j < rows.width; ++j) {
      if (better(row[j], row[best]) || (last_wins && row[j] == row[best])) best = j;
    }
    rows.result.values[i] = static_cast<double>(best);
  }
  return {rows.result};
}

}  // namespace

Results op_reduce_sum(const Call& call) {
  return reduction(call, [](const double* a, const double* b) { return sum_of(a, b, plain); });
}

Results op_reduce_mean(const Call& call) {
  return reduction(call, [](const double* a, const double* b) {
    return sum_of(a, b, plain) / static_cast<double>(b - a);
  });
}

Results op_reduce_max(const Call& call) {
  return reduction(call, [](const double* a, const double* b) {
    return std::accumulate(a, b, -std::numeric_limits<double>::infinity(),
                           [](double m, double x) { return std::isnan(m) || m > x ? m : x; });
  });
}

Results op_reduce_min(const Call& call) {
  return reduction(call, [](const double* a, const double* b) {
    return std::accumulate(a, b, std::numeric_limits<double>::infinity(),
                           [](double m, double x) { return std::isnan(m) || m < x ? m : x; });
  });
}

Results op_reduce_prod(const Call& call) {
  return reduction(call, [](const double* a, const double* b) {
    return std::accumulate(a, b, 1.0, [](double p, double x) { return p * x; });
  });
}

Results op_reduce_l1(const Call& call) {
  return reduction(call, [](const double* a, const double* b) {
    return sum_of(a, b, [](double x) { return std::abs(x); });
  });
}

Results op_reduce_l2(const Call& call) {
  return reduction(
      call, [](const double* a, const double* b) { return std::sqrt(sum_of(a, b, square)); });
}

Results op_reduce_sum_square(const Call& call) {
  return reduction(call, [](const double* a, const double* b) { return sum_of(a, b, square); });
}

Results op_reduce_log_sum(const Call& call) {
  return reduction(call,
                   [](const double* a, const double* b) { return std::log(sum_of(a, b, plain)); });
}

Results op_reduce_log_sum_exp(const Call& call) {
  return reduction(call, [](const double* a, const double* b) {
    const double largest = *std::max_element(a, b);
    if (std::isinf(largest)) return largest;
    return largest + std::log(sum_of(a, b, [largest](double x) { return std::exp(x - largest); }));
  });
}

Results op_arg_max(const Call& call) {
  return arg_reduction(call, [](double x, double best) { return x > best; });
}
Results op_arg_min(const Call& call) {
  return arg_reduction(call, [](double x, double best) { return x < best; });
}

Results op_cum_sum(const Call& call) {
  const Tensor& x = call.in(0);
  const std::int64_t axis = call.axis(call.integers(1).at(0), x.rank());
  const bool exclusive = call.node.integer("exclusive", 0) != 0,
             reverse = call.node.integer("reverse", 0) != 0;
  Tensor result(x.type, x.shape);
  const std::int64_t stride = row_major_strides(x.shape)[axis], extent = x.shape[axis];
  for (std::int64_t line = 0; line < x.size() / std::max<std::int64_t>(1, extent); ++line) {
    const std::int64_t start = line / stride * stride * extent + line % stride;
    double sum = 0;
    for (std::int64_t step = 0; step < extent; ++step) {
      const std::int64_t at = start + (reverse ? extent - 1 - step : step) * stride;
      if (exclusive) result.values[at] = sum;
      sum = is_float(x.type) ? sum + x.values[at] : wrap(x.type, sum + x.values[at]);
      if (!exclusive) result.values[at] = sum;
    }
  }
  return {result};
}

Results op_top_k(const Call& call) {
  const Tensor& x = call.in(0);
  const std::int64_t count = call.integers(1).at(0);
  const std::int64_t axis = call.axis(call.node.integer("axis", -1), x.rank());
  const bool largest = call.node.integer("largest", 1) != 0;
  const std::int64_t extent = x.shape[axis], stride = row_major_strides(x.shape)[axis];
  call.require(count >= 0 && count <= extent, "k = " + std::to_string(count) + " exceeds the axis");
  Shape shape = x.shape;
  shape[axis] = count;
  Tensor values(x.type, shape), indices(ElementType::Int64, shape);
  std::vector<std::int64_t> order(static_cast<std::size_t>(extent));
  for (std::int64_t line = 0; line < x.size() / extent; ++line) {
    const double* start = &x.values[line / stride * stride * extent + line % stride];
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return largest ? start[a * stride] > start[b * stride]
                     : start[a * stride] < start[b * stride];
    });
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t at = line / stride * stride * count + line % stride + i * stride;
      values.values[at] = start[order[i] * stride];
      indices.values[at] = static_cast<double>(order[i]);
    }
  }
  return {values, indices};
}

}  // namespace coldforge::kernels::golden
