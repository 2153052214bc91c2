#include "agent/generator/grammar/stage.h"

#include <algorithm>

namespace coldforge::agent {
namespace {

/// Windows of so many steps are written out step by step; what is longer is no window.
constexpr std::int64_t kWindowSteps = 7;

}  // namespace

std::int64_t Affine::coefficient(int dim) const {
  for (const auto& [d, c] : terms) {
    if (d == dim) return c;
  }
  return 0;
}

void Affine::add(int dim, std::int64_t coefficient) {
  if (coefficient == 0) return;
  auto at = std::lower_bound(terms.begin(), terms.end(), dim,
                             [](const auto& term, int d) { return term.first < d; });
  if (at != terms.end() && at->first == dim) {
    at->second += coefficient;
    if (at->second == 0) terms.erase(at);
    return;
  }
  terms.insert(at, {dim, coefficient});
}

std::int64_t Access::stride(int dim) const {
  std::int64_t sum = 0;
  for (const Axis& axis : axes) {
    if (!axis.bounded && axis.insertion == 1) sum += axis.at.coefficient(dim) * axis.stride;
  }
  return sum;
}

bool Access::uses(int dim) const {
  return std::any_of(axes.begin(), axes.end(),
                     [&](const Axis& axis) { return axis.at.coefficient(dim) != 0; });
}

bool Access::bounded_in(int dim) const {
  return std::any_of(axes.begin(), axes.end(), [&](const Axis& axis) {
    return (axis.bounded || axis.insertion != 1) && axis.at.coefficient(dim) != 0;
  });
}

void split_digits(const Axis& axis, const std::vector<Dim>& dims, bool keep_windows,
                  std::vector<Axis>& result) {
  std::vector<std::pair<int, std::int64_t>> digits = axis.at.terms;
  std::stable_sort(digits.begin(), digits.end(),
                   [](const auto& a, const auto& b) { return a.second < b.second; });
  std::int64_t run = 1, steps = 1;
  bool exact = digits.size() > 1 && !axis.bounded && axis.insertion == 1 && axis.at.offset == 0;
  bool summed = false, kept = false;
  for (const auto& [d, c] : digits) {
    const Dim& dim = dims[static_cast<std::size_t>(d)];
    exact = exact && c == run;
    run *= dim.extent;
    if (dim.reduce) steps *= dim.extent;
    (dim.reduce ? summed : kept) = true;
  }
  const bool window = keep_windows && summed && kept && steps <= kWindowSteps;
  if (!exact || run != axis.size || window) {
    result.push_back(axis);
    return;
  }
  for (std::size_t i = digits.size(); i-- > 0;) {
    const auto& [d, c] = digits[i];
    Axis digit;
    digit.stride = axis.stride * c;
    digit.size = dims[static_cast<std::size_t>(d)].extent;
    digit.at.add(d, 1);
    result.push_back(digit);
  }
}

int add_node(std::vector<Expr>& nodes, const Expr& node) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Expr& have = nodes[i];
    if (have.kind == node.kind && have.load == node.load && have.value == node.value &&
        have.index == node.index && have.op == node.op && have.args == node.args) {
      return static_cast<int>(i);
    }
  }
  nodes.push_back(node);
  return static_cast<int>(nodes.size()) - 1;
}

namespace {

std::string node_text(const Program& program, const Nest& stage, int index) {
  const Expr& node = stage.nodes[static_cast<std::size_t>(index)];
  switch (node.kind) {
    case Expr::Kind::Load:
      return program
          .tensors[static_cast<std::size_t>(
              stage.loads[static_cast<std::size_t>(node.load)].tensor)]
          .name;
    case Expr::Kind::Constant: {
      std::string text = std::to_string(node.value);
      return text;
    }
    case Expr::Kind::Index:
      return "index";
    case Expr::Kind::Op:
      break;
  }
  std::string text = node.op + "(";
  for (std::size_t i = 0; i < node.args.size(); ++i) {
    text += (i == 0 ? "" : ", ") + node_text(program, stage, node.args[i]);
  }
  return text + ")";
}

}  // namespace

std::string to_text(const Program& program, const Nest& stage) {
  std::string text = program.tensors[static_cast<std::size_t>(stage.out.tensor)].name + " = ";
  if (!stage.reduce.empty()) text += (stage.scan ? "scan " : "reduce ") + stage.reduce + " of ";
  text += node_text(program, stage, static_cast<int>(stage.nodes.size()) - 1);
  return text;
}

}  // namespace coldforge::agent
