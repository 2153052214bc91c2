#include "kernels/bounds.h"

#include <catch2/catch.hpp>

#include "kernels/onnx_reader.h"

namespace coldforge::kernels {
namespace {

Graph read(const std::string& graph) {
  return parse_onnx_text("<ir_version: 8, opset_import: [\"\" : 17]>\n" + graph, "t").graph;
}

/// The default machine: 32 bytes a cycle, 16x16 array, 16 lanes, 4 special functions.
MachineRates edge() {
  MachineRates rates;
  rates.dram_bytes_per_cycle = 32;
  rates.macs_per_cycle[static_cast<int>(ElementType::Fp16)] = 256;
  rates.macs_per_cycle[static_cast<int>(ElementType::Bf16)] = 256;
  rates.macs_per_cycle[static_cast<int>(ElementType::Int8)] = 256;
  rates.vector_elems_per_cycle = 16;
  rates.sfu_elems_per_cycle = 4;
  return rates;
}

std::int64_t macs(const std::string& graph) { return graph_counts(read(graph)).total_macs(); }

TEST_CASE("an elementwise operator is bound by its compulsory bytes", "[kernels][bounds]") {
  const Bound bound =
      lower_bound(read("g (float[64,512] x) => (float[64,512] y) { y = Relu (x) }"), edge());
  CHECK(bound.dram == 2 * 64 * 512 * 4 / 32);
  CHECK(bound.vector == 64 * 512 / 16);
  CHECK(bound.matrix == 0);
  CHECK(bound.sfu == 0);
  CHECK(bound.limiter == Limiter::Dram);
  CHECK(bound.cycles == bound.dram);
}

TEST_CASE("a large product is bound by the array, in the type that it can be converted to",
          "[kernels][bounds]") {
  const std::string shape = "[256,256]";
  for (const std::string type : {"float16", "float"}) {
    const Bound bound = lower_bound(read("g (" + type + shape + " a, " + type + shape + " b) => (" +
                                         type + shape + " y) { y = MatMul (a, b) }"),
                                    edge());
    CHECK(bound.matrix == 256 * 256 * 256 / 256);
    CHECK(bound.limiter == Limiter::Matrix);
  }
}

TEST_CASE("a half-precision softmax is bound by its exponentials", "[kernels][bounds]") {
  const Bound bound =
      lower_bound(read("g (float16[64,512] x) => (float16[64,512] y) { y = Softmax (x) }"), edge());
  CHECK(bound.sfu == 64 * 512 / 4);
  CHECK(bound.vector == 4 * 64 * 512 / 16);
  CHECK(bound.dram == 2 * 64 * 512 * 2 / 32);
  CHECK(bound.cycles == 64 * 512 / 4);
}

TEST_CASE("multiply-accumulates of every contraction are counted", "[kernels][bounds]") {
  CHECK(macs("g (float[2,3,4] a, float[4,5] b) => (float[2,3,5] y) { y = MatMul (a, b) }") ==
        2 * 3 * 4 * 5);
  CHECK(macs("g (float[4,3] a, float[4,5] b) => (float[3,5] y) { y = Gemm <transA = 1> (a, b) }") ==
        3 * 4 * 5);
  CHECK(macs("g (float[1,4,8,8] x, float[6,2,3,3] w) => (float[1,6,6,6] y) { y = Conv <group = 2> "
             "(x, w) }") == 6 * 36 * 2 * 9);
  CHECK(macs("g (float[1,4,3,3] x, float[4,5,2,2] w) => (float[1,5,4,4] y) { y = ConvTranspose (x, "
             "w) }") == 4 * 9 * 5 * 4);
  CHECK(macs("g (float[2,3] a, float[3,4] b) => (float[2,4] y) { y = Einsum <equation = "
             "\"ij,jk->ik\"> (a, b) }") == 24);
}

TEST_CASE("work that vanishes into a neighbour is not counted for the whole graph",
          "[kernels][bounds]") {
  // GELU (tanh): x*x, x*x*x, one fma, one product and a tanh remain of nine nodes.
  const Graph gelu = read(
      "g (float[64] x) => (float[64] y) <float a = {0.044715}, float b = {0.79788456}, float h = "
      "{0.5}, float o = {1.0}>"
      "{ s = Mul (x, x) c = Mul (s, x) d = Mul (c, a) e = Add (x, d) f = Mul (e, b) t = Tanh (f) u "
      "= Add (t, o)"
      "  v = Mul (x, h) y = Mul (v, u) }");
  CHECK(graph_counts(gelu).vector_ops == 4 * 64);
  CHECK(graph_counts(gelu).sfu_ops == 64);
  // Bias and ReLU behind a product are the move engine's.
  const Graph linear = read(
      "g (float16[8,8] x, float16[8,8] w, float16[8] b) => (float16[8,8] y)"
      "{ p = MatMul (x, w) s = Add (p, b) y = Relu (s) }");
  CHECK(graph_counts(linear).vector_ops == 0);
  CHECK(graph_counts(linear).macs[static_cast<int>(ElementType::Fp16)] == 512);
  CHECK(node_counts(linear, linear.nodes[1]).vector_ops == 64);
}

TEST_CASE("windows that overlap share what they have in common", "[kernels][bounds]") {
  const auto vector_ops = [](const std::string& op, const std::string& attributes,
                             const std::string& outputs) {
    return graph_counts(read("g (float[1,1,64] x) => (float[1,1," + outputs + "] y) { y = " + op +
                             " <" + attributes + "> (x) }"))
        .vector_ops;
  };
  CHECK(vector_ops("MaxPool", "kernel_shape = [4], strides = [4]", "16") == 16 * 3);
  CHECK(vector_ops("MaxPool", "kernel_shape = [4]", "61") == 61 * 2);   // of pairs, a pair
  CHECK(vector_ops("MaxPool", "kernel_shape = [33]", "32") == 32 * 3);  // scans of blocks
  CHECK(vector_ops("AveragePool", "kernel_shape = [33]", "32") == 32 * (2 + 1));  // and the mean
}

TEST_CASE("a running sum adds to all but the first of a row", "[kernels][bounds]") {
  const auto vector_ops = [](const std::string& shape, int axis) {
    return graph_counts(read("g (float" + shape + " x) => (float" + shape +
                             " y) { a = Constant <value = int64 {" + std::to_string(axis) +
                             "}> () y = CumSum (x, a) }"))
        .vector_ops;
  };
  CHECK(vector_ops("[4,31]", 1) == 4 * 30);
  CHECK(vector_ops("[4,31]", -2) == 3 * 31);
  CHECK(vector_ops("[4,31,1]", 2) == 0);
}

TEST_CASE("a divisor that repeats is inverted once", "[kernels][bounds]") {
  // RMSNorm: sum of squares (fma), x * (1 / rms), times weight; one square root and one division a
  // row.
  const Graph rmsnorm = read(
      "g (float[8,64] x, float[64] w) => (float[8,64] y) <float e = {1e-05}>"
      "{ s = Mul (x, x) m = ReduceMean <axes = [-1]> (s) t = Add (m, e) r = Sqrt (t) u = Div (x, "
      "r) y = Mul (u, w) }");
  CHECK(graph_counts(rmsnorm).vector_ops == 3 * 8 * 64);
  CHECK(graph_counts(rmsnorm).sfu_ops == 2 * 8);
}

TEST_CASE("each tensor crosses DRAM once, small constants not at all", "[kernels][bounds]") {
  CHECK(graph_counts(read("g (float[100] x) => (float[100] y) { y = Mul (x, x) }")).dram_bytes ==
        800);
  CHECK(
      graph_counts(read("g (float[100] x) => (float[100] y) <float c = {2.0}> { y = Pow (x, c) }"))
          .dram_bytes == 800);
  // Half of x is never needed.
  CHECK(graph_counts(read("g (float[100] x) => (float[50] y) <int64[1] s = {0}, int64[1] e = {50}>"
                          "{ y = Slice (x, s, e) }"))
            .dram_bytes == 400);
}

TEST_CASE("eager cycles pay DRAM between nodes, renamings are free", "[kernels][bounds]") {
  const Graph graph = read(
      "g (float[64,512] x) => (float[512,64] y) <int64[2] s = {512, 64}>"
      "{ a = Exp (x)  b = Reshape (a, s)  y = Relu (b) }");
  CHECK(eager_lower_bound_cycles(graph, edge()) == 2 * 8192);
  CHECK(lower_bound(graph, edge()).cycles == 8192);
}

}  // namespace
}  // namespace coldforge::kernels
