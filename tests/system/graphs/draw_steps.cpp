#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/system/graphs/graph_draft.h"

namespace coldforge::test {
namespace {

using kernels::Shape;

constexpr double kMost = kMostDrawn;

struct Unary {
  const char* op;
  double least, most;  ///< of the argument
  double factor, add;  ///< |result| <= factor * |argument| + add
  bool jumps;          ///< needs exact arguments: a rounding before a jump is a wrong result
};

constexpr Unary kUnary[] = {
    {"Abs", -kMost, kMost, 1, 0, false},
    {"Asinh", -20, 20, 1, 0, false},
    {"Atan", -kMost, kMost, 0, 1.6, false},
    {"Ceil", -100, 100, 1, 1, true},
    {"Celu <alpha = 1.5>", -50, kMost, 1, 2, false},
    {"Cos", -10, 10, 0, 1, false},
    {"Cosh", -4, 4, 0, 28, false},
    {"Elu <alpha = 0.7>", -50, kMost, 1, 1, false},
    {"Erf", -kMost, kMost, 0, 1, false},
    {"Exp", -20, 4, 0, 55, false},
    {"Floor", -100, 100, 1, 1, true},
    {"HardSigmoid <alpha = 0.3, beta = 0.6>", -kMost, kMost, 0, 1, false},
    {"HardSwish", -kMost, kMost, 1, 0, false},
    {"Identity", -kMost, kMost, 1, 0, false},
    {"LeakyRelu <alpha = 0.05>", -kMost, kMost, 1, 0, false},
    {"Log", 0.1, kMost, 0, 10, false},
    {"Neg", -kMost, kMost, 1, 0, false},
    {"Reciprocal", 0.2, kMost, 0, 5, false},
    {"Relu", -kMost, kMost, 1, 0, false},
    {"Round", -100, 100, 1, 1, true},
    {"Selu", -50, kMost, 1.06, 2, false},
    {"Shrink <lambd = 0.4, bias = 0.4>", -kMost, kMost, 1, 1, false},
    {"Sigmoid", -kMost, kMost, 0, 1, false},
    {"Sign", -kMost, kMost, 0, 1, true},
    {"Sin", -10, 10, 0, 1, false},
    {"Sinh", -4, 4, 0, 28, false},
    {"Softplus", -50, kMost, 1, 1, false},
    {"Softsign", -kMost, kMost, 0, 1, false},
    {"Sqrt", 0.01, kMost, 0, 100, false},
    {"Tanh", -kMost, kMost, 0, 1, false},
    {"ThresholdedRelu <alpha = 0.5>", -kMost, kMost, 1, 0, true},
};

void unary(GraphDraft& draft) {
  Drawn& a = draft.operand();
  const auto& u = kUnary[draft.between(0, std::size(kUnary) - 1)];
  if (a.least < u.least || a.most > u.most || (u.jumps && !a.exact)) return;
  const std::string op = u.op;
  if (op.rfind("Celu", 0) == 0 && a.type != "float") return;  // by its schema
  const std::size_t at = std::min(op.find(' '), op.size());
  const double most = u.factor * bound(a) + u.add;
  const bool positive = op == "Abs" || op == "Relu" || op == "Sigmoid" || op == "Exp";
  draft.node(op.substr(0, at) + op.substr(at) + " (" + a.name + ")", {&a}, a.type, a.shape,
             positive ? 0 : -most, most);
}

/// Something that is far enough from 0 for a logarithm, a root, or to be divided by.
Drawn& positive(GraphDraft& draft, Drawn& a) {
  return draft.node("Softplus (" + a.name + ")", {&a}, a.type, a.shape,
                    std::exp(std::min(a.least, 0.0)) / 2, bound(a) + 1);
}

Shape broadcast(const Shape& a, const Shape& b) {
  Shape shape = a.size() >= b.size() ? a : b;
  const Shape& other = a.size() >= b.size() ? b : a;
  for (std::size_t i = 0; i < other.size(); ++i) {
    std::int64_t& extent = shape[shape.size() - other.size() + i];
    extent = std::max(extent, other[i]);
  }
  return shape;
}

void binary(GraphDraft& draft) {
  Drawn& a = draft.operand();
  Drawn& b = draft.beside(a.shape);
  const Shape shape = broadcast(a.shape, b.shape);
  const double x = bound(a), y = bound(b);
  const bool swapped = draft.chance(0.5);
  const std::string args =
      swapped ? " (" + b.name + ", " + a.name + ")" : " (" + a.name + ", " + b.name + ")";
  switch (draft.between(0, 8)) {
    case 0:
    case 1:
      draft.node("Add" + args, {&a, &b}, a.type, shape, -x - y, x + y);
      return;
    case 2:
      draft.node("Sub" + args, {&a, &b}, a.type, shape, -x - y, x + y);
      return;
    case 3:
    case 4:
      if (x * y <= kMost) draft.node("Mul" + args, {&a, &b}, a.type, shape, -x * y, x * y);
      return;
    case 5:
      draft.node((draft.chance(0.5) ? "Max" : "Min") + args, {&a, &b}, a.type, shape,
                 -std::max(x, y), std::max(x, y));
      return;
    case 6: {
      if (y > 3) return;
      Drawn& d = positive(draft, b);
      if (x / d.least > kMost) return;
      draft.node("Div (" + a.name + ", " + d.name + ")", {&a, &d}, a.type, shape, -x / d.least,
                 x / d.least);
      return;
    }
    case 7:
      if (b.shape.size() <= a.shape.size() && x * y <= kMost && shape == a.shape) {
        draft.node("PRelu (" + a.name + ", " + b.name + ")", {&a, &b}, a.type, shape,
                   -x * std::max(y, 1.0), x * std::max(y, 1.0));
      }
      return;
    default: {
      if (!a.exact || !b.exact) return;
      static const std::vector<std::string> kTests = {"Less", "Greater", "LessOrEqual",
                                                      "GreaterOrEqual", "Equal"};
      Drawn& mask = draft.node(draft.one_of(kTests) + args, {&a, &b}, "bool", shape, 0, 1);
      if (draft.chance(0.2)) return;
      draft.node("Where (" + mask.name + ", " + a.name + ", " + b.name + ")", {&mask, &a, &b},
                 a.type, shape, -std::max(x, y), std::max(x, y));
    }
  }
}

void power(GraphDraft& draft) {
  Drawn& a = draft.operand();
  if (draft.float_type() != "float" || bound(a) > 20) return;
  const bool fractional = draft.chance(0.3);
  Drawn& base = fractional && bound(a) < 3 ? positive(draft, a) : a;
  const std::string exponent = &base != &a ? "0.75" : draft.chance(0.6) ? "2.0" : "3.0";
  const double most = std::pow(std::max(1.0, bound(base)), 3);
  Drawn& e = draft.node("Constant <value = float {" + exponent + "}> ()", {}, "float", {}, 0, 3);
  draft.node("Pow (" + base.name + ", " + e.name + ")", {&base, &e}, a.type, a.shape, -most, most);
}

std::vector<std::int64_t> some_axes(GraphDraft& draft, std::int64_t rank) {
  std::vector<std::int64_t> axes;
  for (std::int64_t i = 0; i < rank; ++i) {
    if (draft.chance(0.5)) axes.push_back(i);
  }
  if (axes.empty()) axes.push_back(draft.between(0, rank - 1));
  return axes;
}

void reduction(GraphDraft& draft) {
  Drawn& a = draft.operand();
  if (rank(a) == 0) return;
  const bool keep = draft.chance(0.5);
  const bool index = a.exact && draft.chance(0.3);
  std::vector<std::int64_t> axes = some_axes(draft, rank(a));
  if (index) axes.resize(1);
  Shape shape;
  double count = 1;
  for (std::int64_t i = 0; i < rank(a); ++i) {
    const auto extent = a.shape[static_cast<std::size_t>(i)];
    const bool gone = std::find(axes.begin(), axes.end(), i) != axes.end();
    if (gone) count *= static_cast<double>(extent);
    if (!gone || keep) shape.push_back(gone ? 1 : extent);
  }
  const double x = bound(a);
  if (index) {
    draft.node(fmt::format("{} <axis = {}, keepdims = {}> ({})",
                           draft.chance(0.5) ? "ArgMax" : "ArgMin", axes[0], keep ? 1 : 0, a.name),
               {&a}, "int64", shape, 0, count);
    return;
  }
  const std::string how =
      fmt::format("<axes = {}, keepdims = {}> ({})", list(axes), keep ? 1 : 0, a.name);
  switch (draft.between(0, 8)) {
    case 0:
      draft.node("ReduceMax " + how, {&a}, a.type, shape, a.least, a.most);
      return;
    case 1:
      draft.node("ReduceMin " + how, {&a}, a.type, shape, a.least, a.most);
      return;
    case 2:
    case 3:
      draft.node("ReduceMean " + how, {&a}, a.type, shape, a.least, a.most);
      return;
    case 4:
      if (x * count <= kMost) draft.node("ReduceL1 " + how, {&a}, a.type, shape, 0, x * count);
      return;
    case 5:
      if (x * x * count <= kMost)
        draft.node("ReduceL2 " + how, {&a}, a.type, shape, 0, x * std::sqrt(count));
      return;
    case 6:
      if (x * x * count <= kMost)
        draft.node("ReduceSumSquare " + how, {&a}, a.type, shape, 0, x * x * count);
      return;
    case 7:
      if (x <= 10) draft.node("ReduceLogSumExp " + how, {&a}, a.type, shape, -x, x + 10);
      return;
    default: {
      if (x * count > kMost) return;
      const std::string which = draft.integers(axes);
      draft.node(fmt::format("ReduceSum <keepdims = {}> ({}, {})", keep ? 1 : 0, a.name, which),
                 {&a}, a.type, shape, -x * count, x * count);
    }
  }
}

void normalisation(GraphDraft& draft) {
  Drawn& a = draft.operand();
  if (rank(a) == 0) return;
  const std::int64_t axis = draft.between(0, rank(a) - 1);
  switch (draft.between(0, 6)) {
    case 0:
    case 1:
      if (bound(a) < 60)
        draft.node(fmt::format("Softmax <axis = {}> ({})", axis, a.name), {&a}, a.type, a.shape, 0,
                   1);
      return;
    case 2:
      if (bound(a) < 60)
        draft.node(fmt::format("LogSoftmax <axis = {}> ({})", axis, a.name), {&a}, a.type, a.shape,
                   -2 * bound(a) - 10, 0);
      return;
    case 3: {
      const Shape tail(a.shape.begin() + axis, a.shape.end());
      const auto count = static_cast<double>(kernels::element_count(tail));
      if (count < 2) return;
      Drawn& scale = draft.input(a.type, tail, 0.5, 1.5);
      Drawn& shift = draft.input(a.type, tail, -1, 1);
      const double most = 1.5 * std::sqrt(count) + 1;
      draft.node(fmt::format("LayerNormalization <axis = {}> ({}, {}, {})", axis, a.name,
                             scale.name, shift.name),
                 {&a, &scale, &shift}, a.type, a.shape, -most, most);
      return;
    }
    case 4: {
      if (rank(a) < 3) return;
      const Shape channels = {a.shape[1]};
      double count = 1;
      for (std::size_t i = 2; i < a.shape.size(); ++i) count *= static_cast<double>(a.shape[i]);
      if (count < 2) return;
      Drawn& scale = draft.input(a.type, channels, 0.5, 1.5);
      Drawn& shift = draft.input(a.type, channels, -1, 1);
      const double most = 1.5 * std::sqrt(count) + 1;
      draft.node(fmt::format("InstanceNormalization ({}, {}, {})", a.name, scale.name, shift.name),
                 {&a, &scale, &shift}, a.type, a.shape, -most, most);
      return;
    }
    case 5: {
      if (rank(a) < 2) return;
      const Shape channels = {a.shape[1]};
      Drawn& scale = draft.input(a.type, channels, 0.5, 1.5);
      Drawn& shift = draft.input(a.type, channels, -1, 1);
      Drawn& mean = draft.input(a.type, channels, -1, 1);
      Drawn& variance = draft.input(a.type, channels, 0.5, 2);
      const double most = 2.2 * (bound(a) + 1) + 1;
      draft.node(fmt::format("BatchNormalization ({}, {}, {}, {}, {})", a.name, scale.name,
                             shift.name, mean.name, variance.name),
                 {&a, &scale, &shift, &mean, &variance}, a.type, a.shape, -most, most);
      return;
    }
    default:
      draft.node(fmt::format("LpNormalization <axis = {}, p = {}> ({})", axis,
                             draft.chance(0.5) ? 1 : 2, a.name),
                 {&a}, a.type, a.shape, -1, 1);
  }
}

void contraction(GraphDraft& draft) {
  Drawn& a = draft.operand();
  if (rank(a) == 0 || bound(a) > kMostInProducts) return;
  const std::int64_t inner = a.shape.back();
  const double most = bound(a) * static_cast<double>(inner);
  if (most > kMost) return;
  const std::int64_t cols = draft.extent();
  if (kernels::element_count(a.shape) / inner * cols > GraphDraft::kMostElements) return;
  if (rank(a) == 2 && draft.chance(0.4)) {
    const bool turned = draft.chance(0.5);
    Drawn& b = draft.input(a.type, turned ? Shape{cols, inner} : Shape{inner, cols}, -1, 1);
    Drawn& c = draft.input(a.type, draft.chance(0.5) ? Shape{cols} : Shape{a.shape[0], 1}, -1, 1);
    draft.node(fmt::format("Gemm <alpha = 0.5, beta = 2.0, transB = {}> ({}, {}, {})",
                           turned ? 1 : 0, a.name, b.name, c.name),
               {&a, &b, &c}, a.type, {a.shape[0], cols}, -most - 2, most + 2);
    return;
  }
  if (rank(a) == 3 && draft.chance(0.3)) {
    Drawn& b = draft.input(a.type, {a.shape[0], cols, inner}, -1, 1);
    draft
        .node(fmt::format("Einsum <equation = \"bik,bjk->bij\"> ({}, {})", a.name, b.name),
              {&a, &b}, a.type, {a.shape[0], a.shape[1], cols}, -most, most)
        .declared = true;
    return;
  }
  Shape other = {inner, cols}, shape = a.shape;
  if (draft.chance(0.3)) {  // a batch of its own
    other.insert(other.begin(), a.shape.begin(),
                 a.shape.end() - std::min<std::int64_t>(2, rank(a)));
    if (!other.empty() && other.size() > 2 && draft.chance(0.3)) other[0] = 1;
  }
  shape.back() = cols;
  if (draft.chance(0.1)) {
    other = {inner};
    shape.pop_back();
  }
  Drawn& b = draft.input(a.type, other, -1, 1);
  draft.node(fmt::format("MatMul ({}, {})", a.name, b.name), {&a, &b}, a.type, shape, -most, most);
}

void scan(GraphDraft& draft) {
  Drawn& a = draft.operand();
  if (rank(a) == 0) return;
  const std::int64_t axis = draft.between(0, rank(a) - 1);
  const double most = bound(a) * static_cast<double>(a.shape[static_cast<std::size_t>(axis)]);
  if (most > kMost) return;
  const std::string which = draft.integers({axis}, true);
  draft.node(fmt::format("CumSum <exclusive = {}, reverse = {}> ({}, {})", draft.between(0, 1),
                         draft.between(0, 1), a.name, which),
             {&a}, a.type, a.shape, -most, most);
}

void loss(GraphDraft& draft) {
  Drawn& a = draft.operand();
  if (rank(a) < 2 || rank(a) > 3 || bound(a) > 60 || a.shape[1] < 2) return;
  Shape targets = a.shape;
  targets.erase(targets.begin() + 1);
  Drawn& t = draft.input("int64", targets, 0, static_cast<double>(a.shape[1] - 1));
  const bool mean = draft.chance(0.5);
  draft.node(fmt::format("SoftmaxCrossEntropyLoss <reduction = \"{}\"> ({}, {})",
                         mean ? "mean" : "none", a.name, t.name),
             {&a, &t}, a.type, mean ? Shape{} : targets, 0, 2 * bound(a) + 10);
}

void selection(GraphDraft& draft) {
  Drawn& a = draft.operand();
  if (rank(a) == 0 || !a.exact) return;
  const std::int64_t axis = draft.between(0, rank(a) - 1);
  const std::int64_t extent = a.shape[static_cast<std::size_t>(axis)];
  const std::int64_t k = draft.between(1, std::min<std::int64_t>(4, extent));
  Shape shape = a.shape;
  shape[static_cast<std::size_t>(axis)] = k;
  const std::string count = draft.integers({k});
  draft
      .node(fmt::format("TopK <axis = {}, largest = {}> ({}, {})", axis, draft.between(0, 1),
                        a.name, count),
            a, {shape, shape})[1]
      ->type = "int64";
}

}  // namespace

void draw_step(GraphDraft& draft) {
  using Step = void (*)(GraphDraft&);
  static const std::vector<std::pair<Step, int>> kSteps = {{unary, 5},
                                                           {binary, 6},
                                                           {power, 1},
                                                           {reduction, 4},
                                                           {normalisation, 4},
                                                           {contraction, 4},
                                                           {draw_convolution, 3},
                                                           {draw_pooling, 2},
                                                           {scan, 1},
                                                           {loss, 1},
                                                           {selection, 1},
                                                           {draw_quantised_step, 1},
                                                           {draw_layout_step, 7}};
  int all = 0;
  for (const auto& [step, weight] : kSteps) all += weight;
  auto left = draft.between(0, all - 1);
  for (const auto& [step, weight] : kSteps) {
    if (left < weight) return step(draft);
    left -= weight;
  }
}

}  // namespace coldforge::test
