#include <algorithm>
#include <cmath>

#include "agent/generator/grammar/functions.h"
#include "agent/generator/grammar/rules.h"

namespace coldforge::agent {
namespace {

using kernels::Shape;

struct Attribute {
  const char* name;
  double otherwise;
};

/// One elementwise operator: its meaning over a, b, c (the inputs) and its attributes.
struct Meaning {
  const char* op;
  std::string expression;
  std::vector<Attribute> attributes;
};

const std::vector<Meaning>& meanings() {
  static const std::vector<Meaning> kMeanings = {
      {"Abs", "abs(a)", {}},
      {"Acos", "sub(1.57079632679, " + arc_tangent("div(a, sqrt(sub(1, mul(a, a))))") + ")", {}},
      {"Acosh", "log(add(a, sqrt(sub(mul(a, a), 1))))", {}},
      {"Add", "add(a, b)", {}},
      {"And", "and(a, b)", {}},
      {"Asin", arc_tangent("div(a, sqrt(sub(1, mul(a, a))))"), {}},
      {"Asinh",
       "sel(lt(a, 0), neg(log(add(abs(a), sqrt(add(mul(a, a), 1))))), "
       "log(add(abs(a), sqrt(add(mul(a, a), 1)))))",
       {}},
      {"Atan", arc_tangent("a"), {}},
      {"Atanh", "mul(log(div(add(a, 1), sub(1, a))), 0.5)", {}},
      {"Ceil", ceil_of("a"), {}},
      {"Celu",
       "add(max(a, 0), min(mul(alpha, sub(exp(div(min(a, 0), alpha)), 1)), 0))",
       {{"alpha", 1}}},
      {"Cos", cosine("a"), {}},
      {"Cosh", "mul(add(exp(a), exp(neg(a))), 0.5)", {}},
      {"Div", "div(a, b)", {}},
      {"Elu", "sel(gt(a, 0), a, mul(alpha, sub(exp(min(a, 0)), 1)))", {{"alpha", 1}}},
      {"Equal", "eq(a, b)", {}},
      {"Erf", "erf(a)", {}},
      {"Exp", "exp(a)", {}},
      {"Floor", floor_of("a"), {}},
      {"Greater", "gt(a, b)", {}},
      {"GreaterOrEqual", "ge(a, b)", {}},
      {"HardSigmoid", "max(min(add(mul(a, alpha), beta), 1), 0)", {{"alpha", 0.2}, {"beta", 0.5}}},
      {"HardSwish", "mul(a, max(min(add(mul(a, sixth), 0.5), 1), 0))", {}},
      {"Identity", "a", {}},
      {"IsNaN", "ne(a, a)", {}},
      {"LeakyRelu", "sel(gt(a, 0), a, mul(a, alpha))", {{"alpha", 0.01}}},
      {"Less", "lt(a, b)", {}},
      {"LessOrEqual", "le(a, b)", {}},
      {"Log", "log(a)", {}},
      {"Mul", "mul(a, b)", {}},
      {"Neg", "neg(a)", {}},
      {"Not", "eq(a, 0)", {}},
      {"Or", "or(a, b)", {}},
      {"PRelu", "sel(gt(a, 0), a, mul(a, b))", {}},
      {"Reciprocal", "recip(a)", {}},
      {"Relu", "max(a, 0)", {}},
      {"Round", nearest("a"), {}},
      {"Selu",
       "mul(gamma, sel(gt(a, 0), a, mul(alpha, sub(exp(min(a, 0)), 1))))",
       {{"alpha", 1.67326319217681884765625}, {"gamma", 1.05070102214813232421875}}},
      {"Sigmoid", "sigmoid(a)", {}},
      {"Shrink",
       "sel(lt(a, neg(lambd)), add(a, bias), sel(gt(a, lambd), sub(a, bias), 0))",
       {{"bias", 0}, {"lambd", 0.5}}},
      {"Sign", "to_fp32(sub(gt(a, 0), lt(a, 0)))", {}},
      {"Sin", sine("a"), {}},
      {"Sinh", "mul(sub(exp(a), exp(neg(a))), 0.5)", {}},
      {"Softplus", "add(max(a, 0), log(add(exp(neg(abs(a))), 1)))", {}},
      {"Softsign", "div(a, add(abs(a), 1))", {}},
      {"Sqrt", "sqrt(a)", {}},
      {"Sub", "sub(a, b)", {}},
      {"Tan", "div(" + sine("a") + ", " + cosine("a") + ")", {}},
      {"Tanh", "tanh(a)", {}},
      {"ThresholdedRelu", "sel(gt(a, alpha), a, 0)", {{"alpha", 1}}},
      {"Where", "sel(a, b, c)", {}},
      {"Xor", "xor(a, b)", {}},
  };
  return kMeanings;
}

/// Folded over any number of inputs.
const char* folding(const std::string& op) {
  if (op == "Max") return "max(a, b)";
  if (op == "Min") return "min(a, b)";
  if (op == "Sum" || op == "Mean") return "add(a, b)";
  return nullptr;
}

}  // namespace

Viewed LoweringRules::map(const std::string& label, const std::string& expression,
                          const std::vector<Viewed>& args,
                          const std::map<std::string, double>& numbers, const Shape& shape,
                          ElementType type) {
  StageBuilder builder(l, label);
  const std::vector<Affine> index = builder.dims(shape);
  std::map<std::string, int> names;
  for (std::size_t i = 0; i < args.size(); ++i) {
    names[std::string(1, static_cast<char>('a' + i))] = builder.load_broadcast(args[i], index);
  }
  for (const auto& [name, value] : numbers) names[name] = builder.number(value);
  const int root = builder.expression(expression, names);
  Nest& stage = builder.stage();
  if (root != static_cast<int>(stage.nodes.size()) - 1) {
    // The value has to be the last node; nothing depends on the order of unused ones.
    Expr copy = stage.nodes[static_cast<std::size_t>(root)];
    stage.nodes.push_back(copy);
  }
  return builder.finish(index, shape, type);
}

bool LoweringRules::elementwise() {
  const std::string& op = n.op_type;
  if (op == "Clip") {
    std::vector<Viewed> args = {in(0)};
    std::string text = "a";
    if (n.has_input(1)) {
      text = "max(" + text + ", b)";
      args.push_back(in(1));
    }
    if (n.has_input(2)) {
      text = "min(" + text + ", " + std::string(1, static_cast<char>('a' + args.size())) + ")";
      args.push_back(in(2));
    }
    std::map<std::string, double> numbers;
    if (n.has("min")) {
      text = "max(" + text + ", low)";
      numbers["low"] = n.number("min", 0);
    }
    if (n.has("max")) {
      text = "min(" + text + ", high)";
      numbers["high"] = n.number("max", 0);
    }
    define(map("clip", text, args, numbers, out().shape, out().type));
    return true;
  }
  if (op == "Dropout") {
    define(in(0));
    return true;
  }
  if (op == "Cast" || op == "CastLike") {
    // Float to float changes nothing on chip: lanes are 32 bits wide.
    if (is_float(in(0).type) && is_float(out().type)) {
      Viewed same = in(0);
      same.type = out().type;
      define(same);
      return true;
    }
    std::string how = "a";
    if (is_float(out().type)) how = "to_fp32(a)";
    if (is_float(in(0).type)) how = out().type == ElementType::Bool ? "ne(a, 0)" : "trunc_int32(a)";
    if (!is_float(in(0).type) && out().type == ElementType::Bool) how = "ne(a, 0)";
    if (out().type != in(0).type && out().type != ElementType::Bool) how = clamped(how, out().type);
    define(map("cast", how, {in(0)}, {}, out().shape, out().type));
    return true;
  }
  if (op == "Pow") {
    const Viewed& exponent = in(1);
    if (!exponent.is_number) return fail("a variable exponent"), true;
    const double e = exponent.number;
    const char* how = nullptr;
    if (e == 2) how = "mul(a, a)";
    if (e == 3) how = "mul(mul(a, a), a)";
    if (e == 0.5) how = "sqrt(a)";
    if (e == -0.5) how = "rsqrt(a)";
    if (e == 1) how = "a";
    if (e == -1) how = "recip(a)";
    if (how == nullptr) how = "exp(mul(e, log(a)))";
    define(map("power", how, {in(0)}, {{"e", e}}, out().shape, out().type));
    return true;
  }
  if (const char* fold = folding(op)) {
    Viewed sum = in(0);
    for (std::size_t i = 1; i < n.inputs.size(); ++i) {
      sum = map("sum", fold, {sum, in(i)}, {}, out().shape, out().type);
    }
    if (op == "Mean") {
      sum = map("mean", "mul(a, s)", {sum}, {{"s", 1.0 / static_cast<double>(n.inputs.size())}},
                out().shape, out().type);
    }
    define(sum);
    return true;
  }
  for (const Meaning& meaning : meanings()) {
    if (op != meaning.op) continue;
    // Lanes are 32 bits wide: sums and products would not wrap.
    const bool narrow = out().type == ElementType::Int8 || out().type == ElementType::UInt8;
    const bool arithmetic = op == "Add" || op == "Sub" || op == "Mul" || op == "Neg" || op == "Abs";
    if (narrow && arithmetic) return fail("arithmetic in 8 bits"), true;
    std::vector<Viewed> args;
    for (std::size_t i = 0; i < n.inputs.size(); ++i) args.push_back(in(i));
    std::map<std::string, double> numbers;
    for (const Attribute& a : meaning.attributes) numbers[a.name] = n.number(a.name, a.otherwise);
    numbers["sixth"] = 1.0 / 6.0;
    std::string label = op;
    std::transform(label.begin(), label.end(), label.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    define(map(label, meaning.expression, args, numbers, out().shape, out().type));
    return true;
  }
  return false;
}

}  // namespace coldforge::agent
