#pragma once

#include <mutex>
#include <vector>

#include "agent/generator/llm/clock.h"

namespace coldforge::testing {

/// Jumps to the end of each sleep, and remembers how long they were. For several threads.
class FakeClock final : public agent::llm::Clock {
 public:
  double now_s() const override {
    const std::lock_guard lock(mutex_);
    return now_s_;
  }
  double unix_s() const override { return kUnixStart_s + now_s() - kStart_s; }
  void sleep_s(double seconds) override {
    const std::lock_guard lock(mutex_);
    now_s_ += seconds;
    sleeps_s_.push_back(seconds);
  }
  std::vector<double> sleeps_s() const {
    const std::lock_guard lock(mutex_);
    return sleeps_s_;
  }

  static constexpr double kStart_s = 1000.0;
  static constexpr double kUnixStart_s = 1'800'000'000.0;  // Fri, 15 Jan 2027 08:00:00 GMT

 private:
  mutable std::mutex mutex_;
  double now_s_ = kStart_s;
  std::vector<double> sleeps_s_;
};

}  // namespace coldforge::testing
