#include "isa/expression.h"

#include <catch2/catch.hpp>

#include "tests/unit/isa/isa_fixture.h"

using namespace coldforge::isa;
using coldforge::ElementType;

namespace {

/// "add.f32 exp.f32": functions of a result in evaluation order, "=" where a value passes
/// unchanged.
std::string functions_of(const Isa& isa, const std::string& name,
                         const std::vector<ElementType>& types) {
  const Instruction& instruction = *isa.find(name);
  const LaneProgram program = resolve_types(isa, instruction, instruction.results[0], types);
  REQUIRE(program.error.empty());
  std::string functions;
  for (const LaneStep& step : program.steps) {
    if (step.kind != ExprNode::Kind::Op) continue;
    functions += (functions.empty() ? "" : " ") + (step.function.empty() ? "=" : step.function);
  }
  return functions;
}

constexpr auto F32 = ElementType::Fp32;
constexpr auto I32 = ElementType::Int32;
constexpr auto I8 = ElementType::Int8;
constexpr auto F16 = ElementType::Fp16;

}  // namespace

TEST_CASE("the lane type follows the tiles", "[isa]") {
  const Isa isa = Isa::load();
  CHECK(functions_of(isa, "tadd", {F32, F32, F32}) == "add.f32");
  CHECK(functions_of(isa, "tadd", {I32, I32, I32}) == "add.i32");
  CHECK(functions_of(isa, "tcmp.lt", {I32, F32, F32}) == "lt.f32");
  CHECK(functions_of(isa, "tsel", {F32, I32, F32, F32}) == "sel");
  CHECK(functions_of(isa, "tcvt", {I8, F16}).empty());
}

TEST_CASE("an int32 accumulator becomes fp32 where the description says so", "[isa]") {
  const Isa isa = Isa::load();
  CHECK(functions_of(isa, "tmov.scale", {F16, I32, F32}) == "cvt.f32.i32 mul.f32");
  CHECK(functions_of(isa, "tmov.scale", {F16, F32, F32}) == "= mul.f32");
  CHECK(functions_of(isa, "tmov.bias_relu", {I32, I32, I32}) == "add.i32 max.i32");
  CHECK(functions_of(isa, "tmov.requant", {I8, I32, F32, I32}) ==
        "cvt.f32.i32 mul.f32 rne.i32.f32 max.i32 min.i32 add.i32");
}

TEST_CASE("numbers and registers take the lane type of their use", "[isa]") {
  const Isa isa = Isa::load();
  const auto last_lane = [&](const std::string& name, const std::vector<ElementType>& types,
                             ExprNode::Kind kind) {
    const Instruction& instruction = *isa.find(name);
    const LaneProgram program = resolve_types(isa, instruction, instruction.results[0], types);
    REQUIRE(program.error.empty());
    const LaneStep* found = nullptr;
    for (const LaneStep& step : program.steps) {
      const bool is_x = step.kind != ExprNode::Kind::Operand ||
                        instruction.operands[step.operand].kind == OperandKind::X;
      if (step.kind == kind && is_x) found = &step;
    }
    REQUIRE(found != nullptr);
    return found->lane;
  };
  CHECK(last_lane("texpands", {F32, F32}, ExprNode::Kind::Operand) == F32);
  CHECK(last_lane("texpands", {I32, F32}, ExprNode::Kind::Operand) == I32);
  CHECK(last_lane("tadds", {I32, I32, F32}, ExprNode::Kind::Operand) == I32);
  CHECK(last_lane("tcmps.gt", {I32, F32, F32}, ExprNode::Kind::Operand) == F32);
  CHECK(last_lane("tmov.relu", {F32, F32}, ExprNode::Kind::Constant) == F32);
  CHECK(last_lane("tmov.relu", {F32, I32}, ExprNode::Kind::Constant) == I32);
  CHECK(last_lane("tquant", {I8, F32, F32, F32}, ExprNode::Kind::Constant) == I32);
}

TEST_CASE("constants are lanes: fp32 rounded, int32 exact", "[isa]") {
  const auto bits_of = [](const std::string& types, const std::string& expression,
                          ElementType type) {
    const Isa isa = patched(R"~({"instructions":{"tadd":{"operands":{"dst":{"types":")~" + types +
                            R"~("},"a":{"types":")~" + types + R"~("},"b":{"types":")~" + types +
                            R"~("}},"results":{"dst":")~" + expression + R"~("}}}})~");
    const Instruction& instruction = isa.instructions()[0];
    const LaneProgram program =
        resolve_types(isa, instruction, instruction.results[0], {type, type, type});
    for (const LaneStep& step : program.steps) {
      if (step.kind == ExprNode::Kind::Constant) return step.bits;
    }
    return 0xdeadbeefU;
  };
  CHECK(bits_of("fp32", "add(a, 0.5)", F32) == 0x3f000000);
  CHECK(bits_of("fp32", "add(a, -0)", F32) == 0x80000000);
  CHECK(bits_of("fp32", "add(a, 0.1)", F32) == 0x3dcccccd);
  CHECK(bits_of("int32", "add(a, -2)", I32) == 0xfffffffe);
  CHECK(bits_of("int32", "and(a, 4294967295)", I32) == 0xffffffff);
}

TEST_CASE("equal sub-expressions are one node, and texts come back", "[isa]") {
  const Isa isa =
      patched(R"~({"instructions":{"tadd":{"results":{"dst":"add(add(a, b), add( a,b ))"}}}})~");
  const Instruction& instruction = isa.instructions()[0];
  const auto& nodes = instruction.results[0].nodes;
  CHECK(nodes.size() == 4);  // a, b, add(a, b), the sum of it with itself
  CHECK(to_text(instruction, nodes, 3) == "add(add(a, b), add(a, b))");
}

TEST_CASE("a result that names another result is made of its expression", "[isa]") {
  const Isa isa = Isa::load({"exp_rowsum"});
  const Instruction& fused = *isa.find("texpsum");
  REQUIRE(fused.results.size() == 2);
  CHECK(to_text(fused, fused.results[1].nodes,
                static_cast<int>(fused.results[1].nodes.size()) - 1) == "exp(sub(a, b))");
  CHECK(fused.results[0].reduce.op.empty());
  CHECK(fused.results[1].reduce.op == "add");
  CHECK(fused.results[1].reduce.axis == "cols");
  CHECK(fused.domain == fused.find_operand("dst"));
  CHECK(sfu_nodes(isa, fused) == 1);
  CHECK(expression_latency(isa, fused) == coldforge::Cycles(11));  // sub 3, exp 8
}
