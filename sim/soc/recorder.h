#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sim/exec/command.h"
#include "sim/soc/progress.h"
#include "sim/trace/races.h"

namespace coldforge::sim {

/// The first engine fault of a run: by cycle, then by unit.
struct FaultInfo {
  std::int64_t cycle = -1;
  isa::Unit unit = isa::Unit::Scalar;
  const isa::Instruction* instruction = nullptr;
  std::uint32_t pc = 0;
  std::string reason;
  std::uint32_t address = 0;
};

/// Progress as the machine keeps it: numbers the commands, holds the records that are open, feeds
/// the race check, and keeps closed records if somebody wants them.
class Recorder : public Progress {
 public:
  /// `races` may be nullptr (no race check); it outlives the recorder.
  Recorder(RaceCheck* races, bool keep_records, bool charge_pcs);

  // Progress, called by the engines.
  void issued(const Command& command) override;
  void started(std::uint64_t seq, std::int64_t cycle, Stall waited_for,
               std::int64_t waited_seq) override;
  void done(std::uint64_t seq, std::int64_t cycle) override;
  void fault(std::uint64_t seq, std::int64_t cycle, const std::string& reason,
             std::uint32_t address) override;
  std::int64_t drained_at(isa::Unit unit) const override;

  // For the core.
  std::uint64_t next_seq() const { return next_seq_; }
  /// A synchronisation by the core itself, over in one call: takes the next seq.
  std::uint64_t scalar_record(const isa::Instruction& instruction, std::uint32_t pc,
                              std::int64_t issue, std::int64_t start, Stall waited_for,
                              std::int64_t waited_seq);
  /// Seq of the last record of a unit, -1 if it has none.
  std::int64_t last_seq(isa::Unit unit) const { return units_[static_cast<int>(unit)].last_seq; }

  /// Seq of the record of a unit that started last, -1 if none did.
  std::int64_t last_started(isa::Unit unit) const {
    return units_[static_cast<int>(unit)].last_started;
  }

  bool faulted() const { return fault_.cycle >= 0; }
  const FaultInfo& first_fault() const { return fault_; }
  /// Called for every fault with its cycle.
  std::function<void(std::int64_t cycle)> on_fault;

  std::int64_t last_done() const { return last_done_; }  ///< latest done of all records
  /// Records of an engine with done < `cycle`, for a cycle that is not past.
  std::int64_t instructions(isa::Unit unit, std::int64_t cycle) const;
  /// Closed records by seq, then those still open with start or done -1.
  std::vector<CommitRecord> take_records();
  const std::map<std::uint32_t, std::int64_t>& pc_cycles() const { return pc_cycles_; }

 private:
  struct UnitState {
    std::int64_t open = 0, closed = 0;
    std::int64_t last_done = 0;
    std::int64_t last_seq = -1, last_started = -1;
    std::deque<std::int64_t> recent_dones;  ///< of which some may lie ahead
  };
  struct Entry {
    CommitRecord record;
    const isa::Instruction* instruction = nullptr;
    bool closed = false;
  };
  Entry& entry(std::uint64_t seq);
  void retire_front();

  RaceCheck* races_;
  const bool keep_records_;
  const bool charge_pcs_;
  std::uint64_t next_seq_ = 0;
  std::deque<Entry> open_;  ///< from first_seq_ on; closed ones leave at the front
  std::uint64_t first_seq_ = 0;
  UnitState units_[isa::kUnits];
  std::int64_t last_done_ = 0;
  FaultInfo fault_;
  std::vector<CommitRecord> records_;
  std::map<std::uint32_t, std::int64_t> pc_cycles_;
};

}  // namespace coldforge::sim
