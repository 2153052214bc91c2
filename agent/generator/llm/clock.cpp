#include "agent/generator/llm/clock.h"

#include <chrono>
#include <thread>

namespace coldforge::agent::llm {
namespace {

using Seconds = std::chrono::duration<double>;

class HostClock : public Clock {
 public:
  double now_s() const override {
    return Seconds(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  double unix_s() const override {
    return Seconds(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  void sleep_s(double seconds) override {
    if (seconds > 0.0) std::this_thread::sleep_for(Seconds(seconds));
  }
};

}  // namespace

Clock& host_clock() {
  static HostClock clock;
  return clock;
}

}  // namespace coldforge::agent::llm
