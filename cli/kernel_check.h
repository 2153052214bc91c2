#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/verify/verifier.h"
#include "cli/backend.h"
#include "cli/context.h"
#include "cli/task_options.h"

namespace coldforge::cli {

/// What `run` and `explain` share: a kernel, a task, and how to check the one against the other.
struct KernelOptions {
  std::string kernel;  ///< path of the source
  std::string task;
  TaskOptions reading;  ///< how the task is changed while it is read; its names are not used
  BackendOptions backend;
  std::vector<std::string> inputs;  ///< NAME=F.npy
  std::uint64_t seed = 1;
  int trials = 3;
};
void add_kernel_options(CLI::App& command, KernelOptions& options);

/// A checked kernel; everything that the verdict refers to lives as long.
struct CheckedKernel {
  std::string source;
  std::unique_ptr<kernels::Task> task;
  std::unique_ptr<sim::Machine> machine;
  std::unique_ptr<kernels::Toolchain> toolchain;
  std::unique_ptr<agent::Verifier> verifier;
  std::unique_ptr<agent::PendingVerdict> pending;  ///< finished: holds the evidence
  agent::Verdict verdict;
};
/// Compiles and runs it. Throws UserError for whatever the user can repair.
CheckedKernel check_kernel(const KernelOptions& options, const Context& context);

}  // namespace coldforge::cli
