#include "kernels/eager/eager.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

using namespace coldforge;

namespace {

kernels::EagerKernel write(const std::string& graph) {
  return kernels::write_eager(
      kernels::parse_task("<ir_version: 8, opset_import: [\"\" : 17]>\ng " + graph + "\n", "t"),
      isa::load_arch("edge"));
}

}  // namespace

TEST_CASE("the baseline has one function a node, in order, within its lines", "[eager]") {
  const kernels::EagerKernel kernel =
      write("(float[8,16] x) => (float[8,16] y) { t = Exp (x)\n y = Neg (t) }");
  REQUIRE(kernel.refusal.empty());
  REQUIRE(kernel.nodes.size() == 2);
  CHECK(kernel.nodes[0].op_type == "Exp");
  CHECK(kernel.nodes[0].last_line < kernel.nodes[1].first_line);
  CHECK(kernel.source.find("npu::texp(") != std::string::npos);
  CHECK(kernel.source.find("void kernel(const task::Args& args)") != std::string::npos);
}

TEST_CASE("a node that only renames costs the baseline nothing, unless it makes an output",
          "[eager]") {
  const kernels::EagerKernel inside = write(
      "(float[8,16] x) => (float[1,128] y) { t = Flatten <axis = 0> (x)\n"
      " u = Exp (t)\n y = Identity (u) }");
  // The identity has to fill the output; the flattening is the input by another name.
  REQUIRE(inside.nodes.size() == 3);
  CHECK(inside.nodes[0].function.empty());
  CHECK_FALSE(inside.nodes[1].function.empty());
  CHECK_FALSE(inside.nodes[2].function.empty());
}

TEST_CASE("the same graph gives the same baseline", "[eager]") {
  const std::string graph = "(float[8,16] x) => (float[8,16] y) { y = Softmax <axis = 1> (x) }";
  CHECK(write(graph).source == write(graph).source);
}

TEST_CASE("a refusal names node and operator, and gives a published reason", "[eager]") {
  const kernels::EagerKernel kernel =
      write("(float[8,16] x) => (float[8,16] y) { y = Round (x) }");
  CHECK(kernel.source.empty());
  CHECK(kernel.refusal == "y (Round): an operator without a kernel");
  const auto& reasons = kernels::eager_refusals();
  CHECK(std::find(reasons.begin(), reasons.end(), "an operator without a kernel") != reasons.end());
}
