#pragma once

#include <string>
#include <vector>

#include "isa/arch.h"
#include "sim/run.h"

namespace coldforge::test {

/// The tiny machine with its RTL. A run on both backends is the model's result, or a Divergence.
inline sim::Machine tiny_with_rtl() {
  sim::Machine machine(isa::Isa::load(), isa::load_arch("tiny"));
  machine.load_rtl({});
  return machine;
}

inline sim::RunResult run_both(const sim::Machine& machine, const sim::Program& program,
                               const std::vector<sim::Buffer>& buffers = {},
                               sim::RunOptions options = {}) {
  options.backend = sim::Backend::Both;
  return machine.run(program, buffers, options);
}

}  // namespace coldforge::test
