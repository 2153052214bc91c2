#pragma once

#include <cstdint>
#include <systemc>

namespace coldforge::sim {

/// One cycle of the NPU is one nanosecond of SystemC time, whatever the machine's clock is: only
/// cycles are counted. In units of SystemC's resolution:
inline sc_core::sc_time::value_type units_per_cycle() {
  static const sc_core::sc_time::value_type kUnits = sc_core::sc_time(1, sc_core::SC_NS).value();
  return kUnits;
}

inline sc_core::sc_time cycle_time(std::int64_t cycles) {
  return sc_core::sc_time::from_value(static_cast<sc_core::sc_time::value_type>(cycles) *
                                      units_per_cycle());
}

/// The cycle that SystemC is in.
inline std::int64_t current_cycle() {
  return static_cast<std::int64_t>(sc_core::sc_time_stamp().value() / units_per_cycle());
}

/// A delay as whole cycles, rounded down.
inline std::int64_t whole_cycles(const sc_core::sc_time& delay) {
  return static_cast<std::int64_t>(delay.value() / units_per_cycle());
}

}  // namespace coldforge::sim
