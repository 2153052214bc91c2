#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "sim/engine/plan.h"
#include "sim/exec/command.h"
#include "sim/rtl/harness/rtl_abi.h"
#include "sim/run.h"
#include "sim/scalar/tile_plan.h"
#include "sim/trace/races.h"

namespace coldforge::sim {

/// Reads the commit trace of the RTL, a cycle at a time, and makes of it what the model's recorder
/// and engines make: records, stall table, work, profile, and the calls of the race check.
class RtlObserver {
 public:
  /// All of it outlives the observer; `races` may be nullptr.
  struct Parts {
    const isa::Isa& isa;
    const std::vector<TilePlan>& plans;
    const Plans& engine_plans;
    RaceCheck* races;
    bool profile;  ///< charge cycles to pcs
  };
  explicit RtlObserver(const Parts& parts) : parts_(parts) {}

  /// What the trace port shows in `cycle`, each cycle once. `command` is read if an instruction is
  /// issued or a synchronisation of the core ends. Throws UserError("the RTL", ...) for a trace
  /// that contradicts itself.
  void events(std::int64_t cycle, const CfRtlOutputs& out, const CfRtlCommand& command);
  /// Charges the cycle; not called for the one in which the run has ended.
  void charge(const CfRtlOutputs& out);
  /// The core's access to DRAM has been answered, without error.
  void core_access(std::uint32_t address, std::uint32_t size_bytes, bool write);

  /// True if a unit did something in the cycle of the last events().
  bool is_active() const { return active_; }
  std::uint64_t retired() const { return retired_; }
  std::uint32_t pc() const { return pc_; }
  /// By unit: stall table, instructions, work.
  UnitStats stats(isa::Unit unit) const;
  const CommitRecord* record(std::uint64_t seq) const {
    return seq < records_.size() ? &records_[seq] : nullptr;
  }
  const Command& last_started(isa::Unit unit) const { return started_[static_cast<int>(unit)]; }
  std::vector<CommitRecord> take_records() { return std::move(records_); }
  const std::map<std::uint32_t, std::int64_t>& pc_cycles() const { return pc_cycles_; }

 private:
  void issue(std::int64_t cycle, const CfRtlOutputs& out, const CfRtlCommand& packed);
  void synchronise(std::int64_t cycle, const CfRtlOutputs& out, const CfRtlCommand& packed);
  void start(isa::Unit unit, std::int64_t cycle, std::uint64_t seq);
  void done(isa::Unit unit, std::int64_t cycle);
  std::uint64_t take_flag(isa::Unit unit, std::uint32_t flag);
  std::int64_t work_of(const Command& command) const;
  CommitRecord& open(std::uint64_t seq);

  Parts parts_;
  std::vector<CommitRecord> records_;           ///< by seq; -1 in start or done: not yet
  std::deque<Command> queued_[isa::kUnits];     ///< issued, not started
  std::deque<Command> in_flight_[isa::kUnits];  ///< started, not done
  Command started_[isa::kUnits];
  std::map<std::uint32_t, std::deque<std::uint64_t>>
      flags_;  ///< seqs of sets that nobody has taken
  UnitStats stats_[isa::kUnits];
  std::int64_t last_done_[isa::kUnits] = {};
  std::map<std::uint32_t, std::int64_t> pc_cycles_;
  std::uint64_t retired_ = 0;
  std::uint32_t pc_ = 0;
  std::int64_t head_since_ = 0;  ///< first cycle of the core's instruction
  bool head_is_new_ = true;
  bool active_ = false;
};

}  // namespace coldforge::sim
