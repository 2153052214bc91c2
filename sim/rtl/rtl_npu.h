#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>

#include "isa/arch.h"
#include "sim/rtl/bus_bridge.h"
#include "sim/rtl/rtl_library.h"
#include "sim/rtl/rtl_observer.h"
#include "sim/run.h"

namespace coldforge::sim {

/// The verilated NPU behind the sockets of soc/npu.h: three initiators to DRAM, a target for the
/// host. It is clocked cycle by cycle, from time 0 on, a cycle a nanosecond; once it has stopped,
/// only the host's registers still answer.
///
/// Order within a cycle: the memory decides what it answers (its events, first delta), then (next
/// delta) inputs are driven, the RTL settles, requests leave, the commit trace is read, and the
/// clock rises.
class RtlNpu : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<RtlNpu> host_tsock{"host_tsock"};
  tlm::tlm_initiator_socket<> scalar_isock{"scalar_isock"};
  tlm::tlm_initiator_socket<> load_isock{"load_isock"};
  tlm::tlm_initiator_socket<> store_isock{"store_isock"};

  struct Options {
    bool start_at_reset = true;  ///< false: the host starts it
    std::int64_t cycle_limit = 0;
    std::uint64_t instruction_limit = 0;
    std::uint64_t poison_seed = 0;  ///< as in RunOptions
    std::size_t print_limit_bytes = 0;
    std::string wave;                                 ///< FST file, "" = none
    std::int64_t wave_from = 0, wave_to = INT64_MAX;  ///< first and last cycle that it shows
  };
  /// References outlive the module.
  RtlNpu(const sc_core::sc_module_name& name, const isa::Arch& arch, const RtlLibrary& library,
         const Program& program, RtlObserver& observer, Options options);
  ~RtlNpu() override;

  /// Called once, in the cycle in which the run has ended, or in which a limit is reached.
  std::function<void()> on_stop;

  bool has_stopped() const { return stopped_; }
  /// Why, in which cycle, and what the core says. Valid once it has stopped.
  Outcome outcome() const { return outcome_; }
  std::int64_t end_cycle() const { return end_cycle_; }
  const CfRtlOutputs& outputs() const { return out_; }
  /// What DRAM said about the burst that load or store faulted on.
  const std::string& bus_problem(isa::Unit unit) const;
  const std::string& printed() const { return printed_; }
  /// Content of a memory as it is now; numbers as in CfRtlMemory.
  std::vector<std::uint8_t> memory(int number, std::size_t size_bytes) const;
  /// The same by address, of ITCM or DTCM; empty if the bytes do not lie in one of them.
  std::vector<std::uint8_t> core_memory(std::uint32_t address, std::uint32_t size_bytes) const;

 private:
  SC_HAS_PROCESS(RtlNpu);
  void run();  // SC_THREAD
  void reset(const Program& program);
  void settle(std::int64_t cycle);
  void watch(std::int64_t cycle);
  void answer_host();
  void record_wave(std::int64_t cycle);
  bool has_ended(std::int64_t cycle);
  void end(Outcome outcome, std::int64_t cycle);
  bool read_bytes(std::uint32_t address, std::uint32_t size, std::string& text);
  tlm::tlm_sync_enum response(int socket, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);
  void host_access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  /// What a memory calls back.
  struct Backward : tlm::tlm_bw_transport_if<> {
    Backward(RtlNpu& npu, int socket) : npu_(npu), socket_(socket) {}
    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay) override {
      return npu_.response(socket_, payload, phase, delay);
    }
    void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
    RtlNpu& npu_;
    int socket_;
  };

  const isa::Arch& arch_;
  const RtlLibrary& library_;
  RtlObserver& observer_;
  const Options options_;
  CfRtl* rtl_;
  CfRtlInputs in_{};
  CfRtlOutputs out_{};
  BusBridge scalar_read_, scalar_write_, load_, store_;
  Backward scalar_backward_{*this, 0}, load_backward_{*this, 1}, store_backward_{*this, 2};
  std::string printed_;
  std::int64_t last_active_ = 0;  ///< cycle
  bool started_ = false;          ///< at reset, or by the host
  bool stopped_ = false;
  Outcome outcome_ = Outcome::CycleLimit;
  std::int64_t end_cycle_ = 0;
  bool host_asks_ = false, host_writes_ = false;  ///< from the next cycle on
  std::uint32_t host_address_ = 0, host_data_ = 0;
  bool host_failed_ = false;
  sc_core::sc_event host_answered_;
};

}  // namespace coldforge::sim
