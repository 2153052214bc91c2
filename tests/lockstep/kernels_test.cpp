#include <catch2/catch.hpp>

#include "agent/verify/verifier.h"
#include "sim/base/file.h"
#include "tests/lockstep/both_backends.h"

using namespace coldforge;

namespace {

/// A hand-written kernel on a task of a shape that fits the tiny machine: it must pass, and both
/// backends agree in all that they say.
void reference(const std::string& kernel, const std::string& graph) {
  const kernels::Task task =
      kernels::parse_task("<ir_version: 8, opset_import: [\"\" : 17]>\n" + graph, kernel);
  const sim::Machine machine = test::tiny_with_rtl();
  const kernels::Toolchain toolchain(machine.isa(), machine.arch());
  agent::VerifyOptions options;
  options.backend = sim::Backend::Both;
  options.trials = 2;
  const agent::Verifier verifier(task, machine, toolchain, options);
  const agent::Verdict verdict =
      verifier.verify(read_file(COLDFORGE_SOURCE_DIR "/kernels/reference/" + kernel + ".cpp"));
  INFO(verdict.reason);
  CHECK(verdict.pass);
}

}  // namespace

TEST_CASE("softmax takes the same cycles on model and RTL", "[lockstep]") {
  reference("softmax", "g (float[16,64] x) => (float[16,64] y) { y = Softmax <axis = -1> (x) }");
}

TEST_CASE("matmul takes the same cycles on model and RTL", "[lockstep]") {
  reference("matmul_square",
            "g (float16[32,32] a, float16[32,32] b) => (float16[32,32] y) { y = MatMul (a, b) }");
}
