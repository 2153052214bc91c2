#include "agent/generator/llm/rate_limit.h"

#include <algorithm>

namespace coldforge::agent::llm {

namespace {
constexpr double kWindow_s = 60.0;
}

RateLimiter::Permit::~Permit() {
  const std::lock_guard lock(limiter_.mutex_);
  --limiter_.under_way_;
  limiter_.left_.notify_one();
}

void RateLimiter::Permit::settle(std::int64_t tokens) {
  const std::lock_guard lock(limiter_.mutex_);
  for (Passed& passed : limiter_.passed_) {
    if (passed.id == id_) passed.tokens = tokens;
  }
}

double RateLimiter::earliest_s(std::int64_t tokens, double now_s) {
  while (!passed_.empty() && passed_.front().at_s + kWindow_s <= now_s) passed_.pop_front();
  double earliest = std::max(now_s, held_until_s_);
  auto count = static_cast<std::int64_t>(passed_.size());
  std::int64_t spent = 0;
  for (const Passed& passed : passed_) spent += passed.tokens;
  for (const Passed& passed : passed_) {  // the oldest leave the window first
    const bool has_room =
        (limits_.requests_per_minute == 0 || count < limits_.requests_per_minute) &&
        (limits_.tokens_per_minute == 0 || spent + tokens <= limits_.tokens_per_minute);
    if (has_room) break;
    earliest = std::max(earliest, passed.at_s + kWindow_s);
    --count;
    spent -= passed.tokens;
  }
  return earliest;
}

RateLimiter::Permit RateLimiter::enter(std::int64_t tokens) {
  const std::lock_guard in_line(gate_);
  std::unique_lock lock(mutex_);
  left_.wait(lock, [this] { return under_way_ < limits_.concurrency; });
  for (;;) {
    const double now_s = clock_.now_s();
    const double earliest = earliest_s(tokens, now_s);
    if (earliest <= now_s) break;
    lock.unlock();
    clock_.sleep_s(earliest - now_s);
    lock.lock();  // what was reserved may have been settled, or a pause asked for
  }
  ++under_way_;
  passed_.push_back({next_id_, clock_.now_s(), tokens});
  return Permit(*this, next_id_++);
}

void RateLimiter::hold(double seconds) {
  const std::lock_guard lock(mutex_);
  held_until_s_ = std::max(held_until_s_, clock_.now_s() + seconds);
}

}  // namespace coldforge::agent::llm
