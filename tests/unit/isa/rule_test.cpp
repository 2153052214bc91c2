#include "isa/rule.h"

#include <catch2/catch.hpp>

#include "tests/unit/isa/isa_fixture.h"

using namespace coldforge::isa;
using Step = LegalRule::Step;

namespace {

/// Evaluates a rule over tadd, whose attributes read as 10 * operand + attribute.
bool holds(const std::string& text) {
  const Isa isa = patched("{}");
  const LegalRule rule = compile_rule(isa.instructions()[0], "r", text, "here");
  std::vector<std::int64_t> stack;
  for (const Step& step : rule.program) {
    if (step.kind == Step::Kind::Constant) {
      stack.push_back(step.constant);
    } else if (step.kind == Step::Kind::Attribute) {
      stack.push_back(10 * step.operand + static_cast<int>(step.attribute));
    } else if (step.kind == Step::Kind::Not) {
      stack.back() = stack.back() == 0;
    } else {
      const std::int64_t b = stack.back();
      stack.pop_back();
      std::int64_t& a = stack.back();
      switch (step.kind) {
        case Step::Kind::Add:
          a = a + b;
          break;
        case Step::Kind::Sub:
          a = a - b;
          break;
        case Step::Kind::Mul:
          a = a * b;
          break;
        case Step::Kind::Eq:
          a = a == b;
          break;
        case Step::Kind::Ne:
          a = a != b;
          break;
        case Step::Kind::Lt:
          a = a < b;
          break;
        case Step::Kind::Le:
          a = a <= b;
          break;
        case Step::Kind::Gt:
          a = a > b;
          break;
        case Step::Kind::Ge:
          a = a >= b;
          break;
        case Step::Kind::And:
          a = a != 0 && b != 0;
          break;
        case Step::Kind::Or:
          a = a != 0 || b != 0;
          break;
        default:
          FAIL("unknown step");
      }
    }
  }
  REQUIRE(stack.size() == 1);
  return stack[0] != 0;
}

std::string error_of_rule(const std::string& text) {
  const Isa isa = Isa::load();
  return error_of([&] { compile_rule(*isa.find("tmov.view"), "r", text, "here"); });
}

}  // namespace

TEST_CASE("rules compute with the usual precedence", "[isa]") {
  CHECK(holds("1 + 2 * 3 == 7"));
  CHECK(holds("(1 + 2) * 3 == 9"));
  CHECK(holds("10 - 3 - 2 == 5"));
  CHECK(holds("-2 < 1 && 3 >= 3 && 2 <= 3 && 4 > 3 && 1 != 2"));
  CHECK(holds("1 == 2 || 1 == 1 && 2 == 2"));
  CHECK_FALSE(holds("(1 == 2 || 1 == 1) && 2 == 3"));
  CHECK(holds("!(1 == 2)"));
  CHECK(holds("(1 == 2) == (3 == 4)"));
}

TEST_CASE("rules read attributes and know types and memories", "[isa]") {
  CHECK(holds("dst.rows == 0 && a.rows == 10 && b.cols == 21"));
  CHECK(holds("fp16 == 1 && int32 == 5 && Vec == 0 && Acc == 3"));
}

TEST_CASE("mistakes in rules are named", "[isa]") {
  CHECK(error_of_rule("dst.rows == x.rows") ==
        "here: \"dst.rows == x.rows\": unknown operand \"x\"; known are dst, src, v");
  CHECK(error_of_rule("dst.size == 1") ==
        "here: \"dst.size == 1\": operand \"dst\" has no attribute \"size\"; it has rows, cols, "
        "row_stride, col_stride, "
        "elems, type, memory");
  CHECK(
      error_of_rule("v.rows == 1") ==
      "here: \"v.rows == 1\": operand \"v\" has no attribute \"rows\"; it has elems, type, levels");
  CHECK(error_of_rule("dst == 1") ==
        "here: \"dst == 1\": \"dst\" needs an attribute, like dst.elems");
  CHECK(error_of_rule("dst.rows") ==
        "here: \"dst.rows\": a number stands where a comparison is needed");
  CHECK(error_of_rule("dst.rows + 1") ==
        "here: \"dst.rows + 1\": a number stands where a comparison is needed");
  CHECK(error_of_rule("(dst.rows == 1) + 1 == 2") ==
        "here: \"(dst.rows == 1) + 1 == 2\": a comparison stands where a number is needed");
  CHECK(error_of_rule("(dst.rows == 1) == 1") ==
        "here: \"(dst.rows == 1) == 1\": a number is compared with a truth value");
  CHECK(error_of_rule("dst.rows ==") == "here: \"dst.rows ==\": something is missing at the end");
  CHECK(error_of_rule("dst.rows = 1") ==
        "here: \"dst.rows = 1\": a number stands where a comparison is needed");
  CHECK(error_of_rule("dst.rows == / 1") == "here: \"dst.rows == / 1\": \"/\" is out of place");
  CHECK(error_of_rule("(dst.rows == 1") == "here: \"(dst.rows == 1\": \")\" is missing");
  CHECK(error_of_rule("dst.rows == 1.5") == "here: \"dst.rows == 1.5\": \"1.5\" is not an integer");
  CHECK(error_of_rule(std::string(40, '(') + "1" + std::string(40, ')')) ==
        "here: \"" + std::string(40, '(') + "1" + std::string(40, ')') +
            "\": too many parentheses");
}

TEST_CASE("the rules that follow from the results are those that the manual shows", "[isa]") {
  const Isa isa = Isa::load({"exp_rowsum"});
  using Rules = std::vector<std::string>;
  const std::string written =
      "(sum.row_stride != 0 || sum.rows == 1) && (sum.col_stride != 0 || sum.cols == 1)";
  const Rules fused = implied_rules(*isa.find("texpsum"));
  CHECK(std::count(fused.begin(), fused.end(), "sum.rows == dst.rows && sum.cols == 1") == 1);
  CHECK(std::count(fused.begin(), fused.end(), written) == 1);
  CHECK(std::count(fused.begin(), fused.end(),
                   "(b.rows == dst.rows || b.rows == 1) && (b.cols == dst.cols || b.cols == 1)") ==
        1);
  const Rules column = implied_rules(*isa.find("tcolargmax"));
  CHECK(column[0] == "dst.rows == 1 && dst.cols == a.cols");
  CHECK(implied_rules(*isa.find("tbase")).empty());
}
