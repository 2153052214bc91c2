#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "isa/isa.h"

namespace coldforge::sim {

/// The flags: counters 0..15 between units. A set or take in cycle t is visible from t + 1.
///
/// Units may call in any order within a cycle. Of sets that do not all fit, and of first waits for
/// one flag, the lower units' are good; a unit whose call was good until a lower one came in the
/// same cycle hears of it through on_fault.
class FlagFile {
 public:
  explicit FlagFile(std::int64_t flags);
  ~FlagFile();

  /// Value that a unit sees in cycle `now`.
  int visible(std::uint32_t flag, std::int64_t now) const;
  /// Adds one. Returns false on overflow (a fault of the setter); a take in the same cycle makes no
  /// room yet. `seq` names the record for happens-before; sets of one cycle count in the order of
  /// units.
  bool set(std::uint32_t flag, isa::Unit unit, std::uint64_t seq, std::int64_t now);
  /// Declares that a unit waits for a flag from `now` on; false if another unit does (a fault of
  /// this one), in the cycle in which it takes, too.
  bool begin_wait(std::uint32_t flag, isa::Unit unit, std::uint64_t seq, std::int64_t now);
  /// The waiter takes one that is visible, and waits no more from the next cycle on; returns the
  /// seq of the matching set (first in, first out).
  std::uint64_t take(std::uint32_t flag, std::int64_t now);

  static std::string overflow_text(std::uint32_t flag);  ///< what a set that returns false is
  static std::string conflict_text(std::uint32_t flag);  ///< and a wait

  /// By unit, called in the cycle of its set or wait: it is a fault after all, and nothing has
  /// happened. May be empty for the scalar core, the lowest unit.
  std::function<void(std::uint64_t seq, const std::string& reason)> on_fault[isa::kUnits];

  std::uint32_t count() const { return static_cast<std::uint32_t>(flags_.size()); }
  /// Called in every take, with the unit that waits and the seq of the matching set.
  std::function<void(isa::Unit unit, std::uint64_t set_seq)> on_take;
  sc_core::sc_event& changed_event(std::uint32_t flag);  ///< notified one cycle after a set
  /// Notified one cycle after a set of the flag that `unit` waits for: one event that a method can
  /// stay sensitive to, whatever flag it is.
  sc_core::sc_event& waiter_event(isa::Unit unit) { return waiter_[static_cast<int>(unit)]; }

 private:
  struct Flag;
  void fault(isa::Unit unit, std::uint64_t seq, const std::string& reason);

  std::vector<std::unique_ptr<Flag>> flags_;
  sc_core::sc_event waiter_[isa::kUnits];
};

}  // namespace coldforge::sim
