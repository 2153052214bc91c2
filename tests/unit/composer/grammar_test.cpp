#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "agent/generator/plan/align.h"
#include "agent/generator/plan/split.h"
#include "isa/arch.h"
#include "kernels/golden/golden.h"
#include "kernels/inputs.h"
#include "tests/unit/composer/choices.h"
#include "tests/unit/composer/nest_interpreter.h"

using namespace coldforge;

namespace {

/// Largest difference between the loop nests and the golden results, relative to each output's
/// largest element.
double difference(const agent::Program& program, const kernels::Graph& graph,
                  const std::vector<kernels::Tensor>& inputs,
                  const std::vector<kernels::Tensor>& golden) {
  const std::vector<kernels::Tensor> meant = test::run_nests(program, graph, inputs);
  REQUIRE(meant.size() == golden.size());
  double worst = 0;
  for (std::size_t o = 0; o < golden.size(); ++o) {
    REQUIRE(meant[o].size() == golden[o].size());
    double largest = 1e-30;
    for (const double g : golden[o].values) largest = std::max(largest, std::fabs(g));
    for (std::size_t i = 0; i < golden[o].values.size(); ++i) {
      const double d = std::fabs(meant[o].values[i] - golden[o].values[i]) / largest;
      worst = std::isnan(d) ? 1e30 : std::max(worst, d);
    }
  }
  return worst;
}

/// The same for a task, before and after its reductions are split; -1 if the grammar cannot say the
/// graph.
double difference(const kernels::Task& task, std::size_t position) {
  test::FixedChooser chooser(position);
  const agent::Program program = agent::lower(task.graph, chooser);
  if (!program.problem.empty()) {
    UNSCOPED_INFO(program.problem);
    return -1;
  }
  kernels::Trial trial;
  trial.seed = 7;
  const std::vector<kernels::Tensor> inputs = kernels::make_inputs(task, trial);
  const std::vector<kernels::Tensor> golden = kernels::golden::evaluate(task.graph, inputs);
  const double plain = difference(program, task.graph, inputs, golden);
  agent::Program split = program;
  agent::align_loops(split, chooser);
  agent::cut_long_loops(split, isa::load_arch("edge"));
  agent::split_reductions(split, chooser, isa::load_arch("edge"));
  return std::max(plain, difference(split, task.graph, inputs, golden));
}

/// Float outputs are rounded to their type by the golden interpreter.
constexpr double kRounding = 1e-3;

void check_text(const std::string& signature, const std::string& body) {
  const std::string text =
      "<ir_version: 8, opset_import: [\"\" : 17]>\ng " + signature + "\n{\n" + body + "\n}\n";
  INFO(text);
  const kernels::Task task = kernels::parse_task(text, "test");
  for (const std::size_t position : {std::size_t{0}, std::size_t{1}, std::size_t{9}}) {
    const double d = difference(task, position);
    CHECK(d >= 0);
    CHECK(d < kRounding);
  }
}

}  // namespace

TEST_CASE("the loop nests of every built-in task mean what the golden interpreter computes",
          "[composer]") {
  for (const std::string& name : test::kBasicTasks) {
    INFO(name);
    const kernels::Task task = kernels::load_task(test::basic_task(name));
    for (const std::size_t position : {std::size_t{0}, std::size_t{1}, std::size_t{9}}) {
      const double d = difference(task, position);
      CHECK(d >= 0);
      CHECK(d < kRounding);
    }
  }
}

TEST_CASE("elementwise operators mean what the golden interpreter computes", "[composer]") {
  for (const char* op : {"Abs", "Elu <alpha = 0.7>", "Erf", "Exp", "HardSigmoid", "HardSwish",
                         "Identity", "LeakyRelu", "Neg", "Relu", "Round", "Selu", "Sigmoid", "Sign",
                         "Softplus", "Softsign", "Tanh", "ThresholdedRelu <alpha = 0.5>"}) {
    check_text("(float[3,5] x) => (float[3,5] y)", std::string("  y = ") + op + " (x)");
  }
  check_text("(float[3,5] x, float[5] b) => (float[3,5] y)",
             "  t = Add (x, b)\n  u = Mul (t, x)\n  y = Sub (u, b)");
  check_text("(float[4,1] x, float[1,6] b) => (float[4,6] y)", "  y = Max (x, b)");
  check_text("(float[3,5] x, float[3,5] b) => (float[3,5] y)",
             "  c = Less (x, b)\n  y = Where (c, x, b)");
}

