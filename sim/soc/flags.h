#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <systemc>
#include <vector>

#include "isa/isa.h"

namespace coldforge::sim {

/// The flags: counters 0..15 between units. A set or take in cycle t is visible from t + 1.
class FlagFile {
 public:
  explicit FlagFile(std::int64_t flags);
  ~FlagFile();

  /// Value that a unit sees in cycle `now`.
  int visible(std::uint32_t flag, std::int64_t now) const;
  /// Adds one. Returns false on overflow (a fault of the setter); a take in the same cycle makes no
  /// room yet. `seq` names the record for happens-before.
  bool set(std::uint32_t flag, std::uint64_t seq, std::int64_t now);
  /// Takes one that is visible; returns the seq of the matching set (first in, first out). Between
  /// begin_wait and end_wait.
  std::uint64_t take(std::uint32_t flag, std::int64_t now);
  /// Declares that a unit waits for a flag; false if another unit already does (a fault of the
  /// later one).
  bool begin_wait(std::uint32_t flag, isa::Unit unit);
  void end_wait(std::uint32_t flag);

  std::uint32_t count() const { return static_cast<std::uint32_t>(flags_.size()); }
  /// Called in every take, with the unit that waits and the seq of the matching set.
  std::function<void(isa::Unit unit, std::uint64_t set_seq)> on_take;
  sc_core::sc_event& changed_event(std::uint32_t flag);  ///< notified one cycle after a set
  /// Notified one cycle after a set of the flag that `unit` waits for: one event that a method can
  /// stay sensitive to, whatever flag it is.
  sc_core::sc_event& waiter_event(isa::Unit unit) { return waiter_[static_cast<int>(unit)]; }

 private:
  struct Flag;
  std::vector<std::unique_ptr<Flag>> flags_;
  sc_core::sc_event waiter_[isa::kUnits];
};

}  // namespace coldforge::sim
