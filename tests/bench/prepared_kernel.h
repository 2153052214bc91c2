#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/verify/trial_data.h"
#include "kernels/build/toolchain.h"
#include "kernels/task.h"
#include "sim/run.h"

namespace coldforge::bench {

/// The machine and the tools that all measurements use: `edge`, an empty kernel cache in a folder
/// of its own.
class Workshop {
 public:
  Workshop();
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  const sim::Machine& machine() const { return *machine_; }
  /// Builds the RTL of the machine if the cache of the user does not have it, which takes minutes.
  void load_rtl();
  const kernels::Toolchain& toolchain() const { return *toolchain_; }
  /// A built-in task, with other extents of its inputs if wanted.
  kernels::Task task(const std::string& name, const kernels::ReadOptions& options = {}) const;

 private:
  std::string folder_;
  std::unique_ptr<sim::Machine> machine_;
  std::unique_ptr<kernels::Toolchain> toolchain_;
};

/// Text of a file below the root of the source tree.
std::string source_file(const std::string& path);

/// Processor time of one pair of runs.
struct Timing {
  double whole_s = 0;  ///< the kernel, from fork to result
  double fixed_s = 0;  ///< the same program and buffers, but the first instruction ends it
};

/// A kernel with the data of one trial, ready to run again and again.
class PreparedKernel {
 public:
  /// Compares the outputs of a first run with the golden ones if asked to: the speed of wrong
  /// results is worth nothing. Throws UserError if the kernel does not compile, end or compute
  /// right.
  PreparedKernel(const Workshop& workshop, const kernels::Task& task, const std::string& source,
                 bool check_outputs = true);

  /// One pair of runs, next to each other, so that both see the host in one state. The RTL must
  /// have been loaded.
  Timing time(sim::Backend backend = sim::Backend::Model) const;
  const sim::RunResult& first_run() const { return first_; }

 private:
  sim::RunResult run(const sim::Program& program, sim::Backend backend) const;

  const sim::Machine& machine_;
  agent::TrialData data_;
  sim::Program program_, empty_;
  sim::RunOptions options_;
  sim::RunResult first_;
};

/// Ends at once with exit code 0: three instructions.
sim::Program empty_program();

}  // namespace coldforge::bench
