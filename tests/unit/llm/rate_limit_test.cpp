#include "agent/generator/llm/rate_limit.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "tests/support/fake_clock.h"

using namespace coldforge::agent::llm;
using coldforge::testing::FakeClock;

namespace {

/// When each of `count` requests of `tokens` passed, in seconds from now.
std::vector<double> passing_times(RateLimiter& limiter, FakeClock& clock, int count,
                                  std::int64_t tokens) {
  const double start = clock.now_s();
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const RateLimiter::Permit permit = limiter.enter(tokens);
    times.push_back(clock.now_s() - start);
  }
  return times;
}

}  // namespace

TEST_CASE("no minute sees more requests than allowed", "[llm]") {
  FakeClock clock;
  RateLimits limits;
  limits.requests_per_minute = 3;
  RateLimiter limiter(limits, clock);
  CHECK(passing_times(limiter, clock, 8, 1) == std::vector<double>{0, 0, 0, 60, 60, 60, 120, 120});
}

TEST_CASE("no minute sees more tokens than allowed, and a request larger than that goes alone",
          "[llm]") {
  FakeClock clock;
  RateLimits limits;
  limits.tokens_per_minute = 100;
  RateLimiter limiter(limits, clock);
  CHECK(passing_times(limiter, clock, 4, 40) == std::vector<double>{0, 0, 60, 60});
  clock.sleep_s(60);
  CHECK(passing_times(limiter, clock, 2, 500) == std::vector<double>{0, 60});
}

TEST_CASE("tokens that were reserved and not spent are free again", "[llm]") {
  FakeClock clock;
  RateLimits limits;
  limits.tokens_per_minute = 100;
  RateLimiter limiter(limits, clock);
  limiter.enter(90).settle(10);
  limiter.enter(90).settle(80);
  CHECK(clock.sleeps_s().empty());
  limiter.enter(20);
  CHECK(clock.sleeps_s() == std::vector<double>{60});
}

TEST_CASE("a pause that a provider asked for holds everybody", "[llm]") {
  FakeClock clock;
  RateLimiter limiter(RateLimits{}, clock);
  limiter.hold(5);
  limiter.hold(2);
  CHECK(passing_times(limiter, clock, 2, 1) == std::vector<double>{5, 5});
}

TEST_CASE("no more requests are under way than allowed", "[llm]") {
  FakeClock clock;
  RateLimits limits;
  limits.concurrency = 3;
  RateLimiter limiter(limits, clock);
  std::atomic<int> inside{0}, most{0}, passed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) {
        const RateLimiter::Permit permit = limiter.enter(1);
        const int now = ++inside;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::yield();
        --inside;
        ++passed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(passed == 2400);
  CHECK(most == 3);
}
