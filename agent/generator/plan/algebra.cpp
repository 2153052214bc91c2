#include "agent/generator/plan/algebra.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace coldforge::agent {
namespace {

bool in(const std::string& op, std::initializer_list<const char*> list) {
  return std::any_of(list.begin(), list.end(), [&](const char* have) { return op == have; });
}

/// Basic operations only: their bits do not depend on the host's library.
std::optional<double> fold(const std::string& op, const std::vector<double>& x) {
  if (x.size() == 2) {
    if (op == "add") return x[0] + x[1];
    if (op == "sub") return x[0] - x[1];
    if (op == "mul") return x[0] * x[1];
    if (op == "div") return x[0] / x[1];
    if (op == "max") return std::max(x[0], x[1]);
    if (op == "min") return std::min(x[0], x[1]);
    if (op == "eq") return x[0] == x[1] ? 1 : 0;
    if (op == "ne") return x[0] != x[1] ? 1 : 0;
    if (op == "lt") return x[0] < x[1] ? 1 : 0;
    if (op == "le") return x[0] <= x[1] ? 1 : 0;
    if (op == "gt") return x[0] > x[1] ? 1 : 0;
    if (op == "ge") return x[0] >= x[1] ? 1 : 0;
    if (op == "or") return x[0] != 0 || x[1] != 0 ? 1 : 0;
  }
  if (x.size() == 1) {
    if (op == "neg") return -x[0];
    if (op == "abs") return x[0] < 0 ? -x[0] : x[0];
    if (op == "recip") return 1 / x[0];
    if (op == "sqrt") return std::sqrt(x[0]);
    if (op == "to_fp32") return x[0];
  }
  return std::nullopt;
}

}  // namespace

bool Algebra::says(const std::string& hole, const std::string& yes, const std::string& no) {
  return chooser_.pick(hole, {yes, no}) == yes;
}

int Algebra::raw(const std::string& name, const std::vector<int>& args) {
  Value node;
  node.kind = Value::Kind::Op;
  node.op = name;
  node.args = args;
  int typed = -1;
  for (const int a : args) {
    for (const int d : value(a).dims) node.dims.push_back(d);
    if (!is_constant(a)) typed = typed < 0 || name == "sel" ? a : typed;
  }
  std::sort(node.dims.begin(), node.dims.end());
  node.dims.erase(std::unique(node.dims.begin(), node.dims.end()), node.dims.end());
  if (in(name, {"eq", "ne", "lt", "le", "gt", "ge", "and", "or", "xor", "not", "trunc_int32",
                "to_int32"})) {
    node.integer = true;
  } else if (name == "to_fp32") {
    node.integer = false;
  } else if (name == "sel") {
    const int branch = is_constant(args[1]) ? args[2] : args[1];
    node.integer = value(branch).integer;
  } else {
    node.integer = typed >= 0 && value(typed).integer;
  }
  return group_.add(node);
}

bool Algebra::is_smaller(int a, int than) const {
  return value(a).dims.size() < value(than).dims.size();
}

bool Algebra::factors(int v, std::vector<int>& list, double& constant) const {
  if (is_constant(v)) {
    constant *= value(v).number;
    return true;
  }
  if (is_op(v, "mul"))
    return factors(arg(v, 0), list, constant) && factors(arg(v, 1), list, constant);
  list.push_back(v);
  return true;
}

/// x + x*y*... as x * (1 + y*...); -1 if they share nothing.
int Algebra::without_common_factor(int a, int b) {
  for (int turn = 0; turn < 2; ++turn, std::swap(a, b)) {
    if (!is_op(b, "mul")) continue;
    std::vector<int> list;
    double constant = 1;
    factors(b, list, constant);
    const auto found = std::find(list.begin(), list.end(), a);
    if (found == list.end() || list.size() < 2) continue;
    if (!says("algebra.factor", "factored", "expanded")) return -1;
    list.erase(found);
    int rest = list[0];
    for (std::size_t i = 1; i < list.size(); ++i) rest = product(rest, list[i]);
    return product(a, sum(scaled(rest, constant), number(1)));
  }
  return -1;
}

int Algebra::sum(int a, int b) {
  if (is_constant(a)) std::swap(a, b);
  if (is_constant(a) && is_constant(b)) return number(value(a).number + value(b).number);
  if (is_constant(b, 0)) return a;
  if (is_constant(b) && is_op(a, "add") && is_constant(arg(a, 1))) {
    return sum(arg(a, 0), number(value(arg(a, 1)).number + value(b).number));
  }
  if (!is_constant(b) && !value(a).integer) {
    const int common = without_common_factor(a, b);
    if (common >= 0) return common;
  }
  return raw("add", {a, b});
}

