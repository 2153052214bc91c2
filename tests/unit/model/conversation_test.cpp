#include "agent/generator/model/conversation.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <thread>

#include "agent/generator/generator.h"
#include "agent/generator/model/answer.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "tests/unit/model/scripted_model.h"

using namespace coldforge;
using namespace coldforge::agent;
using namespace coldforge::agent::test;
using llm::ChatStatus;

namespace {

const Purpose kPurpose = {"softmax", 3, "draft", 0};

/// Resident memory of this process.
std::int64_t resident_kib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    std::int64_t kib = 0;
    if (word == "VmRSS:" && status >> kib) return kib;
  }
  return 0;
}

}  // namespace

TEST_CASE("what was asked once is not asked again, in any sitting", "[conversation]") {
  Sitting s([](const llm::ChatRequest& request) { return answered(request.messages[0].content); });
  CHECK(s.conversation->ask(kPurpose, question("a")).answer.text == "a");
  CHECK(s.conversation->ask(kPurpose, question("a")).answer.text == "a");
  s.sit();
  CHECK(s.conversation->ask(kPurpose, question("a")).answer.text == "a");
  CHECK(s.model.calls == 1);
  CHECK(s.budget->spent().calls == 1);
  Purpose second = kPurpose;
  second.ordinal = 1;
  s.conversation->ask(second, question("a"));
  CHECK(s.model.calls == 2);
}

TEST_CASE("equal questions at the same time are one exchange", "[conversation]") {
  Sitting s([](const llm::ChatRequest&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return answered("x");
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { s.conversation->ask(kPurpose, question("a")); });
  for (std::thread& thread : threads) thread.join();
  CHECK(s.model.calls == 1);
}

TEST_CASE("offline, what is not recorded is a clear error", "[conversation]") {
  Sitting s([](const llm::ChatRequest&) { return answered("x"); });
  s.conversation->ask(kPurpose, question("a"));
  s.sit({}, {}, /*is_offline=*/true);
  CHECK(s.conversation->ask(kPurpose, question("a")).answer.text == "x");
  CHECK_THROWS_WITH(
      s.conversation->ask(kPurpose, question("b")),
      s.folder / "exchanges.jsonl" + ": no answer is recorded for request " +
          short_digest(request_digest(question("b"))) +
          " (softmax, candidate 3, draft); replay needs the tasks, options, versions and bank that "
          "the run began with");
}

TEST_CASE("a failure is asked again in later sittings, three times in all", "[conversation]") {
  Sitting s([](const llm::ChatRequest&) { return failed(ChatStatus::Failed, "status 503"); });
  for (int sitting = 1; sitting <= 5; ++sitting) {
    s.sit();
    const auto reply = s.conversation->ask(kPurpose, question("a"));
    CHECK(reply.answer.reason == "status 503");
    CHECK(reply.may_yet_be_answered == (sitting < 3));
    CHECK(s.model.calls == std::min(sitting, 3));
  }
}

TEST_CASE("a model beyond help ends the run with its reason, and nothing is recorded",
          "[conversation]") {
  Sitting s([](const llm::ChatRequest&) { return failed(ChatStatus::Fatal, "bad key"); });
  CHECK_THROWS_AS(s.conversation->ask(kPurpose, question("a")), UserError);
  CHECK(s.budget->spent().calls == 0);
  CHECK_FALSE(s.exchanges->find(request_digest(question("a")), 0).has_value());
}

TEST_CASE("a cap stops before the question and goes on when it is raised", "[conversation]") {
  Sitting s([](const llm::ChatRequest&) { return answered("x"); });
  Caps caps;
  caps.calls = 1;
  s.sit(caps);
  s.conversation->ask(kPurpose, question("a"));
  CHECK_THROWS_AS(s.conversation->ask(kPurpose, question("b")), RunStopped);
  s.sit(caps);  // the same cap: what is recorded is free
  CHECK(s.conversation->ask(kPurpose, question("a")).answer.text == "x");
  CHECK_THROWS_AS(s.conversation->ask(kPurpose, question("b")), RunStopped);
  caps.calls = 2;
  s.sit(caps);
  CHECK(s.conversation->ask(kPurpose, question("b")).answer.text == "x");
  CHECK(s.model.calls == 2);
}

TEST_CASE("what is used of an answer is what is recorded of it", "[conversation]") {
  const std::string wild = "\xFF\xFE" + std::string(1, '\0') + std::string(3 << 20, 'x');
  Sitting s([&](const llm::ChatRequest&) {
    llm::ChatAnswer answer = answered(wild);
    answer.model = answer.reason = wild;
    return answer;
  });
  const auto live = s.conversation->ask(kPurpose, question("a"));
  CHECK((live.answer.text == trimmed_answer(wild)));
  CHECK(live.answer.model.size() < 600);
  CHECK(live.answer.reason.size() < 600);
  s.sit({}, {}, /*is_offline=*/true);
  const auto again = s.conversation->ask(kPurpose, question("a"));
  CHECK((again.answer.text == live.answer.text));
  CHECK(again.answer.model == live.answer.model);
}

TEST_CASE("a long run does not grow in memory", "[conversation][long]") {
  // COLDFORGE_EXCHANGES=10000 is the long form; exchanges of some 12 KB each.
  const char* set = std::getenv("COLDFORGE_EXCHANGES");
  const int count = set != nullptr ? std::atoi(set) : 2000;
  const std::string text(12'000, 'x');
  Sitting s([&](const llm::ChatRequest& request) {
    return answered(request.messages[0].content + text);
  });
  const int window = count / 10;
  std::int64_t early = 0, late = 0;
  std::vector<std::thread> threads;
  std::atomic<int> next{0};
  std::mutex mutex;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = next++; i < count; i = next++) {
        s.conversation->ask(kPurpose, question(std::to_string(i)));
        const std::int64_t now = resident_kib();
        const std::lock_guard<std::mutex> lock(mutex);
        if (i >= window && i < 2 * window) early = std::max(early, now);
        if (i >= count - window) late = std::max(late, now);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(s.model.calls == count);
  WARN("resident memory: " << early << " KiB early, " << late << " KiB late");
#ifndef __SANITIZE_ADDRESS__  // which keeps what is freed for a while
  CHECK(static_cast<double>(late) <= 1.05 * static_cast<double>(early));
#endif
}
