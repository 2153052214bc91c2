// A round's kernels are judged while others are still being written.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "agent/loop/job_queue.h"
#include "tests/unit/loop/number_loop.h"

using namespace coldforge;
using namespace coldforge::agent;
using namespace coldforge::agent::test;

namespace {

/// Hands over its kernels last first, each only once the one before was judged.
class PatientGenerator : public NumberGenerator {
 public:
  explicit PatientGenerator(const std::atomic<int>& judged) : judged_(judged) {}
  void generate_all(const std::vector<GenerationRequest>& requests, const Ready& ready) override {
    for (std::size_t i = requests.size(); i-- > 0;) {
      const int before = judged_;
      ready(i, generate(requests[i]));
      const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      while (judged_ == before && std::chrono::steady_clock::now() < late)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (judged_ == before) throw InfrastructureError("a kernel waits for the others");
    }
  }

 private:
  const std::atomic<int>& judged_;
};

/// Judges as numbers come.
class EagerEvaluator : public NumberEvaluator {
 public:
  std::atomic<int> judged{0};
  void evaluate_stream(
      JobQueue& jobs, const std::function<void(std::size_t, const Verdict&)>& on_verdict) override {
    while (!jobs.is_finished()) {
      jobs.wait();
      while (const auto next = jobs.take()) {
        on_verdict(next->number, evaluate({next->job}, [](std::size_t) {}).front());
        ++judged;
      }
    }
  }
};

/// Stops after some kernels, as at a cap.
class CappedGenerator : public NumberGenerator {
 public:
  explicit CappedGenerator(int kernels) : left_(kernels) {}
  GeneratedKernel generate(const GenerationRequest& request) override {
    if (left_-- == 0) throw RunStopped("enough");
    return NumberGenerator::generate(request);
  }

 private:
  int left_;
};

}  // namespace

TEST_CASE("kernels are judged as they come and settle in the order of their slots", "[loop]") {
  Bench whole("in-order");
  whole.run();
  Bench bench("as-they-come");
  EagerEvaluator evaluator;
  bench.other_generator = std::make_unique<PatientGenerator>(evaluator.judged);
  bench.other_evaluator = &evaluator;
  bench.run();
  CHECK(evaluator.judged == 24);
  CHECK(bench.records() == whole.records());
}

TEST_CASE("a run that stops on purpose keeps whole rounds and goes on later", "[loop]") {
  Bench whole("unstopped");
  whole.run();
  Bench bench("stopped");
  // Rounds have four kernels: after ten, two of them are whole.
  bench.other_generator = std::make_unique<CappedGenerator>(10);
  CHECK_THROWS_AS(bench.run(), RunStopped);
  const std::string records = bench.records();
  CHECK(std::count(records.begin(), records.end(), '\n') == 8);
  bench.other_generator.reset();
  bench.run();
  CHECK(bench.records() == whole.records());
}

TEST_CASE("an evaluator that fails ends the writing, too", "[loop]") {
  Bench bench("failing");
  EagerEvaluator evaluator;
  evaluator.rounds_left = 1;  // of kernels, here
  bench.other_evaluator = &evaluator;
  CHECK_THROWS_AS(bench.run(), InfrastructureError);
  CHECK_FALSE(fs::exists(bench.folder / "run/records.jsonl"));
}

TEST_CASE("a queue of jobs wakes its taker and ends", "[loop]") {
  JobQueue queue;
  CHECK_FALSE(queue.take().has_value());
  std::thread writer([&] {
    for (std::size_t i = 0; i < 100; ++i) queue.push(i, {i, std::to_string(i), false, false});
    queue.close();
  });
  std::size_t taken = 0;
  while (!queue.is_finished()) {
    queue.wait();
    while (const auto next = queue.take()) CHECK(next->number == taken++);
  }
  writer.join();
  CHECK(taken == 100);
}

TEST_CASE("rounds that overlap give the same records however often they are killed", "[loop]") {
  Bench plain("plain");
  plain.run();
  for (const int overlap : {1, 2, 30}) {
    INFO("overlap " << overlap);
    Bench whole("overlapping" + std::to_string(overlap));
    whole.overlap = overlap;
    whole.run();
    const std::string records = whole.records();
    CHECK(records != plain.records());  // a round knows less
    CHECK(std::count(records.begin(), records.end(), '\n') == 24);
    for (int rounds = 0; rounds < 6; ++rounds) {
      Bench bench("overlap-killed" + std::to_string(overlap) + std::to_string(rounds));
      bench.overlap = overlap;
      bench.evaluator.rounds_left = rounds;
      CHECK_THROWS_AS(bench.run(), InfrastructureError);
      bench.evaluator.rounds_left = 1;  // one more round, then killed again
      if (rounds < 5) CHECK_THROWS_AS(bench.run(), InfrastructureError);
      bench.evaluator.rounds_left = 1000000;
      bench.run();
      CHECK(bench.records() == records);
    }
    // Lost records of rounds that the bank has: redone from what they read.
    for (const std::size_t lines : {0, 4, 9, 12, 20}) {
      std::size_t end = 0;
      for (std::size_t i = 0; i < lines; ++i) end = records.find('\n', end) + 1;
      write_file_atomic(whole.folder / "run/records.jsonl", records.substr(0, end));
      fs::remove(whole.folder / "run/summary.json");
      whole.run();
      CHECK(whole.records() == records);
    }
  }
}
