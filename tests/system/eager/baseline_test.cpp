#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "agent/verify/verifier.h"
#include "isa/isa.h"
#include "kernels/eager/eager.h"

using namespace coldforge;

namespace {

/// The verdict on the baseline of a graph: "pass", or why not.
std::string verdict_of(const kernels::Task& task) {
  static const isa::Arch arch = isa::load_arch("edge");
  static const isa::Isa isa = isa::Isa::load();
  static const kernels::Toolchain toolchain(isa, arch);
  static const sim::Machine machine(isa, arch);
  const kernels::EagerKernel kernel = kernels::write_eager(task, arch);
  if (!kernel.refusal.empty()) return kernel.refusal;
  const agent::Verdict verdict =
      agent::Verifier(task, machine, toolchain, {}).verify(kernel.source);
  return verdict.pass ? "pass" : verdict.name() + ": " + verdict.reason.substr(0, 400);
}

/// A task of one line of ONNX text: "(float[7,9] x) => (float[7,9] y) { y = Relu (x) }".
std::string verdict_on(const std::string& graph) {
  INFO(graph);
  return verdict_of(kernels::parse_task(
      "<ir_version: 8, opset_import: [\"\" : 17]>\ng " + graph + "\n", "awkward"));
}

}  // namespace

TEST_CASE("the baseline maps elements of extents that divide by nothing", "[eager]") {
  for (const std::string graph : {
           "(float[7,13] x) => (float[7,13] y) { y = Softplus (x) }",
           "(float16[5000] x) => (float16[5000] y) { y = HardSwish (x) }",
           "(float[3,1,37] a, float[5,1] b) => (float[3,5,37] y) { y = Add (a, b) }",
           "(float[2,67,3,5] a, float[67,1,1] b) => (float[2,67,3,5] y) { y = Mul (a, b) }",
           "(float[9,70] a, float[70] b) => (float[9,70] y) { y = Sub (a, b) }",
       }) {
    CHECK(verdict_on(graph) == "pass");
  }
}

TEST_CASE("the baseline reduces along any axis, on chip or in passes", "[eager]") {
  for (const std::string graph : {
           "(float[5,130,7] x) => (float[5,1,7] y) { y = ReduceMax <axes = [1]> (x) }",
           "(float[19,301] x) => (float[19,301] y) { y = Softmax <axis = 1> (x) }",
           "(float[3,70,21] x) => (float[3,70,21] y) { y = Softmax <axis = 1> (x) }",
           "(float[2,40001] x) => (float[2,40001] y) { y = Softmax <axis = 1> (x) }",
           "(float[4,6,5,7] x) => (float[6,7] y) "
           "{ y = ReduceMean <axes = [0, 2], keepdims = 0> (x) }",
           "(float[3,45] x) => (int64[3] y) { y = ArgMax <axis = 1, keepdims = 0> (x) }",
           "(float[5,70] x) => (float[5,70] y) <float[5] ones = {1, 1, 1, 1, 1}> "
           "{ last, y = Scan <num_scan_inputs = 1, scan_input_axes = [1], scan_output_axes = [1], "
           "body = step (float[5] s, float[5] e) => (float[5] n, float[5] r) "
           "{ n = Mul (s, e)  r = Identity (n) }> (ones, x) }",
       }) {
    CHECK(verdict_on(graph) == "pass");
  }
}

TEST_CASE("the baseline moves data", "[eager]") {
  for (const std::string graph : {
           "(float[5,33,70] x) => (float[5,70,33] y) { y = Transpose <perm = [0, 2, 1]> (x) }",
           "(float16[3,4,5,6] x) => (float16[6,4,3,5] y) { y = Transpose <perm = [3,1,0,2]> (x) }",
           "(float[3,5] a, float[3,9] b) => (float[3,14] y) { y = Concat <axis = 1> (a, b) }",
       }) {
    CHECK(verdict_on(graph) == "pass");
  }
}

TEST_CASE("the baseline multiplies matrices of any extents", "[eager]") {
  for (const std::string graph : {
           "(float16[33,70] a, float16[70,45] b) => (float16[33,45] y) { y = MatMul (a, b) }",
           "(float16[1,333] a, float16[333,1] b) => (float16[1,1] y) { y = MatMul (a, b) }",
           "(float16[2,3,17,19] a, float16[3,19,23] b) => (float16[2,3,17,23] y) "
           "{ y = MatMul (a, b) }",
           "(float16[21,50] a, float16[77,50] b, float16[77] c) => (float16[21,77] y) "
           "{ y = Gemm <transB = 1> (a, b, c) }",
       }) {
    CHECK(verdict_on(graph) == "pass");
  }
}

TEST_CASE("the baseline convolves and pools with windows of any kind", "[eager]") {
  for (const std::string graph : {
           "(float16[2,6,9,11] x, float16[4,3,3,2] w, float16[4] b) => (float16[2,4,5,10] y) "
           "{ y = Conv <kernel_shape = [3,2], strides = [2,1], pads = [1,0,1,0], group = 2> "
           "(x, w, b) }",
           "(float16[1,3,70] x, float16[5,3,4] w) => (float16[1,5,61] y) "
           "{ y = Conv <kernel_shape = [4], dilations = [3]> (x, w) }",
           "(float16[1,4,5,6] x, float16[4,3,2,2] w) => (float16[1,3,13,16] y) "
           "{ y = ConvTranspose <kernel_shape = [2,2], strides = [3,3], pads = [0,0,1,1]> (x, w) }",
           "(float[3,2,9,13] x) => (float[3,2,5,7] y) "
           "{ y = MaxPool <kernel_shape = [3,3], strides = [2,2], pads = [1,1,1,1]> (x) }",
           "(float[2,3,6,7,8] x) => (float[2,3,3,3,4] y) "
           "{ y = AveragePool <kernel_shape = [2,3,2], strides = [2,2,2]> (x) }",
       }) {
    CHECK(verdict_on(graph) == "pass");
  }
}

TEST_CASE("the baseline of whole tasks passes all gates", "[eager]") {
  const kernels::TaskLibrary library(isa::share_dir() + "/kernels/tasks");
  for (const std::string name :
       {"softmax", "layernorm", "attention", "linear_bias_relu", "level1/033_batchnorm",
        "level1/057_*", "level1/089_cumsum", "level1/095_crossentropyloss", "level2/001_*",
        "level2/010_*", "level2/050_*", "level2/099_*"}) {
    for (const auto& entry : library.resolve(name)) {
      INFO(entry.name);
      CHECK(verdict_of(kernels::load_task(entry.path)) == "pass");
    }
  }
}