TEST_CASE("layout operators are index maps with the golden meaning", "[composer]") {
  check_text("(float[2,3,4] x) => (float[4,3,2] y)", "  y = Transpose <perm = [2, 1, 0]> (x)");
  check_text("(float[2,3,4] x, float[2,3] z) => (float[3,5,2] y)",
             "  a = Constant <value = int64[1] {2}> ()\n  u = Unsqueeze (z, a)\n  c = Concat <axis "
             "= 2> (x, u)\n"
             "  y = Transpose <perm = [1, 2, 0]> (c)");
  check_text("(float[2,12] x) => (float[6,2,2] y)",
             "  s = Constant <value = int64[3] {2, 6, 2}> ()\n  r = Reshape (x, s)\n"
             "  y = Transpose <perm = [1, 0, 2]> (r)");
  check_text(
      "(float[5,8] x) => (float[2,4] y)",
      "  s = Constant <value = int64[2] {1, 7}> ()\n  e = Constant <value = int64[2] {5, -9}> ()\n"
      "  a = Constant <value = int64[2] {0, 1}> ()\n  p = Constant <value = int64[2] {3, -2}> ()\n"
      "  y = Slice (x, s, e, a, p)");
  check_text("(float[2,3] x) => (float[3,6] y)",
             "  p = Constant <value = int64[4] {1, 2, 0, 1}> ()\n  y = Pad (x, p)");
  check_text("(float[4,6] x) => (float[4,6] y)", "  y = Trilu <upper = 0> (x)");
  check_text("(float[3,5,2] x) => (float[3,2] y)",
             "  i = Constant <value = int64 {-2}> ()\n  y = Gather <axis = 1> (x, i)");
  // A padded view of what is no plain tensor is copied first.
  check_text("(float[2,12] x) => (float[2,5,5] y)",
             "  s = Constant <value = int64[3] {2, 3, 4}> ()\n"
             "  p = Constant <value = int64[6] {0, 1, 1, 0, 1, 0}> ()\n"
             "  r = Reshape (x, s)\n  t = Transpose <perm = [0, 2, 1]> (r)\n"
             "  u = Transpose <perm = [0, 2, 1]> (t)\n  y = Pad (u, p)");
}

TEST_CASE("reductions, scans and normalisations mean what the golden interpreter computes",
          "[composer]") {
  for (const char* op : {"ReduceMax", "ReduceMin", "ReduceMean", "ReduceL1", "ReduceL2",
                         "ReduceLogSumExp", "ReduceSumSquare", "ReduceProd"}) {
    check_text("(float[3,4,5] x) => (float[3,5] y)",
               std::string("  y = ") + op + " <axes = [1], keepdims = 0> (x)");
  }
  check_text("(float[3,7] x) => (int64[3] y)", "  y = ArgMax <axis = 1, keepdims = 0> (x)");
  check_text(
      "(float[3,7] x) => (float[3,7] y)",
      "  a = Constant <value = int64 {1}> ()\n  y = CumSum <exclusive = 1, reverse = 1> (x, a)");
  check_text("(float[3,4,5] x) => (float[3,4,5] y)", "  y = LogSoftmax <axis = 1> (x)");
  check_text("(float[2,4,3,5] x, float[4] s, float[4] b) => (float[2,4,3,5] y)",
             "  y = InstanceNormalization (x, s, b)");
}

TEST_CASE("running sums and products mean what the golden interpreter computes", "[composer]") {
  check_text("(float[3,7] x) => (float[3,7] y)",
             "  a = Constant <value = int64 {0}> ()\n  y = CumSum <reverse = 1> (x, a)");
  check_text(
      "(float[3,7] x) => (float[3,7] y)",
      "  ones = Constant <value = float[3] {1.0, 1.0, 1.0}> ()\n"
      "  last, y = Scan <num_scan_inputs = 1, scan_input_axes = [1], scan_output_axes = [1], "
      "body = step (float[3] s, float[3] f) => (float[3] next, float[3] r) {\n"
      "    next = Mul (s, f)\n    r = Identity (next)\n  }> (ones, x)");
}

TEST_CASE("losses with class indices mean what the golden interpreter computes", "[composer]") {
  for (const char* how : {"mean", "sum"}) {
    check_text("(float[6,5] x, int64[6] t) => (float y)",
               std::string("  y = SoftmaxCrossEntropyLoss <reduction = \"") + how + "\"> (x, t)");
  }
  check_text("(float[2,5,3] x, int64[2,3] t) => (float[2,3] y)",
             "  y = NegativeLogLikelihoodLoss <reduction = \"none\"> (x, t)");
}

