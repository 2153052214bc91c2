#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/system/composer/gates.h"

using namespace coldforge;

namespace {

constexpr int kCandidates = 10;

int count(const std::string& text, const std::string& piece) {
  int found = 0;
  for (std::size_t at = 0; (at = text.find(piece, at)) != std::string::npos; ++at) ++found;
  return found;
}

/// What an empty memory writes for a graph. Each kernel is checked: it is right, or too slow to
/// tell.
std::vector<std::string> kernels_of(const std::string& graph) {
  const kernels::Task task = kernels::parse_task(
      "<ir_version: 8, opset_import: [\"\" : 17]>\ng " + graph + "\n", "shapes");
  test::Gates gates(task);
  std::vector<std::string> sources;
  for (int candidate = 0; candidate < kCandidates; ++candidate) {
    const agent::GeneratedKernel kernel = gates.write(1, candidate);
    if (kernel.source.empty()) continue;
    const agent::Verdict verdict = gates.judge(kernel.source);
    if (verdict.reason.find("cycle_limit") != std::string::npos) continue;
    INFO(verdict.name() << ": " << verdict.reason.substr(0, 400) << "\n" << kernel.source);
    CHECK(verdict.pass);
    sources.push_back(kernel.source);
  }
  CHECK_FALSE(sources.empty());
  return sources;
}

template <class F>
bool any_of(const std::vector<std::string>& sources, F&& is) {
  return std::any_of(sources.begin(), sources.end(), is);
}

}  // namespace

TEST_CASE("the taps of a window read one loaded tile at several offsets", "[composer]") {
  const std::vector<std::string> graphs = {
      // Odd extents, so that last tiles are smaller; nine taps of x and of the weights.
      "(float16[2,9,23,37] x, float16[9,1,3,3] w) => (float16[2,9,21,35] y) {\n"
      "  y = Conv <kernel_shape = [3, 3], group = 9> (x, w)\n}",
      // Edges, strides and dilations.
      "(float16[1,3,40,70] x, float16[3,1,3,3] w) => (float16[1,3,20,35] y) {\n"
      "  y = Conv <kernel_shape = [3, 3], group = 3, strides = [2, 2], pads = [2, 2, 2, 2],\n"
      "    dilations = [2, 2]> (x, w)\n}",
      // Along the columns only; two output channels a group.
      "(float16[2,5,130] x, float16[10,1,4] w) => (float16[2,10,127] y) {\n"
      "  y = Conv <kernel_shape = [4], group = 5> (x, w)\n}"};
  for (const std::string& graph : graphs) {
    INFO(graph);
    const std::vector<std::string> sources = kernels_of(graph);
    // One load of x and one of the weights.
    CHECK(any_of(sources, [](const std::string& s) { return count(s, "npu::tload(") == 2; }));
  }
}

TEST_CASE("a padded volume is loaded as it lies, or padded by the load", "[composer]") {
  const std::vector<std::string> sources = kernels_of(
      "(float[2,3,9,11,13] x) => (float[2,3,5,6,7] y) {\n"
      "  y = MaxPool <kernel_shape = [3, 3, 3], strides = [2, 2, 2], pads = [1, 1, 1, 1, 1, 1]> "
      "(x)\n}");
  CHECK(any_of(sources, [](const std::string& s) { return count(s, "npu::tmov_view(") > 0; }));
  CHECK(any_of(sources, [](const std::string& s) { return count(s, "npu::tmov_view(") == 0; }));
}

TEST_CASE("padded taps are right wherever the padding is made", "[composer]") {
  kernels_of(
      "(float16[2,6,23,41] x, float16[6,1,3,5] w) => (float16[2,6,23,41] y) {\n"
      "  y = Conv <kernel_shape = [3, 5], group = 6, pads = [1, 2, 1, 2]> (x, w)\n}");
}

