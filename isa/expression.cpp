#include "isa/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>

#include "isa/json_file.h"
#include "isa/scanner.h"
#include "sim/base/error.h"

namespace coldforge::isa {

namespace {

/// Shortest decimal text that all platforms print alike for the constants we accept.
std::string number_text(double value) {
  if (value == std::floor(value) && std::fabs(value) < 1e15) {
    return std::to_string(static_cast<std::int64_t>(value));
  }
  return fmt::format("{:.9g}", value);
}

class Parser {
 public:
  Parser(const std::vector<Operation>& operations, const Instruction& instruction,
         const std::vector<std::pair<int, std::string>>& result_texts, std::string where)
      : operations_(operations),
        instruction_(instruction),
        result_texts_(result_texts),
        where_(std::move(where)) {}

  std::vector<ExprNode> parse(int result) {
    expand(result);
    return std::move(nodes_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const { throw UserError(where_, problem); }

  /// Adds the nodes of a result's text; returns its value.
  int expand(int result) {
    const auto& [operand, text] = result_texts_[result];
    const std::string& name = instruction_.operands[operand].name;
    if (std::find(open_results_.begin(), open_results_.end(), result) != open_results_.end()) {
      fail("result \"" + name + "\" depends on itself");
    }
    open_results_.push_back(result);
    Scanner scanner(text);
    const int value = expression(scanner, text, 0);
    if (!scanner.at_end()) {
      fail("\"" + std::string(scanner.token()) + "\" is left over in \"" + text + "\"");
    }
    open_results_.pop_back();
    return value;
  }

  int expression(Scanner& scanner, const std::string& text, int depth) {
    if (depth > 32) fail("\"" + text + "\" is nested deeper than 32 operations");
    const bool negative = scanner.take("-");
    if (scanner.is_number()) return number(scanner, negative);
    if (negative || !scanner.is_identifier()) {
      fail("\"" + text + "\": a number, an operand or an operation is missing" +
           (scanner.at_end() ? " at the end" : " at \"" + std::string(scanner.token()) + "\""));
    }
    const std::string name = scanner.take_any();
    if (!scanner.take("(")) return operand(name);
    std::vector<int> args;
    do {
      args.push_back(expression(scanner, text, depth + 1));
    } while (scanner.take(","));
    if (!scanner.take(")")) fail("\"" + text + "\": \")\" is missing after " + name + "(...");
    return operation(name, std::move(args));
  }

  int number(Scanner& scanner, bool negative) {
    const std::string digits = scanner.take_any();
    double value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (stop != end || error != std::errc()) fail("\"" + digits + "\" is not a number");
    ExprNode node;
    node.kind = ExprNode::Kind::Constant;
    node.constant = negative ? -value : value;
    return add(std::move(node));
  }

  int operand(const std::string& name) {
    const int index = instruction_.find_operand(name);
    if (index < 0) {
      std::vector<std::string> known;
      for (const auto& op : instruction_.operands) known.push_back(op.name);
      fail("unknown operand \"" + name + "\"; known are " + list_of(known));
    }
    const Operand& operand = instruction_.operands[index];
    if (operand.access == Access::Write) {
      for (std::size_t i = 0; i < result_texts_.size(); ++i) {
        if (result_texts_[i].first == index) return expand(static_cast<int>(i));
      }
      fail("operand \"" + name + "\" is only written and has no result");
    }
    if (operand.kind == OperandKind::View) fail("operand \"" + name + "\" is a view, not a value");
    ExprNode node;
    node.kind = ExprNode::Kind::Operand;
    node.operand = index;
    return add(std::move(node));
  }

  int operation(const std::string& name, std::vector<int> args) {
    const auto found = std::find_if(operations_.begin(), operations_.end(),
                                    [&](const Operation& op) { return op.name == name; });
    if (found == operations_.end()) {
      std::vector<std::string> known;
      for (const auto& op : operations_) known.push_back(op.name);
      fail("unknown operation \"" + name + "\"; known are " + list_of(known));
    }
    if (static_cast<int>(args.size()) != found->arity) {
      fail("operation \"" + name + "\" takes " + std::to_string(found->arity) + " argument" +
           (found->arity == 1 ? "" : "s") + ", not " + std::to_string(args.size()));
    }
    ExprNode node;
    node.op = name;
    node.args = std::move(args);
    return add(std::move(node));
  }

  int add(ExprNode node) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const ExprNode& old = nodes_[i];
      // -0 and 0 compare equal but are two constants.
      if (old.kind == node.kind && old.operand == node.operand && old.op == node.op &&
          old.args == node.args && old.constant == node.constant &&
          std::signbit(old.constant) == std::signbit(node.constant)) {
        return static_cast<int>(i);
      }
    }
    if (nodes_.size() == 64) fail("the expression has more than 64 nodes");
    nodes_.push_back(std::move(node));
    return static_cast<int>(nodes_.size()) - 1;
  }

