#include "agent/generator/llm/retry.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/fake_clock.h"

using namespace coldforge::agent::llm;
using coldforge::testing::FakeClock;

TEST_CASE("pauses double up to the longest and are jittered by half", "[llm]") {
  std::set<double> drawn;
  for (std::uint64_t stream = 0; stream < 100; ++stream) {
    for (int failures = 1; failures < 20; ++failures) {
      const double longest = failures < 8 ? 0.5 * (1 << (failures - 1)) : 40.0;
      const double pause = backoff_s(failures, 40.0, 1, stream);
      REQUIRE(pause >= 0.5 * std::min(longest, 40.0));
      REQUIRE(pause <= std::min(longest, 40.0));
      drawn.insert(pause / longest);
    }
  }
  CHECK(drawn.size() > 1800);  // two clients that failed together do not come back together
  CHECK(backoff_s(3, 60.0, 5, 6) == backoff_s(3, 60.0, 5, 6));
}

TEST_CASE("Retry-After is seconds or a date", "[llm]") {
  constexpr double kNow = FakeClock::kUnixStart_s;
  CHECK(retry_after_s("0", kNow) == 0.0);
  CHECK(retry_after_s("120", kNow) == 120.0);
  CHECK(retry_after_s("99999999999999999999", kNow) == 1e9);
  CHECK(retry_after_s("Fri, 15 Jan 2027 08:01:30 GMT", kNow) == Approx(90.0));
  CHECK(retry_after_s("Thu, 14 Jan 2027 08:00:00 GMT", kNow) == 0.0);
  for (const char* none : {"", "soon", "-5", "1.5"}) CHECK_FALSE(retry_after_s(none, kNow));
}
