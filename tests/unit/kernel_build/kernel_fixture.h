#pragma once

#include <unistd.h>

#include <string>

#include "isa/isa.h"
#include "kernels/build/device_headers.h"
#include "kernels/build/toolchain.h"
#include "kernels/task.h"

namespace coldforge::test {

/// y = max(x, 0) on a small tensor.
inline kernels::Task small_relu() {
  return kernels::parse_task(
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "small (float[4,32] x) => (float[4,32] y) { y = Relu (x) }\n",
      "small_relu");
}

/// The toolchain of a machine, without cached results: a test compiles what it says.
inline kernels::Toolchain fresh_toolchain() {
  kernels::Toolchain::Options options;
  options.use_cache = false;
  return kernels::Toolchain(isa::Isa::load(), isa::load_arch("edge"), options);
}

/// A kernel whose body is given.
inline std::string kernel_of(const std::string& body) {
  return "#include <npu.h>\n#include \"task.h\"\nvoid kernel(const task::Args& args) {\n" + body +
         "\n}\n";
}

}  // namespace coldforge::test
