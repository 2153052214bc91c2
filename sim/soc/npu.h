#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "sim/mem/port_arbiter.h"
#include "sim/mem/tile_memory.h"
#include "sim/run.h"
#include "sim/scalar/core.h"
#include "sim/scalar/cpu.h"
#include "sim/soc/command_queue.h"
#include "sim/soc/engines.h"
#include "sim/soc/flags.h"
#include "sim/soc/recorder.h"

namespace coldforge::sim {

/// Registers of the host control socket: 32 bits each, byte addresses. Others answer
/// TLM_ADDRESS_ERROR_RESPONSE.
enum class HostRegister : std::uint32_t {
  Control = 0x00,    ///< write bit 0: start the program (once); reads 0
  Status = 0x04,     ///< read: HostStatus
  ExitCode = 0x08,   ///< read: a0 of the exit call
  CyclesLow = 0x0c,  ///< read: cycles from reset to now, or to the end
  CyclesHigh = 0x10,
};
enum class HostStatus : std::uint32_t { Reset, Running, Exited, Trapped, Faulted };

struct NpuOptions {
  bool start_at_reset = true;  ///< false: the host starts it
  CoreOptions core;
};

/// One NPU: scalar core, queues, flags, five engines, tile memories. The DRAM is whatever the three
/// initiator sockets are bound to, over the TLM-2.0 base protocol, approximately timed
/// (sim/mem/bus.h says what a target may leave out).
///
///            host_tsock                 scalar_isock          load_isock     store_isock
///                |                           |                    ^               |
///         [ host registers ] -- start -> [ core ] -- queues -> [ load ] ... [ store ]  (and move,
///         matrix, vector)
///                                            |                    |   \___ flags ___/
///                                        ITCM, DTCM          [ Vec Left Right Acc, PortArbiter ]
class Npu : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Npu> host_tsock{"host_tsock"};
  tlm::tlm_initiator_socket<> scalar_isock{"scalar_isock"};
  tlm::tlm_initiator_socket<> load_isock{"load_isock"};
  tlm::tlm_initiator_socket<> store_isock{"store_isock"};

  /// References outlive the module; `races` may be nullptr.
  struct Parts {
    const isa::Isa& isa;
    const isa::Arch& arch;
    const std::vector<TilePlan>& plans;
    const IssueCheck& check;
    Cpu& cpu;
    Recorder& recorder;
    RaceCheck* races;
    TileMemories& memories;
    const EngineFactory& engines;
  };
  Npu(const sc_core::sc_module_name& name, const Parts& parts, const NpuOptions& options);

  /// Called once, in the cycle in which everything stops: a trap without handler, the instruction
  /// limit, or `fault_stop_cycles` after the first engine fault. Not called for an exit: the
  /// engines then drain.
  std::function<void()> on_stop;
  /// Bytes of the DRAM as the platform counts them, for the counter CSRs; without it they read 0.
  std::function<DramStats()> dram_stats;

  const ScalarCore& core() const { return *core_; }
  bool engines_idle() const;
  /// All units that wait, "; " between them: the message of a deadlock.
  std::string waiting() const;
  UnitStats stats(isa::Unit unit, std::int64_t end_cycle);
  std::int64_t fault_stop_cycle() const { return fault_stop_; }  ///< -1: no fault

 private:
  SC_HAS_PROCESS(Npu);
  void stop();  // SC_METHOD
  void fault_in(std::int64_t cycle);
  std::uint64_t counter(std::uint32_t csr);
  void host_access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned host_debug(tlm::tlm_generic_payload& payload);
  bool host_register(bool write, std::uint64_t address, std::uint32_t& value, bool debug);
  bool core_is_seen_to_end() const;
  HostStatus status() const;

  const isa::Arch& arch_;
  Recorder& recorder_;
  std::unique_ptr<CommandQueue> queues_[isa::kUnits];
  FlagFile flags_;
  PortArbiter arbiter_;
  std::unique_ptr<ScalarCore> core_;
  std::unique_ptr<EngineSet> engines_;
  sc_core::sc_event stop_event_;
  std::int64_t fault_stop_ = -1;
  bool stopped_ = false;
};

}  // namespace coldforge::sim