TEST_CASE("reductions in several parts mean what they mean in one", "[composer]") {
  check_text("(float[3,4,5,2] x) => (float[3] y)",
             "  y = ReduceMean <axes = [1, 2, 3], keepdims = 0> (x)");
  // Longer than a row on chip may be: cut in two loops whatever the holes say.
  check_text("(float[2,30000] x) => (float[2] y)",
             "  y = ReduceMax <axes = [1], keepdims = 0> (x)");
  // Groups of channels: an axis that several loops walk, digit by digit.
  check_text(
      "(float[2,8,3,3] x, float[4] s, float[4] b) => (float[2,8,3,3] y)",
      "  to = Constant <value = int64[3] {2, 4, 18}> ()\n"
      "  back = Constant <value = int64[4] {2, 8, 3, 3}> ()\n"
      "  g = Reshape (x, to)\n  i = InstanceNormalization (g, s, b)\n  r = Reshape (i, back)\n"
      "  m = ReduceMean <axes = [1, 2, 3], keepdims = 1> (r)\n  y = Sub (r, m)");
}

TEST_CASE("convolutions and windows mean what the golden interpreter computes", "[composer]") {
  check_text("(float[2,4,9,8] x, float[6,2,3,2] w, float[6] b) => (float[2,6,5,8] y)",
             "  y = Conv <kernel_shape = [3, 2], strides = [2, 1], pads = [1, 0, 1, 1], group = 2> "
             "(x, w, b)");
  check_text("(float[1,3,5,4] x, float[3,2,3,3] w) => (float[1,2,10,8] y)",
             "  y = ConvTranspose <kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1], "
             "output_padding = [1, 1]> "
             "(x, w)");
  check_text("(float[1,2,9] x, float[4,2,3] w) => (float[1,4,5] y)",
             "  y = Conv <kernel_shape = [3], dilations = [2]> (x, w)");
  check_text("(float[1,2,9,7] x) => (float[1,2,5,4] y)",
             "  y = MaxPool <kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]> (x)");
  check_text("(float[1,2,8,8] x) => (float[1,2,4,4] y)",
             "  y = AveragePool <kernel_shape = [2, 2], strides = [2, 2]> (x)");
}

TEST_CASE("transposed convolutions mean the same by phases, residues and zeros", "[composer]") {
  // Outputs that are no whole phases, with a bias behind them and without.
  check_text("(float[2,3,6] x, float[3,4,3] w) => (float[2,4,11] y)",
             "  y = ConvTranspose <kernel_shape = [3], strides = [2], pads = [1, 1]> (x, w)");
  check_text("(float[1,4,5,4] x, float[4,2,4,3] w, float[4] b) => (float[1,4,10,11] y)",
             "  y = ConvTranspose <kernel_shape = [4, 3], strides = [2, 3], pads = [1, 1, 1, 0], "
             "group = 2> (x, w, b)");
  // Dilated: some residues meet no tap. A kernel shorter than the stride. Strided along one axis.
  check_text("(float[1,2,5,4] x, float[2,3,3,2] w) => (float[1,3,11,13] y)",
             "  y = ConvTranspose <kernel_shape = [3, 2], strides = [2, 3], dilations = [2, 5], "
             "pads = [1, 1, 1, 1]> (x, w)");
  check_text("(float[1,2,4] x, float[2,2,2] w) => (float[1,2,17] y)",
             "  y = ConvTranspose <kernel_shape = [2], strides = [5]> (x, w)");
  check_text("(float[1,2,3,4,3] x, float[2,2,3,1,2] w) => (float[1,2,5,4,6] y)",
             "  y = ConvTranspose <kernel_shape = [3, 1, 2], strides = [2, 1, 2], "
             "pads = [1, 0, 0, 1, 0, 0]> (x, w)");
}

