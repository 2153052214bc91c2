#include <cmath>

#include "kernels/golden/broadcast.h"

namespace coldforge::kernels::golden {
namespace {

template <typename Function>
Results arithmetic(const Call& call, Function function) {
  const ElementType type = call.in(0).type;
  if (is_float(type)) return {map_pairs(call, type, call.in(0), call.in(1), function)};
  return {map_pairs(call, type, call.in(0), call.in(1),
                    [&](double a, double b) { return wrap(type, function(a, b)); })};
}

template <typename Function>
Results comparison(const Call& call, Function function) {
  return {map_pairs(call, ElementType::Bool, call.in(0), call.in(1),
                    [&](double a, double b) { return function(a, b) ? 1.0 : 0.0; })};
}

/// Folds any number of inputs, broadcasting.
template <typename Function>
Tensor fold(const Call& call, Function function) {
  Tensor result = call.in(0);
  for (std::size_t i = 1; i < call.inputs(); ++i) {
    result = map_pairs(call, result.type, result, call.in(i), function);
  }
  return result;
}

}  // namespace

Results op_add(const Call& call) {
  return arithmetic(call, [](double a, double b) { return a + b; });
}
Results op_sub(const Call& call) {
  return arithmetic(call, [](double a, double b) { return a - b; });
}

Results op_mul(const Call& call) {
  // A product of two int64 may pass 2^53; then it is no longer exact, and wrap() would hide that.
  const bool wide = call.in(0).type == ElementType::Int64;
  return arithmetic(call, [&](double a, double b) {
    call.require(!wide || std::abs(a * b) <= kLargestExactInteger,
                 "an int64 product lies beyond +-2^53");
    return a * b;
  });
}

Results op_div(const Call& call) {
  if (is_float(call.in(0).type)) return arithmetic(call, [](double a, double b) { return a / b; });
  return arithmetic(call, [&](double a, double b) {
    call.require(b != 0.0, "integer division by zero");
    return std::trunc(a / b);
  });
}

Results op_pow(const Call& call) {
  return arithmetic(call, [](double a, double b) { return std::pow(a, b); });
}

Results op_mod(const Call& call) {
  const bool like_c = call.node.integer("fmod", 0) != 0;
  const bool whole = !is_float(call.in(0).type);
  return arithmetic(call, [&](double a, double b) {
    call.require(!whole || b != 0.0, "integer division by zero");
    const double rest = std::fmod(a, b);
    // Without fmod the result takes the divisor's sign, as in Python.
    return !like_c && rest != 0.0 && (rest < 0) != (b < 0) ? rest + b : rest;
  });
}

Results op_min(const Call& call) {
  return {fold(call, [](double a, double b) { return std::isnan(a) || a < b ? a : b; })};
}
Results op_max(const Call& call) {
  return {fold(call, [](double a, double b) { return std::isnan(a) || a > b ? a : b; })};
}
Results op_sum(const Call& call) {
  return {fold(call, [](double a, double b) { return a + b; })};
}

Results op_mean(const Call& call) {
  const auto count = static_cast<double>(call.inputs());
  const Tensor total = fold(call, [](double a, double b) { return a + b; });
  return {map_each(total.type, total, [count](double x) { return x / count; })};
}

Results op_equal(const Call& call) {
  return comparison(call, [](double a, double b) { return a == b; });
}
Results op_less(const Call& call) {
  return comparison(call, [](double a, double b) { return a < b; });
}
Results op_less_or_equal(const Call& call) {
  return comparison(call, [](double a, double b) { return a <= b; });
}
Results op_greater(const Call& call) {
  return comparison(call, [](double a, double b) { return a > b; });
}
Results op_greater_or_equal(const Call& call) {
  return comparison(call, [](double a, double b) { return a >= b; });
}
Results op_and(const Call& call) {
  return comparison(call, [](double a, double b) { return a != 0 && b != 0; });
}
Results op_or(const Call& call) {
  return comparison(call, [](double a, double b) { return a != 0 || b != 0; });
}
Results op_xor(const Call& call) {
  return comparison(call, [](double a, double b) { return (a != 0) != (b != 0); });
}

Results op_where(const Call& call) {
  const Tensor& condition = call.in(0);
  const Shape values_shape = broadcast_shape(call, call.in(1).shape, call.in(2).shape);
  const Shape shape = broadcast_shape(call, condition.shape, values_shape);
  const Tensor chosen = broadcast_to(condition, shape);
  Tensor result(call.in(1).type, shape);
  for_each_pair(
      shape, broadcast_strides(call.in(1).shape, shape), broadcast_strides(call.in(2).shape, shape),
      [&](std::int64_t i, std::int64_t a, std::int64_t b) {
        result.values[i] = chosen.values[i] != 0 ? call.in(1).values[a] : call.in(2).values[b];
      });
  return {result};
}

}  // namespace coldforge::kernels::golden
