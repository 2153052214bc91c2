#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstddef>
#include <string>
#include <systemc>
#include <vector>

#include "sim/mem/buffer_map.h"
#include "sim/mem/dram_target.h"
#include "sim/mem/tile_memory.h"
#include "sim/run.h"
#include "sim/scalar/cpu.h"
#include "sim/soc/npu.h"
#include "sim/soc/recorder.h"
#include "sim/trace/races.h"

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
  /// The host's side of the control socket: nobody drives it in a run.
  struct Host : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<Host> isock{"isock"};
    explicit Host(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {}
  };

  void decide(RunResult& r);  ///< outcome, cycles and message
  void collect(RunResult& r);
  void collect_memories(RunResult& r);
  void collect_stats(RunResult& r);
  void collect_profile(RunResult& r);
  std::vector<std::uint8_t> signature() const;

  const isa::Isa& isa_;
  const isa::Arch& arch_;
  const Program& program_;
  const std::vector<Buffer>& buffers_;
  const std::size_t callers_buffers_;
  const RunOptions& options_;
  BufferMap map_;
  RaceCheck races_;
  Recorder recorder_;
  TileMemories memories_;
  Cpu cpu_;
  DramTarget dram_;
  Npu npu_;
  Host host_{"host"};
};

}  // namespace coldforge::sim
