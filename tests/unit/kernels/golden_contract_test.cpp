#include "tests/unit/kernels/golden_support.h"

namespace coldforge::kernels {
namespace {

TEST_CASE("MatMul follows NumPy: vectors are promoted and leading axes broadcast",
          "[kernels][golden]") {
  const Tensor a = floats({2, 2}, {1, 2, 3, 4}), v = floats({2}, {10, 1});
  check_values(
      run_text("g (float[2,2] a, float[2,2] b) => (float[2,2] y) { y = MatMul (a, b) }", {a, a})[0],
      {2, 2}, {7, 10, 15, 22});
  check_values(
      run_text("g (float[2,2] a, float[2] b) => (float[2] y) { y = MatMul (a, b) }", {a, v})[0],
      {2}, {12, 34});
  check_values(
      run_text("g (float[2] a, float[2,2] b) => (float[2] y) { y = MatMul (a, b) }", {v, a})[0],
      {2}, {13, 24});
  check_values(run_text("g (float[2] a, float[2] b) => (float y) { y = MatMul (a, b) }", {v, v})[0],
               {}, {101});
  check_values(
      run_text("g (float[2,1,2] a, float[2,2] b) => (float[2,1,2] y) { y = MatMul (a, b) }",
               {floats({2, 1, 2}, {1, 0, 0, 1}), a})[0],
      {2, 1, 2}, {1, 2, 3, 4});
}

TEST_CASE("a long inner extent crosses every block boundary of the product", "[kernels][golden]") {
  // Row i of a is i + 1 everywhere, column j of b is j - 1 everywhere: y[i, j] = 71 (i + 1)(j - 1).
  Tensor a(ElementType::Fp32, {3, 71}), b(ElementType::Fp32, {71, 4});
  for (std::int64_t i = 0; i < a.size(); ++i) a.values[i] = static_cast<double>(i / 71 + 1);
  for (std::int64_t i = 0; i < b.size(); ++i) b.values[i] = static_cast<double>(i % 4 - 1);
  std::vector<double> expected;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 4; ++j) expected.push_back(71.0 * (i + 1) * (j - 1));
  }
  check_values(run_text("g (float[3,71] a, float[71,4] b) => (float[3,4] y) { y = MatMul (a, b) }",
                        {a, b})[0],
               {3, 4}, expected);
}

TEST_CASE("Gemm transposes, scales and adds a broadcast matrix", "[kernels][golden]") {
  const auto y = run_text(
      "g (float[2,3] a, float[2,2] b, float[2] c) => (float[3,2] y)"
      "{ y = Gemm <transA = 1, transB = 1, alpha = 2.0, beta = 0.5> (a, b, c) }",
      {floats({2, 3}, {1, 2, 3, 4, 5, 6}), floats({2, 2}, {1, 0, 0, 1}), floats({2}, {10, 20})});
  check_values(y[0], {3, 2}, {7, 18, 9, 20, 11, 22});
}

TEST_CASE("Einsum contracts, transposes, reduces and broadcasts over an ellipsis",
          "[kernels][golden]") {
  const Tensor a = floats({2, 2}, {1, 2, 3, 4}), b = floats({2, 2}, {5, 6, 7, 8});
  const auto two = [&](const std::string& equation) {
    return run_text("g (float[2,2] a, float[2,2] b) => (float[2,2] y) { y = Einsum <equation = \"" +
                        equation + "\"> (a, b) }",
                    {a, b})[0]
        .values;
  };
  CHECK(two("ij,jk->ik") == std::vector<double>{19, 22, 43, 50});
  CHECK(two("ij,kj->ik") == std::vector<double>{17, 23, 39, 53});
  CHECK(two("ij, jk") == std::vector<double>{19, 22, 43, 50});
  CHECK(two("...j,...j->...j") == std::vector<double>{5, 12, 21, 32});
  check_values(
      run_text("g (float[2,2] a) => (float y) { y = Einsum <equation = \"ii->\"> (a) }", {a})[0],
      {}, {5});
}

TEST_CASE("integer products subtract zero points and requantise", "[kernels][golden]") {
  const Tensor a(ElementType::UInt8, {1, 2}, {3, 5}), b(ElementType::Int8, {2, 1}, {-2, 4});
  const auto y = run_text(
      "g (uint8[1,2] a, int8[2,1] b) => (int32[1,1] y) <uint8 za = {1}> { y = MatMulInteger (a, b, "
      "za) }",
      {a, b});
  check_values(y[0], {1, 1}, {(3 - 1) * -2 + (5 - 1) * 4});
  const auto q = run_text(
      "g (int8[1,2] a, int8[2,1] b) => (int8[1,1] y)"
      "<float sa = {0.5}, int8 za = {0}, float sb = {0.5}, int8 zb = {0}, float sy = {1.0}, int8 "
      "zy = {10}>"
      "{ y = QLinearMatMul (a, sa, za, b, sb, zb, sy, zy) }",
      {Tensor(ElementType::Int8, {1, 2}, {3, 5}), b});
  check_values(q[0], {1, 1}, {14});  // 14 / 4 = 3.5 rounds to 4, plus 10
}

