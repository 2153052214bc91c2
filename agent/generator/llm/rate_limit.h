#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

#include "agent/generator/llm/clock.h"

namespace coldforge::agent::llm {

struct RateLimits {
  std::int64_t requests_per_minute = 0;  ///< 0: no limit
  std::int64_t tokens_per_minute = 0;    ///< 0: no limit
  std::int64_t concurrency = 16;         ///< at least 1
};

/// Lets requests pass one after another so that no 60 seconds ever see more requests or tokens than
/// allowed, and no more are under way than `concurrency`. A request that wants more tokens than a
/// minute has goes alone. For any number of threads.
class RateLimiter {
 public:
  /// `clock` outlives the limiter.
  RateLimiter(const RateLimits& limits, Clock& clock) : limits_(limits), clock_(clock) {}

  /// Leave to send one request; given back with the object.
  class Permit {
   public:
    ~Permit();
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;
    /// What the request did cost, in place of what was reserved for it.
    void settle(std::int64_t tokens);

   private:
    friend class RateLimiter;
    Permit(RateLimiter& limiter, std::int64_t id) : limiter_(limiter), id_(id) {}
    RateLimiter& limiter_;
    const std::int64_t id_;
  };

  /// Waits for its turn. `tokens` is the most that the request may cost.
  Permit enter(std::int64_t tokens);
  /// Nobody passes for so long: the provider asked for a pause.
  void hold(double seconds);

 private:
  struct Passed {
    std::int64_t id;
    double at_s;
    std::int64_t tokens;
  };
  /// When a request of `tokens` may pass, by what has passed; the caller holds `mutex_`.
  double earliest_s(std::int64_t tokens, double now_s);

  const RateLimits limits_;
  Clock& clock_;
  std::mutex gate_;  // held by the one that waits for its time, so that the others stay in line
  std::mutex mutex_;
  std::condition_variable left_;
  std::int64_t under_way_ = 0;
  std::int64_t next_id_ = 0;
  std::deque<Passed> passed_;  // of the last minute
  double held_until_s_ = 0.0;
};

}  // namespace coldforge::agent::llm
