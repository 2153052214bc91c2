#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "sim/mem/bus.h"
#include "sim/mem/tile_memory.h"
#include "sim/run.h"
#include "sim/scalar/core_stall.h"
#include "sim/scalar/cpu.h"
#include "sim/soc/command_queue.h"
#include "sim/soc/flags.h"
#include "sim/soc/recorder.h"

namespace coldforge::sim {

/// What the core sees of the machine around it.
struct CoreSurroundings {
  CommandQueue* queues[isa::kUnits] = {};  ///< [0] is empty: the core has no queue
  FlagFile* flags = nullptr;
  Recorder* recorder = nullptr;
  RaceCheck* races = nullptr;  ///< nullptr: not checked
  TileMemories* tiles = nullptr;
  /// Value of an NPU counter CSR (64 bits, by number of its low half) as it stands in this cycle.
  std::function<std::uint64_t(std::uint32_t csr)> counter;
  /// Whether an engine's fault has stopped the machine, this cycle included.
  std::function<bool()> is_stopped;
};

struct CoreOptions {
  std::uint64_t instruction_limit = 0;
  std::int64_t cycle_limit = 0;
  std::size_t print_limit_bytes = 0;
  bool keep_stalls = false;
};

/// The scalar core as a unit of the machine: one process that lets a Cpu run ahead to its next
/// interaction, waits for the cycle of it and carries it out.
///
/// Source of all costs: sim/README.md, "Scalar core". Ends when the program exits, traps without
/// handler, or reaches the instruction limit; `ended` is notified then.
class ScalarCore : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<ScalarCore> bus_isock{"bus_isock"};
  sc_core::sc_event ended;

  /// `cpu` and everything in `around` outlive the core.
  ScalarCore(const sc_core::sc_module_name& name, const isa::Isa& isa, const isa::Arch& arch,
             Cpu& cpu, const IssueCheck& check, const CoreSurroundings& around,
             const CoreOptions& options);

  void start();  ///< the program begins in this cycle; once, at the latest before the first cycle
                 ///< or by the host
  bool has_started() const { return started_; }
  bool has_ended() const { return end_cycle_ >= 0; }
  std::int64_t end_cycle() const { return end_cycle_; }  ///< first cycle without the core
  Outcome outcome() const { return outcome_; }  ///< once ended: Exited, Trap or InstructionLimit
  std::int32_t exit_code() const { return exit_code_; }
  const std::string& printed() const { return printed_; }

  UnitStats stats(std::int64_t end_cycle) const;
  std::string waiting()
      const;  ///< "scalar waits for flag 3 (pc 0x00000010)"; empty if it does not wait
  const std::vector<CoreStall>& stalls() const { return stalls_; }

 private:
  SC_HAS_PROCESS(ScalarCore);
  void run();  // SC_THREAD
  void wait_until(std::int64_t cycle);
  void wait_for(const sc_core::sc_event& event);
  void begin_stall(Stall reason, std::string what);
  void end_stall(std::int64_t cycle, std::int64_t released_by);
  void end(Outcome outcome, std::int64_t cycle);
  void trap(Cause cause, std::uint32_t value, const std::string& what);

  void tile_instruction();
  void set_flag(std::uint32_t flag);
  void wait_flag(std::uint32_t flag);
  void barrier(std::uint32_t mask);
  void issue(Command command, Action action);
  void dram_access(bool write);
  void counter();
  void ecall();
  void print();
  bool read_bytes(std::uint32_t address, std::uint32_t size, std::string& text);
  tlm::tlm_sync_enum response(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);

  const isa::Isa& isa_;
  const std::uint64_t run_ahead_;
  Cpu& cpu_;
  const IssueCheck& check_;
  const CoreSurroundings around_;
  const CoreOptions options_;
  BusPool pool_;
  sc_core::sc_event start_event_;
  bool started_ = false;
  sc_core::sc_event response_event_;
  std::int64_t response_cycle_ = -1;

  std::int64_t end_cycle_ = -1;
  Outcome outcome_ = Outcome::Exited;
  std::int32_t exit_code_ = 0;
  std::string printed_;

  std::int64_t stalled_[kStalls] = {};
  std::int64_t stall_from_ = -1;  ///< of the stall that lasts, or -1
  Stall stall_reason_ = Stall::Busy;
  std::string stall_text_;
  std::vector<CoreStall> stalls_;
};

}  // namespace coldforge::sim
