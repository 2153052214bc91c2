#include "kernels/eager/operands.h"

/// Quantised operators. Products of int8 are the matrix engine's, their int32 sums are requantised
/// in a second sweep. With zero points, operands are made 16-bit floats without them first: up to
/// 255 in size, and sums below 2^24 are exact.
namespace coldforge::kernels::eager {
namespace {

constexpr std::int64_t kMostExactProducts = 256;  // of 255 * 255, in a float

/// A sweep over a shape.
struct Sweep {
  const Operands& operands;
  Shape shape;
  Program program;

  Sweep(const Operands& of, const Shape& over) : operands(of), shape(over) {
    program.extents = over;
    program.reduced.assign(over.size(), false);
  }
  int tensor(const Stored& at) {
    Access access;
    access.base = at.base;
    access.type = at.type;
    access.elements = element_count(shape);
    access.strides = row_major_strides(shape);
    return program.input(access);
  }
  /// Input i: one number, or one for each index along `axis`.
  int along(std::size_t i, std::size_t axis) {
    const std::string& name = operands.node.inputs[i];
    if (const auto number = operands.number(name))
      return program.number(*number, lane_of(operands.in(i).type));
    Access access = operands.dense(name);
    access.strides.assign(shape.size(), 0);
    if (operands.in(i).size() > 1) access.strides[axis] = 1;
    return program.input(access);
  }
  int zero_point(std::size_t i, std::size_t axis) {
    return operands.node.has_input(i) ? along(i, axis) : program.number(0, Lane::Int);
  }
  int converted(int value, Lane lane) { return program.map("tcvt", {value}, lane); }
  /// To whole steps, halves to the even one; the zero point added; within the type.
  int steps(int value, int zero, ElementType type) {
    const bool is_signed = type == ElementType::Int8;
    const int sum = program.binary("add", converted(value, Lane::Int), zero);
    const int low = program.binary("max", sum, program.number(is_signed ? -128 : 0, Lane::Int));
    return program.binary("min", low, program.number(is_signed ? 127 : 255, Lane::Int));
  }
  Written to(const Stored& at, int value) {
    Access access;
    access.base = at.base;
    access.type = at.type;
    access.elements = element_count(shape);
    access.strides = row_major_strides(shape);
    program.output(access, value);
    return stream_of(program, operands);
  }
};

Stored input_at(const Operands& operands, std::size_t i) {
  return {operands.place(operands.node.inputs[i]), operands.in(i).type};
}
Stored output_at(const Operands& operands) {
  return {operands.place(operands.node.outputs[0]), operands.out().type};
}

std::size_t channel_axis(const Operands& operands) {
  const auto rank = static_cast<std::int64_t>(operands.in(0).shape.size());
  const std::int64_t axis = operands.axis(operands.node.integer("axis", 1), rank);
  return static_cast<std::size_t>(axis < rank ? axis : 0);
}

void append(Written& all, const Written& more) {
  if (all.refusal.empty()) all.refusal = more.refusal;
  all.bodies.insert(all.bodies.end(), more.bodies.begin(), more.bodies.end());
  if (!all.refusal.empty()) all.bodies.clear();
}

bool has_zero_point(const Operands& operands, std::size_t i) {
  if (!operands.node.has_input(i)) return false;
  const auto number = operands.number(operands.node.inputs[i]);
  return !number || *number != 0;
}

/// The int32 sums of a product to `sums`; `temporary_at` bytes of the temporary place are taken.
Written product(const Operands& operands, std::size_t a, std::size_t b, std::size_t zero_a,
                std::size_t zero_b, const Stored& sums, std::int64_t temporary_at) {
  Written written;
  Stored places[2] = {input_at(operands, a), input_at(operands, b)};
  const bool plain = !has_zero_point(operands, zero_a) && !has_zero_point(operands, zero_b) &&
                     places[0].type == ElementType::Int8 && places[1].type == ElementType::Int8;
  if (!plain) {
    const Shape& left = operands.in(a).shape;
    if (left.back() > kMostExactProducts) return refused("an attribute that is not supported");
    for (const int which : {0, 1}) {
      const std::size_t i = which == 0 ? a : b, zero = which == 0 ? zero_a : zero_b;
      const Shape& shape = operands.in(i).shape;
      if (shape.size() < 2) return refused("an attribute that is not supported");
      Sweep sweep(operands, shape);
      const Stored to = {operands.temporary(ElementType::Fp16, temporary_at), ElementType::Fp16};
      temporary_at += (element_count(shape) * 2 + 63) / 64 * 64;
      const int value =
          sweep.program.binary("sub", sweep.tensor(places[which]),
                               sweep.zero_point(zero, shape.size() - (which == 0 ? 2 : 1)));
      append(written, sweep.to(to, sweep.converted(value, Lane::Float)));
      places[which] = to;
    }
    if (temporary_at > operands.temporary_bytes)
      return refused("the values between nodes do not fit the scratch buffer");
  }
  append(written, write_matmul(operands, a, b, places[0], places[1], sums));
  return written;
}

/// int32 sums times scale_x * scale_w / scale_y, as 8-bit integers.
Written requantised(const Operands& operands, const Stored& sums, std::size_t scale_x,
                    std::size_t scale_w, std::size_t scale_y, std::size_t zero_y) {
  const auto x = operands.number(operands.node.inputs[scale_x]);
  const auto y = operands.number(operands.node.inputs[scale_y]);
  if (!x || !y) return refused("an operand that has to be a constant is none");
  Sweep sweep(operands, operands.out().shape);
  const int sum = sweep.converted(sweep.tensor(sums), Lane::Float);
  int scaled = -1;
  if (const auto w = operands.number(operands.node.inputs[scale_w])) {
    scaled = sweep.program.binary("mul", sum, sweep.program.number(*x * *w / *y));
  } else {
    const int factor =
        sweep.program.binary("mul", sweep.along(scale_w, 1), sweep.program.number(*x / *y));
    scaled = sweep.program.binary("mul", sum, factor);
  }
  const int value = sweep.steps(scaled, sweep.zero_point(zero_y, 0), operands.out().type);
  return sweep.to(output_at(operands), value);
}

}  // namespace

Written write_quantised(const Operands& operands) {
  const Node& node = operands.node;
  const std::string& op = node.op_type;
  if (op == "QuantizeLinear") {
    const std::size_t axis = channel_axis(operands);
    Sweep sweep(operands, operands.in(0).shape);
    const int x = sweep.tensor(input_at(operands, 0));
    const int quotient = sweep.program.binary("div", x, sweep.along(1, axis));
    return sweep.to(output_at(operands),
                    sweep.steps(quotient, sweep.zero_point(2, axis), operands.out().type));
  }
  if (op == "DequantizeLinear") {
    const std::size_t axis = channel_axis(operands);
    Sweep sweep(operands, operands.in(0).shape);
    const int x = sweep.tensor(input_at(operands, 0));
    const int centred = sweep.program.binary("sub", x, sweep.zero_point(2, axis));
    return sweep.to(
        output_at(operands),
        sweep.program.binary("mul", sweep.converted(centred, Lane::Float), sweep.along(1, axis)));
  }
  if (op == "MatMulInteger") return product(operands, 0, 1, 2, 3, output_at(operands), 0);
  const std::int64_t sums_bytes = (operands.out().size() * 4 + 63) / 64 * 64;
  const Stored sums = {operands.temporary(ElementType::Int32), ElementType::Int32};
  const bool requantises = op == "QLinearMatMul" || op == "QLinearConv";
  if (requantises && sums_bytes > operands.temporary_bytes)
    return refused("the values between nodes do not fit the scratch buffer");
  if (op == "QLinearMatMul") {
    Written written = product(operands, 0, 3, 2, 5, sums, sums_bytes);
    append(written, requantised(operands, sums, 1, 4, 6, 7));
    return written;
  }
  if (op != "ConvInteger" && op != "QLinearConv") return {};
  const std::size_t w = op == "QLinearConv" ? 3 : 1, zero_w = op == "QLinearConv" ? 5 : 3;
  if (has_zero_point(operands, 2) || has_zero_point(operands, zero_w))
    return refused("an attribute that is not supported");
  if (!requantises) return write_conv(operands, w, "", output_at(operands));
  const std::string bias = node.has_input(8) ? operands.place(node.inputs[8]) : "";
  Written written = write_conv(operands, w, bias, sums);
  append(written, requantised(operands, sums, 1, 4, 6, 7));
  return written;
}

}  // namespace coldforge::kernels::eager