int Algebra::scaled(int a, double factor) {
  if (factor == 1) return a;
  if (is_constant(a)) return number(value(a).number * factor);
  if (is_op(a, "mul") && is_constant(arg(a, 1))) {
    return scaled(arg(a, 0), factor * value(arg(a, 1)).number);
  }
  // An affine form takes the factor in: (y*c + d) * k = y*(c*k) + d*k.
  if (is_op(a, "add") && is_constant(arg(a, 1))) {
    return sum(scaled(arg(a, 0), factor), number(value(arg(a, 1)).number * factor));
  }
  if (is_op(a, "mul")) {
    for (std::size_t i = 0; i < 2; ++i) {
      const int form = arg(a, i);
      if (is_op(form, "add") && is_constant(arg(form, 1))) {
        return product(arg(a, 1 - i), scaled(form, factor));
      }
    }
  }
  return raw("mul", {a, number(factor)});
}

int Algebra::product(int a, int b) {
  if (is_constant(a)) std::swap(a, b);
  if (value(a).integer) return raw("mul", {a, b});
  if (is_constant(b)) return scaled(a, value(b).number);
  double constant = 1;
  for (int* side : {&a, &b}) {
    if (is_op(*side, "mul") && is_constant(arg(*side, 1))) {
      constant *= value(arg(*side, 1)).number;
      *side = arg(*side, 0);
    }
  }
  for (int turn = 0; turn < 2; ++turn, std::swap(a, b)) {
    // (x - m) * r with small m and r: x*r - m*r, the second product being small.
    if (is_op(a, "sub") && is_smaller(arg(a, 1), a) && is_smaller(b, a) &&
        says("algebra.affine", "folded", "as_written")) {
      const int offset = op("neg", {product(arg(a, 1), b)});
      return scaled(sum(product(arg(a, 0), b), offset), constant);
    }
  }
  const int plain = raw("mul", {a, b});
  return constant == 1 ? plain : scaled(plain, constant);
}

int Algebra::quotient(int a, int b) {
  if (is_constant(b)) return scaled(a, 1 / value(b).number);
  if (is_op(b, "sqrt") && says("algebra.root", "reciprocal_root", "root")) {
    return product(a, raw("rsqrt", {arg(b, 0)}));
  }
  if (is_constant(a, 1)) return raw("recip", {b});
  if (says("algebra.quotient", "reciprocal", "division")) return product(a, raw("recip", {b}));
  return raw("div", {a, b});
}

int Algebra::op(const std::string& name, std::vector<int> args) {
  std::vector<double> numbers;
  for (const int a : args) {
    if (is_constant(a)) numbers.push_back(value(a).number);
  }
  if (numbers.size() == args.size()) {
    if (const auto folded = fold(name, numbers)) return number(*folded);
  }
  if (name == "sel" && is_constant(args[0])) return args[value(args[0]).number != 0 ? 1 : 2];
  // A number where the mask is set: the other branch where it is not. Two numbers: arithmetic on a
  // mask of ones.
  if (name == "sel" && is_constant(args[1]) && !is_constant(args[0])) {
    if (!is_constant(args[2]))
      return raw("sel", {op("eq", {args[0], number(0)}), args[2], args[1]});
    const int ones = op("ne", {args[0], number(0)});
    return sum(scaled(op("to_fp32", {ones}), value(args[1]).number - value(args[2]).number),
               args[2]);
  }
  const bool integer = std::any_of(args.begin(), args.end(),
                                   [&](int a) { return !is_constant(a) && value(a).integer; });
  if (name == "to_fp32" && !integer) return args[0];
  if (integer) return raw(name, args);
  if (in(name, {"max", "min", "eq", "ne"}) && is_constant(args[0])) std::swap(args[0], args[1]);
  if (name == "add") return sum(args[0], args[1]);
  if (name == "sub") {
    if (is_constant(args[1])) return sum(args[0], number(-value(args[1]).number));
    return raw("sub", args);
  }
  if (name == "mul") return product(args[0], args[1]);
  if (name == "div") return quotient(args[0], args[1]);
  if (name == "recip" && is_op(args[0], "sqrt") &&
      says("algebra.root", "reciprocal_root", "root")) {
    return raw("rsqrt", {arg(args[0], 0)});
  }
  if (name == "tanh" && says("algebra.tanh", "sigmoid", "tanh")) {
    return sum(scaled(raw("sigmoid", {scaled(args[0], 2)}), 2), number(-1));
  }
  // x where positive, else x*a with 0 <= a <= 1, is the larger of both.
  if (name == "sel" && is_op(args[0], "gt") && arg(args[0], 0) == args[1] &&
      is_constant(arg(args[0], 1), 0) && is_op(args[2], "mul") && arg(args[2], 0) == args[1] &&
      is_constant(arg(args[2], 1)) && value(arg(args[2], 1)).number >= 0 &&
      value(arg(args[2], 1)).number <= 1) {
    return raw("max", {args[1], args[2]});
  }
  return raw(name, args);
}

}  // namespace coldforge::agent