  const std::vector<Operation>& operations_;
  const Instruction& instruction_;
  const std::vector<std::pair<int, std::string>>& result_texts_;
  const std::string where_;
  std::vector<ExprNode> nodes_;
  std::vector<int> open_results_;
};

using Lane = std::optional<ElementType>;  // Fp32, Int32, or open

/// Lane type that an argument must have; open if any lane will do that agrees with the others.
Lane required_argument(const Operation& op, std::size_t position) {
  if (op.types == "select" && position == 0) return ElementType::Int32;
  return std::nullopt;
}

/// Lane type of a value of `op` whose key arguments have lane `key`.
Lane result_lane(const Operation& op, Lane key) {
  if (op.types == "to_fp32") return ElementType::Fp32;
  if (op.types == "to_int32" || op.types == "compare") return ElementType::Int32;
  return key;
}

class Typer {
 public:
  Typer(const Isa& isa, const Instruction& instruction, const Result& result,
        const std::vector<ElementType>& types)
      : isa_(isa), instruction_(instruction), nodes_(result.nodes), types_(types) {
    lanes_.resize(nodes_.size());
    target_ = result.operand < 0 ? ElementType::Fp32 : lane_of(types[result.operand]);
  }

  LaneProgram run() {
    for (std::size_t i = 0; i < nodes_.size() && error_.empty(); ++i) bottom_up(i);
    if (!nodes_.empty() && !lanes_.back()) want(nodes_.size() - 1, target_);
    // Arguments stand before their users: one sweep from the end reaches every open node.
    for (std::size_t i = nodes_.size(); i-- > 0 && error_.empty();) top_down(i);
    LaneProgram program;
    for (std::size_t i = 0; i < nodes_.size() && error_.empty(); ++i) {
      program.steps.push_back(step(i));
    }
    program.error = error_;
    return program;
  }