TEST_CASE("neighbours of a tensor's elements come with one load", "[composer]") {
  const std::vector<std::string> sources = kernels_of(
      "(float[7,33,50] x) => (float[7,33,49] y) {\n"
      "  zero = Constant <value = int64[1] {0}> ()\n  one = Constant <value = int64[1] {1}> ()\n"
      "  last = Constant <value = int64[1] {49}> ()\n  end = Constant <value = int64[1] {50}> ()\n"
      "  axis = Constant <value = int64[1] {2}> ()\n"
      "  a = Slice (x, one, end, axis)\n  b = Slice (x, zero, last, axis)\n  y = Sub (a, b)\n}");
  CHECK(any_of(sources, [](const std::string& s) { return count(s, "npu::tload(") == 1; }));
}

TEST_CASE("a long sum of products is multiplied and added chunk by chunk", "[composer]") {
  const std::vector<std::string> graphs = {
      "(float16[5,4096] a, float16[4096,1] b) => (float16[5,1] y) {\n  y = MatMul (a, b)\n}",
      // Of a value on chip with itself.
      "(float[6,6144] x) => (float[6,1] y) {\n  t = Abs (x)\n  s = Mul (t, t)\n"
      "  one = Constant <value = int64[1] {1}> ()\n  y = ReduceSum (s, one)\n}",
      // Over two loops, one operand lacking the third.
      "(float[9,6,512] x, float[6,512] w) => (float[9] y) {\n  t = Mul (x, w)\n"
      "  axes = Constant <value = int64[2] {1, 2}> ()\n  y = ReduceSum <keepdims = 0> (t, "
      "axes)\n}"};
  for (const std::string& graph : graphs) {
    INFO(graph);
    const std::vector<std::string> sources = kernels_of(graph);
    CHECK(any_of(sources, [](const std::string& s) { return count(s, "npu::tfma(") >= 2; }));
  }
}

TEST_CASE("outputs between two inputs are interleaved on chip", "[composer]") {
  const std::vector<std::string> graphs = {
      "(float16[2,16,12,20] x, float16[16,8,3,3] w, float16[8] b) => (float16[2,8,24,40] y) {\n"
      "  c = ConvTranspose <kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1], "
      "output_padding = [1, 1]> (x, w, b)\n  y = Relu (c)\n}",
      // More loops than a view has levels; outputs that are no whole phases, stored as they are.
      "(float16[1,8,4,6,9] x, float16[8,5,3,3,3] w) => (float16[1,5,7,11,17] y) {\n"
      "  y = ConvTranspose <kernel_shape = [3, 3, 3], strides = [2, 2, 2], "
      "pads = [1, 1, 1, 1, 1, 1]> (x, w)\n}",
      // The same behind which something comes: in memory the phases are whole.
      "(float16[1,8,4,6,9] x, float16[8,5,3,3,3] w) => (float16[1,5,7,11,17] y) {\n"
      "  c = ConvTranspose <kernel_shape = [3, 3, 3], strides = [2, 2, 2], "
      "pads = [1, 1, 1, 1, 1, 1]> (x, w)\n  y = Relu (c)\n}"};
  for (const std::string& graph : graphs) {
    INFO(graph);
    const std::vector<std::string> sources = kernels_of(graph);
    CHECK(any_of(sources, [](const std::string& s) { return count(s, "// interleaved") > 0; }));
  }
}

TEST_CASE("what comes before a sum of long rows is not stored", "[composer]") {
  const std::vector<std::string> sources = kernels_of(
      "(float[3,12000] x) => (float[3,1] y) {\n  t = Exp (x)\n  s = Mul (t, x)\n"
      "  one = Constant <value = int64[1] {1}> ()\n  y = ReduceSum (s, one)\n}");
  CHECK(any_of(sources, [](const std::string& s) { return count(s, "npu::tstore(") == 1; }));
}

TEST_CASE("a scan along long rows loads them as they lie", "[composer]") {
  const std::vector<std::string> sources = kernels_of(
      "(float[40,1000] x) => (float[40,1000] y) {\n"
      "  axis = Constant <value = int64 {1}> ()\n  y = CumSum (x, axis)\n}");
  for (const std::string& source : sources) {
    INFO(source);
    CHECK(count(source, "npu::tmov_t(") == 2);  // turned over, and back
  }
}