TEST_CASE("integer convolutions subtract zero points and requantise per filter",
          "[kernels][golden]") {
  const Tensor x(ElementType::UInt8, {1, 1, 3}, {3, 5, 9}),
      w(ElementType::Int8, {2, 1, 2}, {1, -2, 4, 0});
  const auto y = run_text(
      "g (uint8[1,1,3] x, int8[2,1,2] w) => (int32[1,2,2] y) <uint8 zx = {1}, int8[2] zw = {0, 2}> "
      "{ y = ConvInteger <pads = [0, 0]> (x, w, zx, zw) }",
      {x, w});
  // x - 1 = 2 4 8; filters 1 -2 and 2 -2.
  check_values(y[0], {1, 2, 2}, {2 - 8, 4 - 16, 4 - 8, 8 - 16});
  const auto q = run_text(
      "g (uint8[1,1,3] x, int8[2,1,2] w, int32[2] b) => (int8[1,2,2] y)"
      "<float sx = {0.5}, uint8 zx = {1}, float[2] sw = {0.5, 8.0}, int8 zw = {0}, float sy = "
      "{1.0}, "
      "int8 zy = {3}> { y = QLinearConv (x, sx, zx, w, sw, zw, sy, zy, b) }",
      {x, w, Tensor(ElementType::Int32, {2}, {0, 20})});
  // (-6, -12) / 4 = -1.5, -3 -> -2, -3; (8, 16) + 20 = 28, 36, times 4 = 112, 144; plus 3,
  // saturated.
  check_values(q[0], {1, 2, 2}, {1, 0, 115, 127});
}

TEST_CASE("Conv pads, strides, dilates, groups and adds its bias in one to three dimensions",
          "[kernels][golden]") {
  const Tensor line = floats({1, 1, 5}, {1, 2, 3, 4, 5});
  const auto conv = [&](const std::string& out, const std::string& attributes) {
    return run_text("g (float[1,1,5] x, float[1,1,3] w, float[1] b) => (float[1,1," + out +
                        "] y) { y = Conv <" + attributes + "> (x, w, b) }",
                    {line, floats({1, 1, 3}, {1, 10, 100}), floats({1}, {0.5})})[0]
        .values;
  };
  CHECK(conv("3", "kernel_shape = [3]") == std::vector<double>{321.5, 432.5, 543.5});
  CHECK(conv("3", "pads = [1, 1], strides = [2]") == std::vector<double>{210.5, 432.5, 54.5});
  CHECK(conv("1", "dilations = [2]") == std::vector<double>{531.5});
  CHECK(conv("5", "auto_pad = \"SAME_UPPER\"") ==
        std::vector<double>{210.5, 321.5, 432.5, 543.5, 54.5});
  const auto grouped = run_text(
      "g (float[1,2,2] x, float[2,1,1] w) => (float[1,2,2] y) { y = Conv <group = 2> (x, w) }",
      {floats({1, 2, 2}, {1, 2, 3, 4}), floats({2, 1, 1}, {10, 100})});
  check_values(grouped[0], {1, 2, 2}, {10, 20, 300, 400});
  const auto square =
      run_text("g (float[1,1,2,2] x, float[1,1,2,2] w) => (float[1,1,1,1] y) { y = Conv (x, w) }",
               {floats({1, 1, 2, 2}, {1, 2, 3, 4}), floats({1, 1, 2, 2}, {1, 10, 100, 1000})});
  check_values(square[0], {1, 1, 1, 1}, {4321});
  const auto cube = run_text(
      "g (float[1,1,1,2,1] x, float[1,1,1,2,1] w) => (float[1,1,1,1,1] y) { y = Conv (x, w) }",
      {floats({1, 1, 1, 2, 1}, {3, 4}), floats({1, 1, 1, 2, 1}, {1, 10})});
  check_values(cube[0], {1, 1, 1, 1, 1}, {43});
}

TEST_CASE("ConvTranspose scatters with stride, padding and output padding", "[kernels][golden]") {
  const auto run = [](const std::string& out, const std::string& attributes) {
    return run_text("g (float[1,1,2] x, float[1,1,3] w) => (float[1,1," + out +
                        "] y) { y = ConvTranspose <" + attributes + "> (x, w) }",
                    {floats({1, 1, 2}, {1, 2}), floats({1, 1, 3}, {1, 10, 100})})[0]
        .values;
  };
  CHECK(run("4", "kernel_shape = [3]") == std::vector<double>{1, 12, 120, 200});
  CHECK(run("5", "strides = [2]") == std::vector<double>{1, 10, 102, 20, 200});
  CHECK(run("3", "strides = [2], pads = [1, 1]") == std::vector<double>{10, 102, 20});
  CHECK(run("6", "strides = [2], output_padding = [1]") ==
        std::vector<double>{1, 10, 102, 20, 200, 0});
  const auto grouped = run_text(
      "g (float[1,2,1] x, float[2,1,2] w) => (float[1,2,2] y) { y = ConvTranspose <group = 2> (x, "
      "w) }",
      {floats({1, 2, 1}, {2, 3}), floats({2, 1, 2}, {1, 10, 100, 1000})});
  check_values(grouped[0], {1, 2, 2}, {2, 20, 300, 3000});
}

