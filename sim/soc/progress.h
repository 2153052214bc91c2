#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "isa/isa.h"
#include "sim/run.h"

namespace coldforge::sim {

/// What the units tell each other and the run about finished instructions; owned by the SoC, one
/// for all units. Every unit calls these in the SystemC cycle in which they become known, which may
/// be after the cycle they speak of.
class Progress {
 public:
  virtual ~Progress() = default;
  /// A command was issued (core's call): opens its record.
  virtual void issued(const struct Command& command) = 0;
  /// Its start, with what it waited for last and the record that released it (-1: none).
  virtual void started(std::uint64_t seq, std::int64_t cycle, Stall waited_for,
                       std::int64_t waited_seq) = 0;
  /// Its done; closes the record. Engines call it not before the cycle done - 1 has passed.
  virtual void done(std::uint64_t seq, std::int64_t cycle) = 0;
  /// An engine's instruction faulted in `cycle`; `reason` is one line ("load access fault: 12 bytes
  /// at out+4096, 4096 bytes long").
  virtual void fault(std::uint64_t seq, std::int64_t cycle, const std::string& reason,
                     std::uint32_t address) = 0;

  /// For barriers: the first cycle in which all instructions issued so far to `unit` are done, or
  /// -1 if not known yet.
  virtual std::int64_t drained_at(isa::Unit unit) const = 0;
  sc_core::sc_event done_event;  ///< notified whenever a record closed
};

}  // namespace coldforge::sim
