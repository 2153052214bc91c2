#include <catch2/catch.hpp>

#include "kernel_fixture.h"

using namespace coldforge;

TEST_CASE("names of values become identifiers", "[kernels][build]") {
  CHECK(kernels::identifier_of("x") == "x");
  CHECK(kernels::identifier_of("onnx::MatMul_3") == "onnx_MatMul_3");
  CHECK(kernels::identifier_of("0") == "v0");
  CHECK(kernels::identifier_of("class") == "class_");
  CHECK(kernels::identifier_of("__a__b") == "a_b");
}

TEST_CASE("the task header names tensors in the order of the argument block", "[kernels][build]") {
  const kernels::Task task = kernels::parse_task(
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "f (float[2,3] x) => (float[2,3] y) <float half = {0.5}> { t = Mul (x, half) y = Relu (t) "
      "}\n",
      "f");
  const std::vector<kernels::TaskArgument> arguments = kernels::task_arguments(task.graph);
  REQUIRE(arguments.size() == 4);
  CHECK(arguments[0].identifier == "x");
  CHECK(arguments[1].identifier == "half");
  CHECK(arguments[2].identifier == "y");
  CHECK(arguments[3].identifier == "scratch");
  CHECK(arguments[0].bytes == 24);
  const std::string header = kernels::emit_task_header(task);
  CHECK(header.find("inline constexpr auto x_shape = npu::Extents<2>{{2, 3}};") !=
        std::string::npos);
  CHECK(header.find("inline constexpr npu::f32 half_value = 0x1p-1f;") != std::string::npos);
  CHECK(header.find("npu::Dram<const npu::f32> x;") != std::string::npos);
  CHECK(header.find("npu::Dram<npu::f32> y;") != std::string::npos);
}

TEST_CASE("two values that become one identifier are told apart", "[kernels][build]") {
  kernels::Graph graph;
  graph.inputs = {{"a.b", ElementType::Fp32, {1}}, {"a_b", ElementType::Fp32, {1}}};
  const std::vector<kernels::TaskArgument> arguments = kernels::task_arguments(graph);
  CHECK(arguments[0].identifier == "a_b");
  CHECK(arguments[1].identifier == "a_b_2");
}

TEST_CASE("every instruction has a typed function, overlays' too", "[kernels][build]") {
  const isa::Isa isa = isa::Isa::load();
  const std::string ops = kernels::emit_ops_header(isa);
  for (const isa::Instruction& instruction : isa.instructions()) {
    std::string name = instruction.name;
    for (char& c : name) c = c == '.' ? '_' : c;
    INFO(name);
    CHECK(ops.find(" " + name + "(") != std::string::npos);
  }
}
