#include "tests/lockstep/random/extents.h"

namespace coldforge::lockstep {
namespace {

using Step = isa::LegalRule::Step;
using Kind = Step::Kind;
using Attr = Step::Attr;

struct Equation {
  Step left, right;
};

/// The equations of a rule that hold whenever it does: those that nothing but && joins.
std::vector<Equation> equations(const isa::LegalRule& rule) {
  struct Value {
    const Step* leaf = nullptr;
    std::vector<Equation> holds;
  };
  std::vector<Value> stack;
  for (const Step& step : rule.program) {
    if (step.kind == Kind::Attribute || step.kind == Kind::Constant) {
      stack.push_back({&step, {}});
      continue;
    }
    if (step.kind == Kind::Not) {
      stack.back() = {};
      continue;
    }
    Value right = std::move(stack.back());
    stack.pop_back();
    Value left = std::move(stack.back());
    stack.pop_back();
    Value result;
    if (step.kind == Kind::Eq && left.leaf != nullptr && right.leaf != nullptr) {
      result.holds.push_back({*left.leaf, *right.leaf});
    } else if (step.kind == Kind::And) {
      result.holds = std::move(left.holds);
      result.holds.insert(result.holds.end(), right.holds.begin(), right.holds.end());
    }
    stack.push_back(std::move(result));
  }
  return stack.empty() ? std::vector<Equation>() : stack.back().holds;
}

}  // namespace

Extents::Extents(const isa::Instruction& instruction) {
  for (int i = 0; i < 9; ++i) parent_[static_cast<std::size_t>(i)] = i;
  const auto extent = [](const Step& step) {
    if (step.kind == Kind::Constant) return step.constant == 1 ? kOne : -1;
    if (step.attribute == Attr::Rows) return 2 * step.operand;
    if (step.attribute == Attr::Cols) return 2 * step.operand + 1;
    return -1;
  };
  for (const isa::LegalRule& rule : instruction.legal) {
    for (const Equation& equation : equations(rule)) {
      const int left = extent(equation.left), right = extent(equation.right);
      if (left >= 0 && right >= 0) unite(left, right);
      const auto elems = [](const Step& step) {
        return step.kind == Kind::Attribute && step.attribute == Attr::Elems;
      };
      if (elems(equation.left) && elems(equation.right)) {
        equal_elems_.emplace_back(equation.left.operand, equation.right.operand);
      }
    }
  }
  if (instruction.domain < 0) return;
  for (int i = 0; i < static_cast<int>(instruction.operands.size()); ++i) {
    if (instruction.operands[static_cast<std::size_t>(i)].kind != isa::OperandKind::Tile) continue;
    bool one_row = false, one_col = false;
    for (const isa::Result& result : instruction.results) {
      if (result.operand != i || result.reduce.op.empty() || result.reduce.scan) continue;
      (result.reduce.axis == "cols" ? one_col : one_row) = true;
    }
    unite(2 * i, one_row ? kOne : 2 * instruction.domain);
    unite(2 * i + 1, one_col ? kOne : 2 * instruction.domain + 1);
  }
}

int Extents::find(int extent) const {
  while (parent_[static_cast<std::size_t>(extent)] != extent) {
    extent = parent_[static_cast<std::size_t>(extent)];
  }
  return extent == kOne ? -1 : extent;
}

void Extents::unite(int a, int b) {
  const auto root = [this](int extent) {
    const int found = find(extent);
    return found < 0 ? kOne : found;
  };
  const int x = root(a), y = root(b);
  parent_[static_cast<std::size_t>(x < y ? x : y)] = x < y ? y : x;  // that of 1 stays on top
}

}  // namespace coldforge::lockstep
