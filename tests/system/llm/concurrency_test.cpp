#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/system/llm/client.h"

using namespace coldforge;
using namespace coldforge::testing;
using agent::llm::ChatStatus;
using agent::llm::Provider;

namespace {

/// Lets nobody on until `count` have come.
class Meeting {
 public:
  explicit Meeting(int count) : missing_(count) {}
  void wait() {
    std::unique_lock lock(mutex_);
    if (--missing_ == 0) all_here_.notify_all();
    all_here_.wait(lock, [this] { return missing_ <= 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_here_;
  int missing_;
};

/// Asks `count` questions from `threads` threads; how many were answered.
int ask_at_once(Client& client, int threads, int count) {
  std::atomic<int> next{0}, answered{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&] {
      for (int n = next++; n < count; n = next++)
        answered += client.ask("question " + std::to_string(n)).status == ChatStatus::Answered;
    });
  }
  for (std::thread& worker : workers) worker.join();
  return answered;
}

}  // namespace

TEST_CASE("sixteen requests fill sixteen slots", "[llm]") {
  // No answer goes out before all slots are busy: the test ends only if they ever are.
  Meeting meeting(16);
  LlmServerOptions options;
  options.slots = 16;
  LlmServer server(
      [&](const Call& call) {
        if (call.ordinal < 16) meeting.wait();
        return reply_as_asked(call, "Hello");
      },
      options);
  server.start_sampling();
  Client client(provider_at(server.base_url()));
  CHECK(ask_at_once(client, 16, 64) == 64);
  CHECK(server.call_count() == 64);
  CHECK(server.occupancy().peak_busy == 16);
}

TEST_CASE("no more requests reach the server than concurrency allows", "[llm]") {
  LlmServer server;
  server.start_sampling();
  Provider provider = provider_at(server.base_url());
  provider.concurrency = 2;
  Client client(provider);
  CHECK(ask_at_once(client, 8, 64) == 64);
  // The server may still let go of a slot while the next request is on its way.
  CHECK(server.occupancy().peak_busy <= 2 * 2);
}

TEST_CASE("the limit on requests a minute holds over threads", "[llm]") {
  LlmServer server;
  Provider provider = provider_at(server.base_url());
  provider.requests_per_minute = 5;
  Client client(provider);
  CHECK(ask_at_once(client, 4, 20) == 20);
  CHECK(client.clock.now_s() == FakeClock::kStart_s + 180.0);  // 5 at once, then 3 minutes for 15
}
