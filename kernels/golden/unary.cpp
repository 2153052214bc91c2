#include <cmath>
#include <utility>

#include "kernels/golden/broadcast.h"

namespace coldforge::kernels::golden {
namespace {

template <typename Function>
Results unary(const Call& call, Function function) {
  return {map_each(call.in(0).type, call.in(0), function)};
}

template <typename Function>
Results predicate(const Call& call, Function function) {
  return {
      map_each(ElementType::Bool, call.in(0), [&](double x) { return function(x) ? 1.0 : 0.0; })};
}

/// Float -> float keeps the double: only inputs, constants and outputs of a graph are rounded.
Tensor cast(const Tensor& x, ElementType type) {
  if (is_float(type)) return map_each(type, x, [](double value) { return value; });
  if (is_float(x.type) || type == ElementType::Bool) {
    return map_each(type, x, [type](double value) { return round_to(type, value); });
  }
  return map_each(type, x, [type](double value) { return wrap(type, value); });
}

/// The types of the ONNX numbering that we know (onnx.proto, TensorProto.DataType); double counts
/// as fp32 here, because intermediate values are double anyhow.
ElementType cast_target(const Call& call, std::int64_t onnx_type) {
  switch (onnx_type) {
    case 1:
    case 11:
      return ElementType::Fp32;
    case 2:
      return ElementType::UInt8;
    case 3:
      return ElementType::Int8;
    case 6:
      return ElementType::Int32;
    case 7:
      return ElementType::Int64;
    case 9:
      return ElementType::Bool;
    case 10:
      return ElementType::Fp16;
    case 16:
      return ElementType::Bf16;
    default:
      break;
  }
  call.require(false, "cannot cast to the ONNX type number " + std::to_string(onnx_type));
  return ElementType::Fp32;
}

}  // namespace

Results op_abs(const Call& call) {
  return unary(call, [](double x) { return std::abs(x); });
}
Results op_neg(const Call& call) {
  return unary(call, [](double x) { return -x; });
}
Results op_exp(const Call& call) {
  return unary(call, [](double x) { return std::exp(x); });
}
Results op_log(const Call& call) {
  return unary(call, [](double x) { return std::log(x); });
}
Results op_sqrt(const Call& call) {
  return unary(call, [](double x) { return std::sqrt(x); });
}
Results op_reciprocal(const Call& call) {
  return unary(call, [](double x) { return 1.0 / x; });
}
Results op_floor(const Call& call) {
  return unary(call, [](double x) { return std::floor(x); });
}
Results op_ceil(const Call& call) {
  return unary(call, [](double x) { return std::ceil(x); });
}
Results op_round(const Call& call) {
  return unary(call, [](double x) { return std::nearbyint(x); });
}
Results op_sign(const Call& call) {
  return unary(call, [](double x) { return std::isnan(x) ? x : double(x > 0) - double(x < 0); });
}
Results op_erf(const Call& call) {
  return unary(call, [](double x) { return std::erf(x); });
}
Results op_sin(const Call& call) {
  return unary(call, [](double x) { return std::sin(x); });
}
Results op_cos(const Call& call) {
  return unary(call, [](double x) { return std::cos(x); });
}
Results op_tan(const Call& call) {
  return unary(call, [](double x) { return std::tan(x); });
}
Results op_asin(const Call& call) {
  return unary(call, [](double x) { return std::asin(x); });
}
Results op_acos(const Call& call) {
  return unary(call, [](double x) { return std::acos(x); });
}
Results op_atan(const Call& call) {
  return unary(call, [](double x) { return std::atan(x); });
}
Results op_sinh(const Call& call) {
  return unary(call, [](double x) { return std::sinh(x); });
}
Results op_cosh(const Call& call) {
  return unary(call, [](double x) { return std::cosh(x); });
}
Results op_asinh(const Call& call) {
  return unary(call, [](double x) { return std::asinh(x); });
}
Results op_acosh(const Call& call) {
  return unary(call, [](double x) { return std::acosh(x); });
}
Results op_atanh(const Call& call) {
  return unary(call, [](double x) { return std::atanh(x); });
}
Results op_not(const Call& call) {
  return predicate(call, [](double x) { return x == 0.0; });
}
Results op_is_nan(const Call& call) {
  return predicate(call, [](double x) { return std::isnan(x); });
}

Results op_is_inf(const Call& call) {
  const bool negative = call.node.integer("detect_negative", 1) != 0;
  const bool positive = call.node.integer("detect_positive", 1) != 0;
  return predicate(call, [=](double x) { return std::isinf(x) && (x > 0 ? positive : negative); });
}

Results op_identity(const Call& call) { return {call.in(0)}; }

Results op_dropout(const Call& call) {
  const bool training = call.has(2) && call.in(2).values.at(0) != 0.0;
  call.require(!training, "training mode is not supported: it is random");
  Results results = {call.in(0)};
  if (call.wants(1))
    results.push_back(map_each(ElementType::Bool, call.in(0), [](double) { return 1.0; }));
  return results;
}

Results op_cast(const Call& call) {
  return {cast(call.in(0), cast_target(call, call.node.integer("to", 0)))};
}
Results op_cast_like(const Call& call) { return {cast(call.in(0), call.in(1).type)}; }

}  // namespace coldforge::kernels::golden
