#include "agent/loop/synthesis.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "agent/loop/leave_one_out.h"
#include "agent/loop/record.h"
#include "tests/support/fake_vector_maker.h"
#include "tests/unit/loop/number_loop.h"

using namespace coldforge;
using namespace coldforge::agent;
using namespace coldforge::agent::test;

TEST_CASE("a run uses its whole budget, keeps the best kernel, and leaves a clean bank", "[loop]") {
  Bench bench("whole");
  const auto outcomes = bench.run();
  REQUIRE(outcomes.size() == 2);
  for (const TaskOutcome& outcome : outcomes) {
    CHECK(outcome.candidates == 12);  // the baseline is judged beside them
    CHECK(outcome.eager_cycles == 4321);
    REQUIRE(outcome.correct);
    CHECK(std::to_string(outcome.best_cycles) == read_file(outcome.kernel));
    CHECK(outcome.best_cycles <= outcome.first_correct_cycles);
  }
}

TEST_CASE("a run killed in any round and resumed gives the same records, byte for byte", "[loop]") {
  Bench whole("reference");
  whole.run();
  // 2 tasks x 12 candidates in rounds of 2 x 2: six rounds, each may be the last that the first
  // process reaches.
  for (int rounds = 0; rounds < 6; ++rounds) {
    Bench bench("killed" + std::to_string(rounds));
    bench.evaluator.rounds_left = rounds;
    CHECK_THROWS_AS(bench.run(), InfrastructureError);
    bench.evaluator.rounds_left = 1000000;
    bench.run();
    CHECK(bench.records() == whole.records());
  }
}

TEST_CASE("leave-one-out credit judges more and proposes no more", "[loop]") {
  Bench bench("without");
  bench.leave_one_out = true;
  const auto outcomes = bench.run();
  std::int64_t extra = 0, differences = 0;
  for (const CandidateRecord& record :
       read_records((bench.folder / "run/records.jsonl").string())) {
    extra += record.extra_verdicts;
    differences += static_cast<std::int64_t>(record.without.size());
    CHECK(record.extra_verdicts <= static_cast<int>(record.without.size()));
    for (const auto& without : record.without) {
      CHECK(without.item != record.start_point);
      CHECK(std::count(record.context.begin(), record.context.end(), without.item) == 1);
    }
  }
  CHECK(differences > 20);
  CHECK(extra > 20);
  std::int64_t said = 0;
  for (const TaskOutcome& outcome : outcomes) {
    CHECK(outcome.candidates == 12);
    said += outcome.extra_verdicts;
  }
  CHECK(said == extra);
  // Every difference is in the bank's log, and none stands for a candidate.
  const auto store = memory::open_store(bench.folder / "bank.db");
  std::int64_t stored = 0, whole = 0;
  const memory::BankSlice slice = store->read({});
  for (const auto& round : slice.rounds) {
    for (const memory::Outcome& outcome : round.batch.outcomes) {
      (outcome.without ? stored : whole) += 1;
      CHECK(outcome.used.size() <= 1);
    }
  }
  CHECK(stored == differences);
  CHECK(whole == 24);
}

TEST_CASE("leave-one-out credit survives a kill in any round", "[loop]") {
  Bench whole("without-reference");
  whole.leave_one_out = true;
  whole.run();
  for (int rounds = 0; rounds < 11; rounds += 2) {
    Bench bench("without-killed" + std::to_string(rounds));
    bench.leave_one_out = true;
    bench.evaluator.rounds_left = rounds;
    CHECK_THROWS_AS(bench.run(), InfrastructureError);
    bench.evaluator.rounds_left = 1000000;
    bench.run();
    CHECK(bench.records() == whole.records());
  }
}

TEST_CASE("an item without which the same kernel is written has no part in the credit", "[loop]") {
  class Reader : public NumberGenerator {  // looks at one item only
   public:
    GeneratedKernel generate(const GenerationRequest& request) override {
      GeneratedKernel kernel;
      kernel.source = "0";
      for (const ContextItem& item : request.context) {
        if (item.id == "read") kernel.source = "2";
      }
      return kernel;
    }
  } generator;
  GenerationRequest request;
  for (const char* id : {"read", "shown"}) {
    request.context.emplace_back();
    request.context.back().id = id;
  }
  const GeneratedKernel kernel = generator.generate(request);
  const auto found = alternatives_of(generator, request, kernel, {"read", "shown", "elsewhere"});
  REQUIRE(found.size() == 1);
  CHECK(found[0].item == "read");
  CHECK(found[0].source == "0");
}

TEST_CASE("records cut in the middle of a round are made whole again", "[loop]") {
  Bench bench("cut");
  bench.run();
  const std::string records = bench.records();
  fs::remove(bench.folder / "run/summary.json");
  for (const std::size_t size :
       {std::size_t{0}, records.size() / 3, records.size() / 2, records.size() - 1}) {
    write_file_atomic(bench.folder / "run/records.jsonl", records.substr(0, size));
    // What the bank committed already is committed again without effect, from the snapshot it was
    // made from.
    fs::remove(bench.folder / "run/summary.json");
    bench.run();
    CHECK(bench.records() == records);
  }
}

