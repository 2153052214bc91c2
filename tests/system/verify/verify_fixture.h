#pragma once

#include <memory>
#include <string>

#include "agent/verify/verifier.h"

namespace coldforge::test {

/// y = max(x, 0) on 16 x 64 floats: one tile.
inline kernels::Task small_relu() {
  return kernels::parse_task(
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "small (float[16,64] x) => (float[16,64] y) { y = Relu (x) }\n",
      "small_relu");
}

/// A task with everything that judges its kernels. One a test: each test case runs in a process of
/// its own.
struct Bench {
  explicit Bench(kernels::Task the_task, const agent::VerifyOptions& options = {},
                 const std::string& arch = "edge")
      : task(std::move(the_task)),
        machine(isa::Isa::load(), isa::load_arch(arch)),
        toolchain(machine.isa(), machine.arch()),
        verifier(task, machine, toolchain, options) {}

  agent::Verdict verify(const std::string& source) const { return verifier.verify(source); }

  kernels::Task task;
  sim::Machine machine;
  kernels::Toolchain toolchain;
  agent::Verifier verifier;
};

inline std::string kernel_of(const std::string& body, const std::string& before = "") {
  return "#include <npu.h>\n#include \"task.h\"\nusing npu::Engine;\n" + before +
         "void kernel(const task::Args& args) {\n" + body + "}\n";
}

/// Views and a tile that cover the whole small task.
inline const std::string kNames =
    "  npu::View<float, 0> in(args.x);\n  in.rows(16, 64);\n"
    "  npu::View<float, 1> out(args.y);\n  out.rows(16, 64);\n"
    "  npu::VecTile<float, 0> x(16, 64, 0);\n";
inline const std::string kLoad =
    "  npu::tload(x, in);\n  npu::set<Engine::Load>(0);\n  npu::wait<Engine::Vector>(0);\n";
inline const std::string kStore =
    "  npu::set<Engine::Vector>(1);\n  npu::wait<Engine::Store>(1);\n  npu::tstore(out, x);\n";
/// The honest kernel.
inline std::string honest_relu() {
  return kernel_of(kNames + kLoad + "  npu::tmaxs(x, x, 0.0f);\n" + kStore);
}

}  // namespace coldforge::test