TEST_CASE("functions without an instruction mean what the golden interpreter computes",
          "[composer]") {
  for (const char* op : {"Asinh", "Atan", "Ceil", "Celu <alpha = 1.5>", "Cos", "Cosh", "Floor",
                         "Shrink <lambd = 0.3, bias = 0.2>", "Sin", "Sinh", "IsNaN"}) {
    const bool test = std::string(op) == "IsNaN";
    check_text(std::string("(float[3,50] x) => (") + (test ? "bool" : "float") + "[3,50] y)",
               std::string("  y = ") + op + " (x)");
  }
  for (const char* op : {"Acos", "Asin", "Atanh", "Tan"})
    check_text("(float[3,50] x) => (float[3,50] y)",
               std::string("  t = Sigmoid (x)\n  y = ") + op + " (t)");
  check_text("(float[3,50] x) => (float[3,50] y)",
             "  t = Exp (x)\n  one = Constant <value = float {1.0}> ()\n  u = Add (t, one)\n"
             "  y = Acosh (u)");
}

TEST_CASE("selections mean what the golden interpreter computes", "[composer]") {
  for (const int largest : {0, 1}) {
    check_text("(float[3,9,2] x) => (float[3,4,2] y, int64[3,4,2] i)",
               fmt::format("  k = Constant <value = int64[1] {{4}}> ()\n"
                           "  y, i = TopK <axis = 1, largest = {}> (x, k)",
                           largest));
  }
  check_text("(float[3,7] x) => (int64[3] y)",
             "  t = Round (x)\n  y = ArgMax <axis = 1, keepdims = 0, select_last_index = 1> (t)");
  check_text("(float[4,5] x, int64[4,2] i) => (float[4,2] y)",
             "  y = GatherElements <axis = 1> (x, i)");
  check_text("(int64[2,3] i) => (float[2,6,3] y)",
             "  d = Constant <value = int64 {6}> ()\n"
             "  v = Constant <value = float[2] {-1.5, 2.0}> ()\n  y = OneHot <axis = 1> (i, d, v)");
}

TEST_CASE("blocks, repetitions and sums by letters mean what the golden interpreter computes",
          "[composer]") {
  for (const char* mode : {"DCR", "CRD"}) {
    check_text("(float[2,12,3,2] x) => (float[2,3,6,4] y)",
               std::string("  y = DepthToSpace <blocksize = 2, mode = \"") + mode + "\"> (x)");
  }
  check_text("(float[2,3,6,4] x) => (float[2,12,3,2] y)", "  y = SpaceToDepth <blocksize = 2> (x)");
  check_text("(float[2,3,4] x) => (float[4,3,8] y)",
             "  r = Constant <value = int64[3] {2, 1, 2}> ()\n  y = Tile (x, r)");
  check_text("(float[2,3,4] a, float[2,5,4] b) => (float[2,3,5] y)",
             "  y = Einsum <equation = \"bik,bjk->bij\"> (a, b)");
  check_text("(float[3,4] a) => (float[4] y)", "  y = Einsum <equation = \"ij->j\"> (a)");
  check_text("(float[3,3] a, float[3] b) => (float[3] y)",
             "  y = Einsum <equation = \"ii,j->i\"> (a, b)");
}

TEST_CASE("pooling with its corner cases means what the golden interpreter computes",
          "[composer]") {
  check_text(
      "(float[1,2,9,7] x) => (float[1,2,5,4] y)",
      "  y = AveragePool <kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]> (x)");
  check_text("(float[1,2,8,6] x) => (float[1,2,4,3] y)",
             "  y = AveragePool <kernel_shape = [3, 3], strides = [2, 2], auto_pad = "
             "\"SAME_UPPER\"> (x)");
  for (const int included : {0, 1}) {
    check_text("(float[1,2,8] x) => (float[1,2,5] y)",
               fmt::format("  y = AveragePool <kernel_shape = [3], strides = [2], pads = [1, 1], "
                           "ceil_mode = 1, count_include_pad = {}> (x)",
                           included));
  }
  check_text("(float[1,2,8] x) => (float[1,2,4] y)",
             "  y = LpPool <kernel_shape = [2], strides = [2], p = 2> (x)");
  check_text("(float[1,1,1,7] x) => (float[1,1,1,3] y)",
             "  y = MaxPool <kernel_shape = [2, 3], strides = [1, 2], pads = [1, 0, 0, 0]> (x)");
  // A border of zeros inside a border of nothing; borders of axes with one element.
  check_text("(float[2,3,5] x) => (float[4,4,5] y)",
             "  p = Constant <value = int64[6] {2, 0, 0, 0, 1, 0}> ()\n  t = Pad (x, p)\n"
             "  y = MaxPool <kernel_shape = [3], strides = [1], pads = [1, 1]> (t)");
  check_text("(float[4,3,1] x) => (float[4,5,3] y)",
             "  p = Constant <value = int64[6] {0, 2, 2, 0, 0, 0}> ()\n  y = Pad (x, p)");
  // Windows of more taps than three, in fewer steps.
  check_text("(float[2,3,40] x) => (float[2,3,25] y)",
             "  y = MaxPool <kernel_shape = [8], pads = [3, 3], dilations = [3]> (x)");
  check_text("(float[2,3,9,30] x) => (float[2,3,5,24] y)",
             "  y = MaxPool <kernel_shape = [5, 7]> (x)");
  check_text("(float[2,3,20,30] x) => (float[2,3,9,26] y)",
             "  y = AveragePool <kernel_shape = [12, 5]> (x)");
  check_text("(float[2,6,5] x) => (float[2,6,5] y)", "  y = LRN <size = 3, alpha = 0.5> (x)");
  check_text("(float[3,7] x) => (float[3,7] y)", "  y = LpNormalization <axis = 0, p = 1> (x)");
}

