#pragma once

#include <cstdint>
#include <systemc>

namespace coldforge::sim {

/// One cycle of the NPU is one nanosecond of SystemC time, whatever the machine's clock is: only
/// cycles are counted.
inline sc_core::sc_time cycle_time(std::int64_t cycles) {
  return sc_core::sc_time(static_cast<double>(cycles), sc_core::SC_NS);
}

/// The cycle that SystemC is in.
inline std::int64_t current_cycle() {
  static const sc_core::sc_time::value_type kUnitsPerCycle =
      sc_core::sc_time(1, sc_core::SC_NS).value();
  return static_cast<std::int64_t>(sc_core::sc_time_stamp().value() / kUnitsPerCycle);
}

/// A delay as whole cycles, rounded down.
inline std::int64_t whole_cycles(const sc_core::sc_time& delay) {
  static const sc_core::sc_time::value_type kUnitsPerCycle =
      sc_core::sc_time(1, sc_core::SC_NS).value();
  return static_cast<std::int64_t>(delay.value() / kUnitsPerCycle);
}

}  // namespace coldforge::sim
