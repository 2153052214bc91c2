#include <catch2/catch.hpp>

#include "sim/base/file.h"
#include "tests/system/verify/verify_fixture.h"

using namespace coldforge;
using namespace coldforge::test;

namespace {

/// Checks the hand-written kernel of a task: correct on every trial, and no slower than its pinned
/// share of the bound (a kernel that gets slower than that shows that the machine, or the kernel,
/// has changed).
void reference(const std::string& name, double least_fraction) {
  const std::string folder = COLDFORGE_SOURCE_DIR "/kernels/";
  const Bench bench(kernels::load_task(folder + "tasks/basic/" + name + ".onnxtxt"));
  const agent::Verdict verdict = bench.verify(read_file(folder + "reference/" + name + ".cpp"));
  INFO(verdict.reason);
  CHECK(verdict.pass);
  CHECK(verdict.roofline_fraction >= least_fraction);
}

}  // namespace

TEST_CASE("reference kernel: relu", "[verify][reference]") { reference("relu", 0.95); }
TEST_CASE("reference kernel: gelu", "[verify][reference]") { reference("gelu", 0.45); }
TEST_CASE("reference kernel: softmax", "[verify][reference]") { reference("softmax", 0.45); }
TEST_CASE("reference kernel: layernorm", "[verify][reference]") { reference("layernorm", 0.68); }
TEST_CASE("reference kernel: rmsnorm", "[verify][reference]") { reference("rmsnorm", 0.87); }
TEST_CASE("reference kernel: sum_dim", "[verify][reference]") { reference("sum_dim", 0.80); }
TEST_CASE("reference kernel: matmul_square", "[verify][reference]") {
  reference("matmul_square", 0.82);
}
TEST_CASE("reference kernel: matmul_irregular", "[verify][reference]") {
  reference("matmul_irregular", 0.66);
}
TEST_CASE("reference kernel: linear_bias_relu", "[verify][reference]") {
  reference("linear_bias_relu", 0.74);
}
TEST_CASE("reference kernel: conv2d_3x3", "[verify][reference]") { reference("conv2d_3x3", 0.66); }
TEST_CASE("reference kernel: maxpool2d", "[verify][reference]") { reference("maxpool2d", 0.81); }
TEST_CASE("reference kernel: attention", "[verify][reference]") { reference("attention", 0.64); }