TEST_CASE("a folder with another run is refused, and says what to do", "[loop]") {
  Bench bench("other");
  bench.run();
  bench.tasks.pop_back();
  CHECK_THROWS_WITH(
      bench.run(),
      (bench.folder / "run").string() +
          ": holds a run with other tasks, options or versions; give another --out, or "
          "--fresh to replace it");
}

TEST_CASE("a finished run is confirmed later, once, without a new candidate", "[loop]") {
  Bench bench("confirmed");
  const auto before = bench.run();
  CHECK_FALSE(before[0].confirmed);
  const std::string records = bench.records();
  const auto after = bench.run(/*confirm=*/true);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(after[i].confirmed);
    CHECK(after[i].best_cycles == before[i].best_cycles);
    CHECK(after[i].diverged.empty());
  }
  CHECK(bench.records() == records);
  CHECK(bench.evaluator.confirmed == 2);
  CHECK(bench.run(/*confirm=*/true)[0].confirmed);
  CHECK(bench.evaluator.confirmed == 2);
}

TEST_CASE("a kernel that model and RTL disagree about is not accepted, the next best is",
          "[loop]") {
  Bench bench("diverging");
  const auto best = bench.run();
  // The fastest of all diverges; what is accepted instead is slower.
  const std::int64_t fastest = std::min(best[0].best_cycles, best[1].best_cycles);
  const std::size_t which = best[0].best_cycles == fastest ? 0 : 1;
  bench.evaluator.diverging_below = static_cast<int>(fastest) + 1;
  const TaskOutcome outcome = bench.run(/*confirm=*/true)[which];
  CHECK(outcome.correct);
  CHECK(outcome.confirmed);
  CHECK(outcome.best_cycles > fastest);
  CHECK(read_file(outcome.kernel) == std::to_string(outcome.best_cycles));
  REQUIRE_FALSE(outcome.diverged.empty());
  CHECK(read_file(outcome.diverged) == std::to_string(fastest));
  const auto told = std::find_if(bench.lines.begin(), bench.lines.end(), [](const auto& line) {
    return line.find("is not accepted") != std::string::npos;
  });
  REQUIRE(told != bench.lines.end());
  CHECK(told->substr(told->find(" is not")) ==
        " is not accepted: divergence in trial 1: " + std::to_string(fastest) + " (" +
            outcome.diverged + ")");
  // One line a kernel that was run on both.
  const std::string confirmations = read_file(bench.folder / "run/confirmations.jsonl");
  CHECK(std::count(confirmations.begin(), confirmations.end(), '\n') == bench.evaluator.confirmed);
  CHECK(confirmations.find("\"confirmed\":false") != std::string::npos);
}

TEST_CASE("a task is not solved if no kernel is confirmed", "[loop]") {
  Bench bench("unconfirmed");
  bench.evaluator.diverging_below = 1000;
  for (const TaskOutcome& outcome : bench.run(/*confirm=*/true)) {
    CHECK_FALSE(outcome.correct);
    CHECK_FALSE(outcome.confirmed);
    CHECK(outcome.limiter == "model and RTL differ: no kernel was confirmed");
    CHECK(outcome.kernel.empty());
  }
}

TEST_CASE("a run in a model's space embeds what it meets, and is another run", "[loop]") {
  testing::FakeVectorMaker model;
  Bench builtin("builtin"), bench("vectors");
  bench.vectors = &model;
  builtin.run();
  bench.run();
  CHECK(bench.records() != builtin.records());
  const auto store = memory::open_store(bench.folder / "bank.db");
  const std::vector<memory::StoredSpace> spaces = store->spaces();
  REQUIRE(spaces.size() == 2);
  CHECK(spaces[1].space.id == "test/model");
  CHECK(spaces[1].vectors > 100);                // instructions, practices, candidates
  CHECK(spaces[1].vectors < spaces[0].vectors);  // the last round was never read
  bench.vectors = nullptr;                       // the folder holds the run with the model
  CHECK_THROWS_AS(bench.run(), UserError);
}

TEST_CASE("a run whose embedding model dies goes on to the same records", "[loop]") {
  testing::FakeVectorMaker steady, dying;
  Bench whole("steady");
  whole.vectors = &steady;
  whole.run();
  Bench bench("dying");
  bench.vectors = &dying;
  int deaths = 0;
  for (dying.calls_left = 3;; dying.calls_left = 3) {
    try {
      bench.run();
      break;
    } catch (const InfrastructureError&) {
      ++deaths;
    }
  }
  CHECK(deaths > 3);
  CHECK(bench.records() == whole.records());
}
