#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <string>
#include <systemc>
#include <vector>

#include "sim/mem/buffer_map.h"
#include "sim/mem/dram_target.h"
#include "sim/rtl/rtl_npu.h"
#include "sim/rtl/rtl_observer.h"
#include "sim/run.h"
#include "sim/trace/races.h"

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
  struct Host : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<Host> isock{"isock"};
    explicit Host(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {}
  };
  void decide(RunResult& r);
  void describe_fault(RunResult& r) const;
  std::string describe_wait() const;
  void collect(RunResult& r);
  std::vector<std::uint8_t> signature() const;

  const isa::Isa& isa_;
  const isa::Arch& arch_;
  const Program& program_;
  const std::vector<Buffer>& buffers_;
  const std::size_t callers_buffers_;
  const RunOptions& options_;
  BufferMap map_;
  RaceCheck races_;
  RtlObserver observer_;
  DramTarget dram_;
  RtlNpu npu_;
  Host host_{"host"};
};

}  // namespace coldforge::sim
