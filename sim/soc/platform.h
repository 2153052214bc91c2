#pragma once

#include <cstddef>
#include <string>
#include <systemc>
#include <vector>

#include "sim/mem/tile_memory.h"
#include "sim/run.h"
#include "sim/scalar/cpu.h"
#include "sim/soc/board.h"
#include "sim/soc/npu.h"
#include "sim/soc/recorder.h"

namespace coldforge::sim {

/// One NPU on one DRAM, elaborated for one run: program and buffers in, result out. At most one a
/// process and object.
class Platform {
 public:
  /// What does not change from run to run.
  struct Setup {
    const isa::Isa& isa;
    const isa::Arch& arch;
    const std::vector<TilePlan>& plans;
    const IssueCheck& check;
    const EngineFactory& engines;
  };
  /// All arguments outlive the platform. Only the first `callers_buffers` come back in the result.
  Platform(const Setup& setup, const Program& program, const std::vector<Buffer>& buffers,
           std::size_t callers_buffers, const RunOptions& options);

  RunResult run();

 private:
  void decide(RunResult& r);  ///< outcome, cycles and message
  void collect(RunResult& r);
  void collect_memories(RunResult& r);
  void collect_stats(RunResult& r);
  void collect_profile(RunResult& r);

  const isa::Isa& isa_;
  const isa::Arch& arch_;
  const RunOptions& options_;
  Board board_;
  Recorder recorder_;
  TileMemories memories_;
  Cpu cpu_;
  Npu npu_;
};

}  // namespace coldforge::sim
