#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <systemc>

#include "isa/isa.h"
#include "sim/engine/plan.h"
#include "sim/exec/semantics.h"
#include "sim/mem/port_arbiter.h"
#include "sim/mem/tile_memory.h"
#include "sim/run.h"
#include "sim/soc/command_queue.h"
#include "sim/soc/flags.h"
#include "sim/soc/progress.h"

namespace coldforge::sim {

/// What an engine is wired to. All of it outlives the engine; `semantics` and `plans` are shared by
/// all runs.
struct EngineContext {
  const isa::Isa& isa;
  const isa::Arch& arch;
  const Semantics& semantics;
  const Plans& plans;
  CommandQueue& queue;  ///< this engine's own
  FlagFile& flags;
  Progress& progress;
  TileMemories& memories;
  PortArbiter& arbiter;
};

/// What the five engines share: the head of the queue, flag tokens, instructions in flight,
/// retirement, stall accounting.
///
/// One SC_METHOD, which wakes when its queue, a flag, the bus or its own prediction has something
/// for it. At a wake in cycle T the engine first learns what happened in cycles before T, then
/// decides about cycle T. Source: sim/README.md, "Life of an engine instruction" and "Stall
/// reasons".
class Engine : public sc_core::sc_module {
 public:
  /// Statistics of cycles [0, end_cycle); end_cycle is not before the last wake.
  UnitStats stats(std::int64_t end_cycle);
  /// "load waits for flag 3, which nobody sets"; empty if it waits for nothing but instructions.
  std::string waiting() const;
  /// Queue empty, nothing in flight.
  bool idle() const { return queue_.empty() && in_flight_.empty(); }

 protected:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  /// When the instruction at the head may start.
  struct Gate {
    std::int64_t earliest = 0;   ///< cycle: a lower bound if it is later than now; kNever: an event
                                 ///< of the unit will tell
    Stall reason = Stall::Busy;  ///< if it must wait: Hazard, or Busy (the unit works on the
                                 ///< instruction before)
    std::int64_t blocker = -1;   ///< record that it waits for
  };
  struct InFlight {
    std::uint64_t seq = 0;
    std::int64_t done = -1;      ///< -1: not known yet
    std::int64_t own_done = -1;  ///< before the order of retirement is applied; -1: not known yet
    bool sets_flag = false;      ///< tset that has not fired
    std::uint32_t flag = 0;
    std::int64_t start = 0;
    Command command;  ///< tokens leave it empty
  };
  /// Cycles since reset as of now: worked; lost to a higher engine; held by the order of its own
  /// pipeline.
  struct Work {
    std::int64_t busy = 0, lost = 0, held = 0;
  };

  Engine(const sc_core::sc_module_name& name, isa::Unit unit, const EngineContext& context);

  // The unit's part.
  /// Learns what happened in cycles before `now`; calls finish() for instructions whose done is
  /// known.
  virtual void catch_up(std::int64_t now) = 0;
  virtual Gate gate(const Command& command, std::int64_t now) = 0;
  /// The instruction starts in cycle `now`: carries out its effect, asks for ports and bus. May
  /// call finish().
  virtual void begin(const Command& command, std::int64_t now) = 0;
  /// A lower bound of the next cycle in which the unit has something new to learn or to do; kNever
  /// if only an event can tell.
  virtual std::int64_t next_cycle(std::int64_t now) = 0;
  virtual Work work(std::int64_t now) = 0;
  /// Something is in flight that waits for data, responses or a free burst.
  virtual bool waits_for_dram() const { return false; }

  /// The instruction in flight that `seq` names is done in cycle `done`.
  void finish(std::uint64_t seq, std::int64_t done);
  /// An instruction faults in `cycle`, now or later; the earliest counts.
  void fault_at(std::uint64_t seq, std::int64_t cycle, std::string reason, std::uint32_t address);
  void wake_up() { wake_event_.notify(sc_core::SC_ZERO_TIME); }
  /// The newest instruction in flight, one of whose results shares a span with a source or result
  /// of `command`; nullptr if there is none.
  const InFlight* overlap(const Command& command) const;

  const isa::Unit unit_;
  const isa::Isa& isa_;
  const isa::Arch& arch_;
  const Semantics& semantics_;
  const Plans& plans_;
  CommandQueue& queue_;
  FlagFile& flags_;
  Progress& progress_;
  TileMemories& memories_;
  PortArbiter& arbiter_;
  std::deque<InFlight> in_flight_;
  UnitStats stats_;

 private:
  SC_HAS_PROCESS(Engine);
  void serve();  // SC_METHOD
  void settle(std::int64_t now);
  void charge(std::int64_t now);
  void start_head(std::int64_t now);
  void start_wait(const Command& command, std::int64_t now);
  void refuse(std::uint64_t seq, const std::string& reason);
  void take_head(std::int64_t now);
  void hold(Stall reason, std::int64_t blocker);
  void sleep(std::int64_t now);
  void set_timer(std::int64_t now, std::int64_t cycle);
  void report_fault(std::int64_t now);

  sc_core::sc_event wake_event_, timer_;
  std::int64_t timer_cycle_ = kNever;  ///< for which timer_ has been notified
  std::int64_t last_start_ = -1;
  std::int64_t last_done_ = 0;  ///< of the newest instruction that has retired
  std::uint64_t head_seq_ = ~std::uint64_t{0};
  std::int64_t retry_ = kNever;  ///< cycle in which the head may start
  bool waits_for_flag_ = false;  ///< begin_wait() has been called for the head
  bool is_refused_ = false;      ///< a wait was a fault: nothing starts any more
  std::uint32_t awaited_flag_ = 0;
  std::uint64_t wait_seq_ = ~std::uint64_t{0};  ///< of the newest wait
  Stall head_reason_ = Stall::Empty;  ///< Flag or Hazard if that holds the head, else anything
  Stall waited_for_ = Stall::Empty;   ///< the last reason that held the head
  std::int64_t waited_seq_ = -1;
  bool dram_ = false;         ///< waits_for_dram() since the last wake
  std::int64_t charged_ = 0;  ///< cycles below are in stats_
  Work worked_;               ///< as of charged_
  struct Fault {
    std::uint64_t seq = 0;
    std::int64_t cycle = kNever;
    std::string reason;
    std::uint32_t address = 0;
  };
  Fault fault_;           ///< kNever: none
  bool faulted_ = false;  ///< and reported
};

}  // namespace coldforge::sim