TEST_CASE("pools respect padding, strides, ceil mode and the count of padded elements",
          "[kernels][golden]") {
  const Tensor x = floats({1, 1, 5}, {1, -2, 3, 4, 5});
  const auto run = [&](const std::string& out, const std::string& call) {
    return run_text("g (float[1,1,5] x) => (float[1,1," + out + "] y) { y = " + call + " (x) }",
                    {x})[0]
        .values;
  };
  CHECK(run("4", "MaxPool <kernel_shape = [2]>") == std::vector<double>{1, 3, 4, 5});
  CHECK(run("2", "MaxPool <kernel_shape = [2], strides = [2]>") == std::vector<double>{1, 4});
  CHECK(run("3", "MaxPool <kernel_shape = [2], strides = [2], ceil_mode = 1>") ==
        std::vector<double>{1, 4, 5});
  CHECK(run("3", "MaxPool <kernel_shape = [3], strides = [2], pads = [1, 1]>") ==
        std::vector<double>{1, 4, 5});
  check_values(
      floats({3}, run("3", "AveragePool <kernel_shape = [3], strides = [2], pads = [1, 1]>")), {3},
      {-0.5, 5.0 / 3, 4.5});
  check_values(floats({3}, run("3",
                               "AveragePool <kernel_shape = [3], strides = [2], pads = [1, 1], "
                               "count_include_pad = 1>")),
               {3}, {-1.0 / 3, 5.0 / 3, 3});
  CHECK(run("1", "GlobalMaxPool") == std::vector<double>{5});
  check_values(floats({1}, run("1", "GlobalAveragePool")), {1}, {2.2});
}

TEST_CASE("Scan of opset 8 runs every sample of a batch", "[kernels][golden]") {
  // The text form cannot leave out a first input, the sequence lengths: the node is made from one
  // of a later opset.
  const Graph graph =
      parse_onnx_text(
          "<ir_version: 8, opset_import: [\"\" : 17]>\n"
          "g (float[1] start, float[3,1] x) => (float[1] last, float[3,1] y) {"
          "  last, y = Scan <num_scan_inputs = 1, body = step (float[1] sum, float[1] next) => "
          "(float[1] total, float[1] seen) { total = Add (sum, next)  seen = Identity (total) }> "
          "(start, x) }",
          "test")
          .graph;
  Node node = graph.nodes.at(0);
  node.version = 8;
  node.inputs.insert(node.inputs.begin(), "");
  const Tensor start = floats({2, 1}, {0, 10}), x = floats({2, 3, 1}, {1, 2, 3, 4, 5, 6});
  const auto results = golden::evaluate_node(node, {nullptr, &start, &x});
  check_values(results[0], {2, 1}, {6, 25});
  check_values(results[1], {2, 3, 1}, {1, 3, 6, 14, 19, 25});
  const Tensor lengths(ElementType::Int64, {2}, {3, 2});
  CHECK_THROWS_WITH(golden::evaluate_node(node, {&lengths, &start, &x}),
                    "Scan: sequence lengths are not supported");
}

TEST_CASE("a replay computes anew what depends on the replaced value", "[kernels][golden]") {
  const Graph graph = parse_onnx_text(
                          "<ir_version: 8, opset_import: [\"\" : 17]>\ng (float16[2] x) => "
                          "(float16[2] y, float16[2] "
                          "z) { a = Exp (x) y = Add (a, x) z = Neg (x) }",
                          "test")
                          .graph;
  const std::vector<Tensor> inputs = {Tensor(ElementType::Fp16, {2}, {0, 1})};
  const golden::Values values = golden::evaluate_values(graph, inputs);
  CHECK(values.at("a").values[1] == Approx(2.718281828459045).epsilon(1e-12));
  const golden::Values stored = golden::evaluate_values(graph, inputs, golden::Between::Rounded);
  CHECK(stored.at("a").values[1] == 2.71875);
  const auto outputs =
      golden::replay_with(graph, values, "a", Tensor(ElementType::Fp32, {2}, {5, 7}));
  CHECK(outputs[0].values == std::vector<double>{5, 8});
  CHECK(outputs[1].values == std::vector<double>{0, -1});
}

}  // namespace
}  // namespace coldforge::kernels
