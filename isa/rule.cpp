#include "isa/rule.h"

#include "isa/json_file.h"
#include "isa/scanner.h"
#include "sim/base/error.h"

namespace coldforge::isa {

namespace {

using Step = LegalRule::Step;
using Attr = Step::Attr;

struct AttrName {
  const char* name;
  Attr attr;
  bool tile;
  bool view;
};
constexpr AttrName kAttrs[] = {
    {"rows", Attr::Rows, true, false},
    {"cols", Attr::Cols, true, false},
    {"row_stride", Attr::RowStride, true, false},
    {"col_stride", Attr::ColStride, true, false},
    {"elems", Attr::Elems, true, true},
    {"type", Attr::Type, true, true},
    {"memory", Attr::Memory, true, false},
    {"levels", Attr::Levels, false, true},
};

constexpr int kMaxDepth = 32;  // of parentheses, and of the evaluation stack

/// Recursive descent; each level returns whether its value is a truth value.
class Compiler {
 public:
  Compiler(const Instruction& instruction, std::string_view text, const std::string& where)
      : instruction_(instruction), text_(text), where_(where), scanner_(text_) {}

  std::vector<Step> compile() {
    need_truth(disjunction());
    if (!scanner_.at_end()) fail("\"" + std::string(scanner_.token()) + "\" is left over");
    check_depth();
    return std::move(program_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw UserError(where_, "\"" + text_ + "\": " + problem);
  }
  void need_truth(bool is_truth) const {
    if (!is_truth) fail("a number stands where a comparison is needed");
  }
  void need_number(bool is_truth) const {
    if (is_truth) fail("a comparison stands where a number is needed");
  }
  void emit(Step::Kind kind) {
    Step step{};
    step.kind = kind;
    program_.push_back(step);
  }
  bool disjunction() {
    bool truth = conjunction();
    while (scanner_.take("||")) {
      need_truth(truth);
      need_truth(conjunction());
      emit(Step::Kind::Or);
      truth = true;
    }
    return truth;
  }
  bool conjunction() {
    bool truth = comparison();
    while (scanner_.take("&&")) {
      need_truth(truth);
      need_truth(comparison());
      emit(Step::Kind::And);
      truth = true;
    }
    return truth;
  }
  bool comparison() {
    const bool left = sum();
    struct Op {
      const char* token;
      Step::Kind kind;
    };
    constexpr Op kOps[] = {{"==", Step::Kind::Eq}, {"!=", Step::Kind::Ne}, {"<=", Step::Kind::Le},
                           {">=", Step::Kind::Ge}, {"<", Step::Kind::Lt},  {">", Step::Kind::Gt}};
    for (const Op& op : kOps) {
      if (!scanner_.take(op.token)) continue;
      const bool right = sum();
      const bool equality = op.kind == Step::Kind::Eq || op.kind == Step::Kind::Ne;
      if (!equality) {
        need_number(left);
        need_number(right);
      } else if (left != right) {
        fail("a number is compared with a truth value");
      }
      emit(op.kind);
      return true;
    }
    return left;
  }
  bool sum() {
    bool truth = product();
    while (scanner_.token() == "+" || scanner_.token() == "-") {
      const bool add = scanner_.take_any() == "+";
      need_number(truth);
      need_number(truth = product());
      emit(add ? Step::Kind::Add : Step::Kind::Sub);
    }
    return truth;
  }
  bool product() {
    bool truth = primary();
    while (scanner_.take("*")) {
      need_number(truth);
      need_number(truth = primary());
      emit(Step::Kind::Mul);
    }
    return truth;
  }
  bool primary() {
    if (scanner_.take("!")) {
      need_truth(primary());
      emit(Step::Kind::Not);
      return true;
    }
    if (scanner_.take("(")) {
      if (++depth_ > kMaxDepth) fail("too many parentheses");
      const bool truth = disjunction();
      --depth_;
      if (!scanner_.take(")")) fail("\")\" is missing");
      return truth;
    }
    const bool negative = scanner_.take("-");
    if (scanner_.is_number()) {
      const std::string digits = scanner_.take_any();
      if (digits.find_first_not_of("0123456789") != std::string::npos || digits.size() > 12) {
        fail("\"" + digits + "\" is not an integer");
      }
      constant((negative ? -1 : 1) * std::stoll(digits));
      return false;
    }
    if (negative || !scanner_.is_identifier()) {
      fail(scanner_.at_end() ? "something is missing at the end"
                             : "\"" + std::string(scanner_.token()) + "\" is out of place");
    }
    name(scanner_.take_any());
    return false;
  }
  void constant(std::int64_t value) {
    emit(Step::Kind::Constant);
    program_.back().constant = value;
  }
  void name(const std::string& name) {
    const auto dot = name.find('.');
    const std::string operand_name = name.substr(0, dot);
    const int operand = instruction_.find_operand(operand_name);
    if (dot == std::string::npos) {
      if (operand >= 0 && instruction_.operands[operand].kind == OperandKind::X) {
        return attribute(operand, Attr::Value);
      }
      if (operand >= 0) fail("\"" + name + "\" needs an attribute, like " + name + ".elems");
      if (const auto type = element_type_from(name)) {
        return constant(static_cast<std::int64_t>(*type));
      }
      for (int m = 0; m < kMemories; ++m) {
        if (name_of(static_cast<Memory>(m)) == name) return constant(m);
      }
    }
    if (operand < 0) {
      std::vector<std::string> known;
      for (const auto& o : instruction_.operands) known.push_back(o.name);
      fail("unknown operand \"" + operand_name + "\"; known are " + list_of(known));
    }
    const OperandKind kind = instruction_.operands[operand].kind;
    std::vector<std::string> known;
    for (const auto& attr : kAttrs) {
      if (!(kind == OperandKind::Tile && attr.tile) && !(kind == OperandKind::View && attr.view)) {
        continue;
      }
      if (name.substr(dot + 1) == attr.name) return attribute(operand, attr.attr);
      known.push_back(attr.name);
    }
    fail("operand \"" + operand_name + "\" has no attribute \"" + name.substr(dot + 1) +
         "\"; it has " + (known.empty() ? "none" : list_of(known)));
  }
  void attribute(int operand, Attr attr) {
    emit(Step::Kind::Attribute);
    program_.back().operand = operand;
    program_.back().attribute = attr;
  }
  void check_depth() const {
    int depth = 0;
    for (const Step& step : program_) {
      if (step.kind == Step::Kind::Attribute || step.kind == Step::Kind::Constant)
        ++depth;
      else if (step.kind != Step::Kind::Not)
        --depth;
      if (depth > kMaxDepth) fail("needs more than 32 values at once");
    }
  }

  const Instruction& instruction_;
  const std::string text_;
  const std::string& where_;
  Scanner scanner_;
  std::vector<Step> program_;
  int depth_ = 0;
};

/// Text of the shape rule of an operand in the domain; empty if there is nothing to say.
std::string shape_rule(const Instruction& instruction, int operand) {
  if (operand == instruction.domain) return "";
  const std::string& a = instruction.operands[operand].name;
  const std::string& d = instruction.operands[instruction.domain].name;
  const std::string rows = a + ".rows == " + d + ".rows";
  const std::string cols = a + ".cols == " + d + ".cols";
  for (const Result& result : instruction.results) {
    if (result.operand != operand || !result.is_reduced()) continue;
    return result.reduce.axis == "cols" ? rows + " && " + a + ".cols == 1"
                                        : a + ".rows == 1 && " + cols;
  }
  if (!instruction.operands[operand].broadcast) return rows + " && " + cols;
  return "(" + rows + " || " + a + ".rows == 1) && (" + cols + " || " + a + ".cols == 1)";
}

}  // namespace

LegalRule compile_rule(const Instruction& instruction, const std::string& name,
                       const std::string& text, const std::string& where) {
  LegalRule rule;
  rule.name = name;
  rule.text = text;
  rule.program = Compiler(instruction, text, where).compile();
  return rule;
}

int find_domain(const Instruction& instruction) {
  for (const Result& result : instruction.results) {
    if (!result.is_reduced()) return result.operand;
  }
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    const Operand& operand = instruction.operands[i];
    if (operand.kind == OperandKind::Tile && operand.access == Access::Read && !operand.broadcast) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

std::vector<std::string> implied_rules(const Instruction& instruction) {
  std::vector<std::string> rules;
  if (instruction.timing == "config") return rules;
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    const Operand& operand = instruction.operands[i];
    if (operand.kind != OperandKind::Tile) continue;
    if (instruction.domain >= 0) {
      const std::string shape = shape_rule(instruction, static_cast<int>(i));
      if (!shape.empty()) rules.push_back(shape);
    }
    if (operand.same_type_as >= 0) {
      rules.push_back(operand.name + ".type == " + instruction.operands[operand.same_type_as].name +
                      ".type");
    }
    if (operand.access == Access::Read) continue;
    const std::string& n = operand.name;
    rules.push_back("(" + n + ".row_stride != 0 || " + n + ".rows == 1) && (" + n +
                    ".col_stride != 0 || " + n + ".cols == 1)");
  }
  return rules;
}

}  // namespace coldforge::isa
