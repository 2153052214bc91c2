#include <algorithm>
#include <cmath>

#include "agent/generator/grammar/rules.h"

namespace coldforge::agent {

using kernels::Shape;

namespace {

Viewed number_of(double value, const Shape& shape = {}) {
  Viewed number;
  number.shape = shape;
  number.type = ElementType::Int32;
  number.is_number = true;
  number.number = value;
  return number;
}

bool is_zero(const Viewed& value) { return value.is_number && value.number == 0; }

}  // namespace

Viewed LoweringRules::zero_point(std::size_t i, const Shape& along) {
  if (!n.has_input(i)) return number_of(0);
  const Viewed zero = in(i);
  return zero.is_number ? number_of(zero.number) : reshape(zero, along);
}

/// The matrix engine takes int8: unsigned elements and their zero point go down by half a range.
Viewed LoweringRules::as_int8(const Viewed& value, Viewed& zero) {
  if (value.type != ElementType::UInt8) return value;
  const std::map<std::string, double> half = {{"half", 128}};
  zero = zero.is_number ? number_of(zero.number - 128)
                        : map("zero", "sub(a, half)", {zero}, half, zero.shape, ElementType::Int32);
  return map("signed", "sub(a, half)", {value}, half, value.shape, ElementType::Int8);
}

Viewed LoweringRules::as_plain(const char* op, const Viewed& a, const Viewed& b,
                               const std::vector<std::int64_t>* pads) {
  kernels::Node plain = n;
  plain.op_type = op;
  plain.inputs.clear();
  for (const Viewed* operand : {&a, &b}) {
    plain.inputs.push_back("operand " + std::to_string(++l.serial_));
    l.define(plain.inputs.back(), *operand);
  }
  if (pads != nullptr) plain.attributes["pads"] = *pads;
  LoweringRules rules{l, plain};
  if (!rules.contraction()) rules.convolution();
  return l.view(n.outputs[0]);
}

/// sum (a - za) * (b - zb) over `count` products, as sums of plain products: that of the elements
/// is the matrix engine's.
Viewed LoweringRules::without_zero_points(const Viewed& product, const Viewed& a_sums,
                                          const Viewed& za, const Viewed& b_sums, const Viewed& zb,
                                          double count) {
  Viewed value = product;
  const auto take = [&](const Viewed& sums, const Viewed& zero) {
    value = map("centred", "sub(a, mul(b, c))", {value, sums, zero}, {}, value.shape,
                ElementType::Int32);
  };
  if (!is_zero(zb)) take(a_sums, zb);
  if (!is_zero(za)) take(b_sums, za);
  if (!is_zero(za) && !is_zero(zb)) {
    value = map("centred", "add(a, mul(mul(b, c), count))", {value, za, zb}, {{"count", count}},
                value.shape, ElementType::Int32);
  }
  return value;
}

Viewed LoweringRules::integer_product(std::size_t a_at, std::size_t b_at, std::size_t za_at,
                                      std::size_t zb_at) {
  const std::size_t rank_a = in(a_at).shape.size();
  // A zero point for each row of a, for each column of b.
  Viewed za = zero_point(za_at, rank_a > 1 ? Shape{in(a_at).shape[rank_a - 2], 1} : Shape{1});
  Viewed zb = zero_point(zb_at, {in(b_at).shape.back()});
  const Viewed a = as_int8(in(a_at), za), b = as_int8(in(b_at), zb);
  const Viewed product = as_plain("MatMul", a, b, nullptr);
  if (is_zero(za) && is_zero(zb)) return product;
  if (a.shape.size() < 2 || b.shape.size() < 2) {
    fail("zero points of a vector");
    return product;
  }
  const auto last = [](const Viewed& v) { return static_cast<std::int64_t>(v.shape.size()) - 1; };
  const Viewed a_sums =
      is_zero(zb) ? zb : reduce("row_sums", "add", "a", {a}, {last(a)}, ElementType::Int32);
  const Viewed b_sums =
      is_zero(za) ? za : reduce("column_sums", "add", "a", {b}, {last(b) - 1}, ElementType::Int32);
  return without_zero_points(product, a_sums, za, b_sums, zb, static_cast<double>(a.shape.back()));
}

Viewed LoweringRules::integer_convolution(std::size_t x_at, std::size_t w_at, std::size_t zx_at,
                                          std::size_t zw_at) {
  const Shape& ws = in(w_at).shape;
  Shape channel(ws.size(), 1);
  channel[1] = ws[0];
  Viewed zx = zero_point(zx_at, channel), zw = zero_point(zw_at, channel);
  Viewed x = as_int8(in(x_at), zx);
  const Viewed w = as_int8(in(w_at), zw);
  const std::vector<std::int64_t>* pads = nullptr;
  const std::size_t space = ws.size() - 2;
  const std::vector<std::int64_t> none(2 * space, 0);
  if (!is_zero(zx)) {
    // Padding stands for 0, which is the zero point.
    if (!zx.is_number || n.text("auto_pad", "NOTSET") != "NOTSET") {
      fail(zx.is_number ? "auto_pad with a zero point" : "a variable zero point of the data");
      return x;
    }
    const std::vector<std::int64_t> border = n.integers("pads", none);
    std::vector<std::size_t> axes;
    for (std::size_t i = 0; i < space; ++i) axes.push_back(2 + i);
    const auto half = border.begin() + static_cast<std::ptrdiff_t>(space);
    x = materialise(bordered(x, axes, {border.begin(), half}, {half, border.end()}, zx.number));
    pads = &none;
  }
  const Viewed product = as_plain("Conv", x, w, pads);
  double count = 1;
  std::vector<std::int64_t> of_filter;
  for (std::size_t i = 1; i < ws.size(); ++i) {
    of_filter.push_back(static_cast<std::int64_t>(i));
    count *= static_cast<double>(ws[i]);
  }
  Viewed w_sums = zx, x_sums = zw;
  if (!is_zero(zx))
    w_sums =
        reshape(reduce("filter_sums", "add", "a", {w}, of_filter, ElementType::Int32), channel);
  if (!is_zero(zw)) x_sums = as_plain("Conv", x, number_of(1, ws), pads);
  return without_zero_points(product, x_sums, zx, w_sums, zw, count);
}

std::string LoweringRules::clamped(const std::string& text, ElementType type) {
  if (type == ElementType::Int8) return "max(min(" + text + ", 127), -128)";
  if (type == ElementType::UInt8) return "max(min(" + text + ", 255), 0)";
  return text;
}

/// Whole steps of `scale`, halves to the even one, and the zero point added.
Viewed LoweringRules::requantised(const Viewed& value, const Viewed& factor, const Viewed& zero) {
  const std::string steps = "to_int32(mul(to_fp32(a), b))";
  return map("requantised", clamped("add(" + steps + ", c)", out().type), {value, factor, zero}, {},
             value.shape, out().type);
}

/// x * w / y of three scales, a number if all of them are.
Viewed LoweringRules::factor_of(const Viewed& x, const Viewed& w, const Viewed& y) {
  if (x.is_number && w.is_number && y.is_number) return number_of(x.number * w.number / y.number);
  return map("factor", "div(mul(a, b), c)", {x, w, y}, {}, w.shape, ElementType::Fp32);
}

bool LoweringRules::quantisation() {
  const std::string& op = n.op_type;
  if (op == "QuantizeLinear" || op == "DequantizeLinear") {
    const Viewed x = in(0);
    Viewed scale = in(1);
    // Multiplying by the reciprocal of a number rounds twice, unless that is a power of two: a
    // quotient near a half could go to the other neighbour.
    int exponent = 0;
    if (scale.is_number && std::frexp(scale.number, &exponent) != 0.5) scale.is_number = false;
    Shape along(x.shape.size(), 1);
    if (kernels::element_count(scale.shape) > 1) {
      const std::int64_t axis = n.integer("axis", 1);
      const auto a = static_cast<std::size_t>(
          axis < 0 ? axis + static_cast<std::int64_t>(x.shape.size()) : axis);
      along[a] = x.shape[a];
      scale = reshape(scale, along);
    }
    const Viewed zero = zero_point(2, along);
    if (op == "DequantizeLinear") {
      define(map("dequantised", "mul(to_fp32(sub(a, b)), c)", {x, zero, scale}, {}, x.shape,
                 out().type));
      return true;
    }
    define(map("quantised", clamped("add(to_int32(div(a, b)), c)", out().type), {x, scale, zero},
               {}, x.shape, out().type));
    return true;
  }
  if (op == "MatMulInteger") {
    define(integer_product(0, 1, 2, 3));
    return true;
  }
  if (op == "QLinearMatMul") {
    const Viewed product = integer_product(0, 3, 2, 5);
    define(requantised(product, factor_of(in(1), in(4), in(6)), zero_point(7, {1})));
    return true;
  }
  if (op == "ConvInteger") {
    define(integer_convolution(0, 1, 2, 3));
    return true;
  }
  if (op == "QLinearConv") {
    Viewed sum = integer_convolution(0, 3, 2, 5);
    Shape channel(sum.shape.size(), 1);
    channel[1] = sum.shape[1];
    if (n.has_input(8)) {
      sum = map("biased", "add(a, b)", {sum, reshape(in(8), channel)}, {}, sum.shape,
                ElementType::Int32);
    }
    Viewed filter = in(4);
    if (!filter.is_number) filter = reshape(filter, channel);
    define(requantised(sum, factor_of(in(1), filter, in(6)), zero_point(7, {1})));
    return true;
  }
  return false;
}

}  // namespace coldforge::agent
