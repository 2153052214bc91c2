#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/verify/trial_data.h"
#include "agent/verify/verdict.h"
#include "kernels/bounds.h"
#include "kernels/build/line_table.h"
#include "kernels/build/toolchain.h"
#include "kernels/task.h"
#include "sim/run.h"

namespace coldforge::agent {

/// How candidates of a task are checked. All of it takes part in the cache key.
struct VerifyOptions {
  std::uint64_t seed = 1;         ///< of the seen trials
  int trials = 3;                 ///< seeds x distributions; at least 1
  std::uint64_t hidden_seed = 0;  ///< of further trials, reported apart
  int hidden_trials = 0;
  std::int64_t cycle_limit = 0;  ///< 0 = 1,000,000 + 200 times the lower bound, at most 50,000,000
  /// Who runs them; what needs the RTL needs Machine::load_rtl() before.
  sim::Backend backend = sim::Backend::Model;
  std::string wave;     ///< waveform of the first trial, needs the RTL
  bool profile = true;  ///< cycles by line and instruction, critical path (first trial)
  std::map<std::string, kernels::Tensor>
      inputs;  ///< given ones instead of generated ones, in every trial
};

/// A run as it was started, for those who want to see it again.
struct StartedRun {
  sim::Program program;
  std::shared_ptr<const TrialData> data;
  sim::RunOptions options;
};

/// What the first trial left behind, for those who look closer than a verdict does.
struct Evidence {
  std::vector<std::uint8_t> elf;
  kernels::CompileResult compile;
  std::optional<sim::RunResult> run;  ///< none if the candidate did not get there
  std::optional<sim::Program> program;
  kernels::LineTable lines;
  std::vector<kernels::Tensor> outputs;  ///< in the order of graph.outputs
  std::optional<StartedRun> failed;      ///< what the run gate refused; its result is `run`
};

/// A candidate on its way through the gates. Poll descriptor() for readability (it changes from
/// stage to stage; -1 = call ready() at once), then ready(). Everything happens in the calling
/// thread or in child processes.
class PendingVerdict {
 public:
  virtual ~PendingVerdict() = default;  ///< kills what still runs
  virtual int descriptor() const = 0;
  virtual bool ready() = 0;
  /// Waits if need be. Throws InfrastructureError where a tool or a run died: no verdict, try
  /// again.
  virtual Verdict finish() = 0;
  /// After finish().
  virtual const Evidence& evidence() const = 0;
};

struct VerifierImpl;

/// Checks kernels of one task on one machine: hack, compile, run, correct, cycles. Only its
/// verdicts give rewards.
///
/// Task, machine, toolchain and store must outlive it. Inputs and golden outputs of a trial are
/// made when a candidate needs them, and kept by the store.
class Verifier {
 public:
  /// Throws UserError if a given input names no graph input or differs in type or shape.
  Verifier(const kernels::Task& task, const sim::Machine& machine,
           const kernels::Toolchain& toolchain, VerifyOptions options,
           TrialStore* store = nullptr);  ///< null: one of its own
  ~Verifier();

  std::unique_ptr<PendingVerdict> start(const std::string& source) const;
  Verdict verify(const std::string& source) const;

  const kernels::Bound& bound() const;
  const std::string& task_header() const;
  /// Names the verdict of a source: equal keys, equal verdicts.
  std::string cache_key(const std::string& source) const;

 private:
  std::unique_ptr<VerifierImpl> impl_;
};

/// Digest of the program that is running: which simulator made a verdict.
const std::string& program_digest();

}  // namespace coldforge::agent
