#include <cmath>
#include <functional>
#include <map>

#include "kernels/eager/operands.h"

/// Elementwise operators: each a short program over the output's extents.
namespace coldforge::kernels::eager {
namespace {

/// Program and operands of one node under way.
struct Builder {
  const Operands& operands;
  Program program;

  int in(std::size_t i) {
    const std::string& name = operands.node.inputs[i];
    const Value& value = operands.graph.value(name);
    if (const auto number = operands.number(name)) {
      return program.number(*number, lane_of(value.type));
    }
    return program.input(operands.broadcast(name, operands.out().shape));
  }
  /// An input along dimension 1 of the output only (channels).
  int channel(std::size_t i) {
    Access access = operands.dense(operands.node.inputs[i]);
    access.strides.assign(operands.out().shape.size(), 0);
    access.strides[1] = 1;
    return program.input(access);
  }
  int num(double value) { return program.number(value); }
  int op(const std::string& name, int a, int b) { return program.binary(name, a, b); }
  int un(const std::string& name, int a) { return program.unary(name, a); }
  double attribute(const char* name, double otherwise) const {
    return operands.node.number(name, otherwise);
  }
};

int clip(Builder& b, int x, double least, double most) {
  return b.op("min", b.op("max", x, b.num(least)), b.num(most));
}

int softplus(Builder& b, int x) {
  // log(1 + exp(-|x|)) + max(x, 0): exp never overflows.
  const int low = b.un("texp", b.un("tneg", b.un("tabs", x)));
  const int log = b.un("tlog", b.op("add", low, b.num(1)));
  return b.op("add", log, b.op("max", x, b.num(0)));
}

int elu(Builder& b, int x, double alpha) {
  const int below = b.op("sub", b.un("texp", b.op("min", x, b.num(0))), b.num(1));
  const int scaled = alpha == 1 ? below : b.op("mul", below, b.num(alpha));
  return b.op("add", b.op("max", x, b.num(0)), scaled);
}

int gelu(Builder& b, int x) {
  const int erf = b.un("terf", b.op("mul", x, b.num(std::sqrt(0.5))));
  const int half = b.op("mul", x, b.num(0.5));
  return b.op("mul", half, b.op("add", erf, b.num(1)));
}

int gelu_tanh(Builder& b, int x) {
  const int cube = b.op("mul", b.op("mul", x, x), x);
  const int inner = b.op("add", b.op("mul", cube, b.num(0.044715)), x);
  const int tanh = b.un("ttanh", b.op("mul", inner, b.num(std::sqrt(2 / std::acos(-1.0)))));
  return b.op("mul", b.op("mul", x, b.num(0.5)), b.op("add", tanh, b.num(1)));
}

int cast(Builder& b, int x, ElementType to) {
  if (to == ElementType::Bool) {
    return b.op("cmp_ne", x, b.program.number(0, b.program.lane(x)));
  }
  const Lane lane = lane_of(to);
  if (lane == b.program.lane(x)) return x;
  return b.program.map(lane == Lane::Int ? "tcvt_trunc" : "tcvt", {x}, lane);
}

int clip_inputs(Builder& b) {
  int x = b.in(0);
  if (b.operands.node.has_input(1)) x = b.op("max", x, b.in(1));
  if (b.operands.node.has_input(2)) x = b.op("min", x, b.in(2));
  return x;
}

int many(Builder& b, const std::string& op) {
  int result = b.in(0);
  for (std::size_t i = 1; i < b.operands.node.inputs.size(); ++i)
    result = b.op(op, result, b.in(i));
  return result;
}

int power(Builder& b) {
  const int x = b.in(0);
  const auto exponent = b.operands.number(b.operands.node.inputs[1]);
  if (exponent && *exponent == 2) return b.op("mul", x, x);
  if (exponent && *exponent == 3) return b.op("mul", b.op("mul", x, x), x);
  if (exponent && *exponent == 0.5) return b.un("tsqrt", x);
  return b.un("texp", b.op("mul", b.un("tlog", x), b.in(1)));
}

int batch_normalization(Builder& b) {
  const int x = b.in(0), scale = b.channel(1), bias = b.channel(2), mean = b.channel(3);
  const int deviation =
      b.un("trsqrt", b.op("add", b.channel(4), b.num(b.attribute("epsilon", 1e-5))));
  const int factor = b.op("mul", deviation, scale);
  return b.program.map("tfma", {b.op("sub", x, mean), factor, bias}, Lane::Float);
}

int trilu(Builder& b, std::int64_t shift) {
  const std::size_t rank = b.operands.out().shape.size();
  const int x = b.in(0);
  const int distance = b.op("sub", b.program.index(rank - 1), b.program.index(rank - 2));
  const bool upper = b.operands.node.integer("upper", 1) != 0;
  const int mask = b.op(upper ? "cmp_ge" : "cmp_le", distance,
                        b.program.number(static_cast<double>(shift), Lane::Int));
  return b.program.select(mask, x, b.program.number(0, b.program.lane(x)));
}

using Make = std::function<int(Builder&)>;

const std::map<std::string, Make>& operators() {
  const auto unary = [](const char* name) {
    return Make([name](Builder& b) { return b.un(name, b.in(0)); });
  };
  const auto binary = [](const char* name) {
    return Make([name](Builder& b) { return b.op(name, b.in(0), b.in(1)); });
  };
  static const std::map<std::string, Make> kOperators = {
      {"Abs", unary("tabs")},
      {"Neg", unary("tneg")},
      {"Exp", unary("texp")},
      {"Log", unary("tlog")},
      {"Sqrt", unary("tsqrt")},
      {"Reciprocal", unary("trecip")},
      {"Tanh", unary("ttanh")},
      {"Sigmoid", unary("tsigmoid")},
      {"Erf", unary("terf")},
      {"Add", binary("add")},
      {"Sub", binary("sub")},
      {"Mul", binary("mul")},
      {"Div", binary("div")},
      {"And", binary("and")},
      {"Or", binary("or")},
      {"Xor", binary("xor")},
      {"Equal", binary("cmp_eq")},
      {"Less", binary("cmp_lt")},
      {"LessOrEqual", binary("cmp_le")},
      {"Greater", binary("cmp_gt")},
      {"GreaterOrEqual", binary("cmp_ge")},
      {"Pow", power},
      {"Clip", clip_inputs},
      {"BatchNormalization", batch_normalization},
      {"Softplus", [](Builder& b) { return softplus(b, b.in(0)); }},
      {"Min", [](Builder& b) { return many(b, "min"); }},
      {"Max", [](Builder& b) { return many(b, "max"); }},
      {"Sum", [](Builder& b) { return many(b, "add"); }},
      {"Relu",
       [](Builder& b) {
         const int x = b.in(0);
         return b.op("max", x, b.program.number(0, b.program.lane(x)));
       }},
      {"LeakyRelu",
       [](Builder& b) {
         const int x = b.in(0);
         const int below = b.op("mul", b.op("min", x, b.num(0)), b.num(b.attribute("alpha", 0.01)));
         return b.op("add", b.op("max", x, b.num(0)), below);
       }},
      {"Elu", [](Builder& b) { return elu(b, b.in(0), b.attribute("alpha", 1)); }},
      {"Selu",
       [](Builder& b) {
         const int inner = elu(b, b.in(0), b.attribute("alpha", 1.67326319217681884765625));
         return b.op("mul", inner, b.num(b.attribute("gamma", 1.05070102214813232421875)));
       }},
      {"HardSigmoid",
       [](Builder& b) {
         const int line = b.op("add", b.op("mul", b.in(0), b.num(b.attribute("alpha", 0.2))),
                               b.num(b.attribute("beta", 0.5)));
         return clip(b, line, 0, 1);
       }},
      {"HardSwish",
       [](Builder& b) {
         const int x = b.in(0);
         const int line = b.op("add", b.op("mul", x, b.num(1.0 / 6)), b.num(0.5));
         return b.op("mul", clip(b, line, 0, 1), x);
       }},
      {"Softsign",
       [](Builder& b) {
         const int x = b.in(0);
         return b.op("div", x, b.op("add", b.un("tabs", x), b.num(1)));
       }},
      {"Gelu",
       [](Builder& b) {
         const bool by_tanh = b.operands.node.text("approximate", "none") == "tanh";
         const int x = b.in(0);
         return by_tanh ? gelu_tanh(b, x) : gelu(b, x);
       }},
      {"Not", [](Builder& b) { return b.op("cmp_eq", b.in(0), b.program.number(0, Lane::Int)); }},
      {"Where",
       [](Builder& b) {
         const int mask = b.in(0);
         const int a = b.in(1);
         return b.program.select(mask, a, b.in(2));
       }},
      {"Cast", [](Builder& b) { return cast(b, b.in(0), b.operands.out().type); }},
      {"Expand", [](Builder& b) { return b.in(0); }},
  };
  return kOperators;
}

}  // namespace

Written write_map(const Operands& operands) {
  const Node& node = operands.node;
  if (node.op_type == "BatchNormalization" && node.integer("training_mode", 0) != 0) return {};
  Builder builder{operands, {}};
  builder.program.extents = operands.out().shape;
  builder.program.reduced.assign(builder.program.extents.size(), false);
  int result = -1;
  if (node.op_type == "Trilu") {
    const auto shift = operands.integers(1, {0});
    if (!shift) return refused("an operand that has to be a constant is none");
    result = trilu(builder, shift->front());
  } else {
    const auto found = operators().find(node.op_type);
    if (found == operators().end()) return {};
    result = found->second(builder);
  }
  builder.program.output(operands.dense(node.outputs[0]), result);
  return stream_of(builder.program, operands);
}

}  // namespace coldforge::kernels::eager