TEST_CASE("quantised products mean what the golden interpreter computes", "[composer]") {
  check_text("(int8[2,5,7] a, int8[2,7,3] b) => (int32[2,5,3] y)", "  y = MatMulInteger (a, b)");
  check_text("(uint8[5,7] a, int8[7,3] b) => (int32[5,3] y)",
             "  za = Constant <value = uint8 {130}> ()\n  zb = Constant <value = int8 {-3}> ()\n"
             "  y = MatMulInteger (a, b, za, zb)");
  check_text("(int8[5,7] a, uint8[7,3] b, int8[5] za, uint8[3] zb) => (int32[5,3] y)",
             "  y = MatMulInteger (a, b, za, zb)");
  check_text("(uint8[1,4,6,5] x, uint8[6,2,3,3] w) => (int32[1,6,6,3] y)",
             "  zx = Constant <value = uint8 {120}> ()\n  zw = Constant <value = uint8 {9}> ()\n"
             "  y = ConvInteger <kernel_shape = [3, 3], pads = [1, 1, 1, 1], strides = [1, 2], "
             "group = 2> (x, w, zx, zw)");
  const std::string scales =
      "  sx = Constant <value = float {0.5}> ()\n  sy = Constant <value = float {64.0}> ()\n"
      "  z = Constant <value = int8 {5}> ()\n";
  check_text("(int8[5,7] a, int8[7,3] b) => (int8[5,3] y)",
             scales + "  y = QLinearMatMul (a, sx, z, b, sx, z, sy, z)");
  check_text("(int8[1,4,6] x, int8[2,4,3] w, int32[2] b) => (int8[1,2,6] y)",
             scales +
                 "  sw = Constant <value = float[2] {1.0, 0.25}> ()\n"
                 "  y = QLinearConv <kernel_shape = [3], pads = [1, 1]> "
                 "(x, sx, z, w, sw, z, sy, z, b)");
  check_text("(float[5,7] x) => (uint8[5,7] q, float[5,7] y)",
             "  s = Constant <value = float[7] {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7}> ()\n"
             "  z = Constant <value = uint8[7] {7, 1, 2, 0, 128, 255, 3}> ()\n"
             "  q = QuantizeLinear <axis = 1> (x, s, z)\n"
             "  y = DequantizeLinear <axis = 1> (q, s, z)");
}

TEST_CASE("operators without a grammar are named", "[composer]") {
  const kernels::Task task = kernels::parse_task(
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "g (float[6] x, float[6] z) => (float[6] y)\n{\n  y = Mod <fmod = 1> (x, z)\n}\n",
      "test");
  test::FixedChooser chooser(0);
  CHECK(agent::lower(task.graph, chooser).problem == "no_grammar: operator Mod");
}

TEST_CASE("the drafts of the large suite mean what the golden interpreter computes", "[composer]") {
  const char* folder = std::getenv("COLDFORGE_DRAFTS");
  if (folder == nullptr) {
    WARN("COLDFORGE_DRAFTS is not set: skipped");
    return;
  }
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".onnxtxt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  int said = 0;
  for (const auto& path : paths) {
    const kernels::Task task = kernels::load_task(path);
    test::FixedChooser probe(0);
    const std::string problem = agent::lower(task.graph, probe).problem;
    if (!problem.empty()) {
      fmt::print("{}: {}\n", task.name, problem);
      continue;
    }
    ++said;
    INFO(task.name);
    CHECK(difference(task, 0) < kRounding);
  }
  fmt::print("{} of {} drafts have a grammar\n", said, paths.size());
}
