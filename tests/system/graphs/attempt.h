#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/generator/composer.h"
#include "isa/isa.h"
#include "kernels/build/toolchain.h"
#include "kernels/task.h"
#include "sim/run.h"

namespace coldforge::test {

/// What became of a task.
struct Attempt {
  enum class End : std::uint8_t {
    Kernel,  ///< a kernel passed the gates, hidden trials included
    Reason,  ///< no kernel was written, and one of the published reasons given
    Fault    ///< anything else
  } end = End::Fault;
  int candidates = 0;
  std::string reason;  ///< End::Reason: the generator's words
  /// Of every candidate that failed a gate: its words. With End::Kernel, too: the composer may err,
  /// but a run or a result that is wrong is worth a look.
  std::vector<std::string> failures;
  std::string source;  ///< of the last candidate that failed a gate; "" if none did
};

/// The composer with an empty memory on the default machine, and the gates.
class Workbench {
 public:
  Workbench();
  /// Candidates of the task until one is correct, `budget` at most.
  Attempt attempt(const kernels::Task& task, std::uint64_t seed, int budget);

 private:
  isa::Isa isa_;
  isa::Arch arch_;
  kernels::Toolchain toolchain_;
  sim::Machine machine_;
  std::vector<agent::ContextItem> context_;
  agent::Composer composer_{agent::as_drawn()};
};

}  // namespace coldforge::test
