#pragma once

#include <string>
#include <vector>

#include "sim/rtl/rtl_npu.h"
#include "sim/rtl/rtl_observer.h"
#include "sim/run.h"
#include "sim/soc/board.h"

namespace coldforge::sim {

/// soc/platform.h with the RTL in the model's place: one NPU on one DRAM, program and buffers in,
/// result out. Of the result, `critical_path` stays empty: the RTL does not say what released an
/// instruction.
class RtlPlatform {
 public:
  struct Setup {
    const isa::Isa& isa;
    const isa::Arch& arch;
    const std::vector<TilePlan>& plans;
    const Plans& engine_plans;
    const RtlLibrary& library;
  };
  /// All arguments outlive the platform. Only the first `callers_buffers` come back in the result.
  RtlPlatform(const Setup& setup, const Program& program, const std::vector<Buffer>& buffers,
              std::size_t callers_buffers, const RunOptions& options);

  RunResult run();

 private:
  void decide(RunResult& r);
  void describe_fault(RunResult& r) const;
  std::string describe_wait() const;
  void collect(RunResult& r);

  const isa::Isa& isa_;
  const isa::Arch& arch_;
  const RunOptions& options_;
  Board board_;
  RtlObserver observer_;
  RtlNpu npu_;
};

}  // namespace coldforge::sim
