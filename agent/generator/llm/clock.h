#pragma once

namespace coldforge::agent::llm {

/// Time for limits and pauses. Never reaches a result. Tests have one that jumps.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual double now_s() const = 0;   ///< monotonic, from any start
  virtual double unix_s() const = 0;  ///< since 1970, for dates of servers
  virtual void sleep_s(double seconds) = 0;
};

/// The host's. May be used from several threads.
Clock& host_clock();

}  // namespace coldforge::agent::llm