 private:
  std::string text(std::size_t node) const {
    return to_text(instruction_, nodes_, static_cast<int>(node));
  }
  void want(std::size_t node, ElementType lane) {
    if (lanes_[node] && *lanes_[node] != lane) {
      if (error_.empty()) {
        error_ = "\"" + text(node) + "\" is " + std::string(name_of(*lanes_[node])) + " where " +
                 std::string(name_of(lane)) + " is needed";
      }
      return;
    }
    lanes_[node] = lane;
  }
  Lane fixed_lane(const Operand& operand, ElementType type) const {
    if (operand.kind == OperandKind::Tile) return lane_of(type);
    const bool fp32 = operand.types & 1U << static_cast<int>(ElementType::Fp32);
    const bool int32 = operand.types & 1U << static_cast<int>(ElementType::Int32);
    if (fp32 == int32) return std::nullopt;
    return fp32 ? ElementType::Fp32 : ElementType::Int32;
  }
  /// Lane on which the arguments of an operation agree so far.
  Lane key_lane(const ExprNode& node, const Operation& op) {
    Lane key;
    for (std::size_t i = 0; i < node.args.size(); ++i) {
      if (const Lane required = required_argument(op, i)) {
        want(node.args[i], *required);
      } else if (lanes_[node.args[i]]) {
        if (!key) key = lanes_[node.args[i]];
        want(node.args[i], *key);
      }
    }
    return key;
  }
  void bottom_up(std::size_t i) {
    const ExprNode& node = nodes_[i];
    if (node.kind == ExprNode::Kind::Operand) {
      lanes_[i] = fixed_lane(instruction_.operands[node.operand], types_[node.operand]);
    } else if (node.kind == ExprNode::Kind::Op) {
      const Operation& op = *isa_.find_operation(node.op);
      lanes_[i] = result_lane(op, key_lane(node, op));
    }
  }
  void top_down(std::size_t i) {
    const ExprNode& node = nodes_[i];
    if (node.kind != ExprNode::Kind::Op) {
      if (!lanes_[i]) lanes_[i] = target_;
      return;
    }
    const Operation& op = *isa_.find_operation(node.op);
    Lane key = key_lane(node, op);
    if (!key && (op.types == "lane" || op.types == "select")) key = lanes_[i];
    // Only numbers and registers: the one lane type that the operation has, else that of the
    // result.
    if (!key && op.functions.size() == 1) key = element_type_from(op.functions.begin()->first);
    if (!key) key = target_;
    if (!lanes_[i]) lanes_[i] = result_lane(op, key);
    for (std::size_t a = 0; a < node.args.size(); ++a) {
      if (!required_argument(op, a)) want(node.args[a], *key);
    }
  }
  LaneStep step(std::size_t i) {
    const ExprNode& node = nodes_[i];
    LaneStep step;
    step.kind = node.kind;
    step.lane = *lanes_[i];
    step.operand = node.operand;
    step.args = node.args;
    if (node.kind == ExprNode::Kind::Constant) step.bits = constant_bits(node.constant, step.lane);
    if (node.kind == ExprNode::Kind::Op) step.function = function_of(i);
    return step;
  }
  std::uint32_t constant_bits(double value, ElementType lane) {
    std::uint32_t bits = 0;
    if (lane == ElementType::Fp32) {
      const auto rounded = static_cast<float>(value);
      std::memcpy(&bits, &rounded, sizeof bits);
    } else if (value != std::floor(value) || value < -2147483648.0 || value > 4294967295.0) {
      error_ = "constant " + number_text(value) + " is used as int32";
    } else {
      bits = static_cast<std::uint32_t>(static_cast<std::int64_t>(value));
    }
    return bits;
  }
  std::string function_of(std::size_t i) {
    const ExprNode& node = nodes_[i];
    const Operation& op = *isa_.find_operation(node.op);
    const ElementType key = *lanes_[node.args.back()];
    const auto found = op.functions.find(std::string(name_of(key)));
    if (found != op.functions.end()) return found->second;
    const bool converts = op.types == "to_fp32" || op.types == "to_int32";
    if (converts && key == *lanes_[i]) return "";  // already there
    if (error_.empty()) {
      error_ = "\"" + text(i) + "\": operation \"" + node.op + "\" has no " +
               std::string(name_of(key)) + " form";
    }
    return "";
  }

  const Isa& isa_;
  const Instruction& instruction_;
  const std::vector<ExprNode>& nodes_;
  const std::vector<ElementType>& types_;
  std::vector<Lane> lanes_;
  ElementType target_ = ElementType::Fp32;
  std::string error_;
};

}  // namespace

std::vector<ExprNode> parse_expression(const std::vector<Operation>& operations,
                                       const Instruction& instruction,
                                       const std::vector<std::pair<int, std::string>>& result_texts,
                                       int result, const std::string& where) {
  return Parser(operations, instruction, result_texts, where).parse(result);
}

LaneProgram resolve_types(const Isa& isa, const Instruction& instruction, const Result& result,
                          const std::vector<ElementType>& types) {
  return Typer(isa, instruction, result, types).run();
}

std::string to_text(const Instruction& instruction, const std::vector<ExprNode>& nodes, int node) {
  const ExprNode& n = nodes[node];
  if (n.kind == ExprNode::Kind::Operand) return instruction.operands[n.operand].name;
  if (n.kind == ExprNode::Kind::Constant) return number_text(n.constant);
  std::string text = n.op + "(";
  for (std::size_t i = 0; i < n.args.size(); ++i) {
    text += (i == 0 ? "" : ", ") + to_text(instruction, nodes, n.args[i]);
  }
  return text + ")";
}

}  // namespace coldforge::isa
