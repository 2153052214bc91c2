#include "agent/loop/synthesis.h"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/loop/leave_one_out.h"
#include "agent/loop/record.h"
#include "memory/verify.h"
#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/random.h"

using namespace coldforge;
using namespace coldforge::agent;
namespace fs = std::filesystem;

namespace {

/// Writes "kernels" that are one number; what it sees of the context moves the number, so that a
/// wrong snapshot shows.
class NumberGenerator : public Generator {
 public:
  std::string name() const override { return "number"; }
  std::string version() const override { return "1"; }
  GeneratedKernel generate(const GenerationRequest& request) override {
    std::uint64_t key = stream_key(request.candidate, stream_key(request.task->digest));
    for (const ContextItem& item : request.context) key = stream_key(item.id, key);
    if (request.start_point != nullptr) key = stream_key(request.start_point->id, key);
    if (request.last_attempt != nullptr) key = stream_key(request.last_attempt->id, key);
    Random random(request.seed, key);
    GeneratedKernel kernel;
    kernel.source = std::to_string(100 + random.below(900));
    kernel.fragments = {{"number", kernel.source, ""}};
    kernel.pattern = "{}";
    return kernel;
  }
  std::vector<std::string> blame(const std::vector<Fragment>&, const std::string&,
                                 const std::string&) const override {
    return {"number"};
  }
};

/// Even numbers are correct and take as many cycles. Can be told to die after some rounds.
class NumberEvaluator : public Evaluator {
 public:
  int rounds_left = 1000000;
  int diverging_below = 0;  ///< numbers that model and RTL disagree about
  int confirmed = 0;        ///< jobs that asked for both
  /// Kernels of the generator are numbers; the baseline is a real source.
  static bool is_baseline(const EvaluationJob& job) { return job.source.compare(0, 2, "//") == 0; }
  static std::vector<Verdict> baselines(std::size_t n) {
    Verdict verdict;
    verdict.pass = true;
    verdict.cycles = 4321;
    return std::vector<Verdict>(n, verdict);
  }
  std::vector<Verdict> evaluate(const std::vector<EvaluationJob>& jobs,
                                const std::function<void(std::size_t)>& on_progress) override {
    if (!jobs.empty() && is_baseline(jobs.front())) return baselines(jobs.size());
    if (rounds_left-- == 0) throw InfrastructureError("the machine died");
    std::vector<Verdict> verdicts;
    for (const EvaluationJob& job : jobs) {
      Verdict verdict;
      const int number = std::stoi(job.source);
      verdict.pass = number % 2 == 0;
      verdict.failing = Gate::Correct;
      verdict.cycles = number;
      verdict.lower_bound_cycles = 100;
      verdict.roofline_fraction = 100.0 / number;
      verdict.bottleneck = "dram";
      verdict.reason = "number " + job.source;
      confirmed += job.confirm ? 1 : 0;
      if (job.confirm && number < diverging_below) {
        verdict.pass = false;
        verdict.failing = Gate::Run;
        verdict.reason = "divergence in trial 1: " + job.source + "\nmore\n";
      }
      verdicts.push_back(verdict);
      on_progress(verdicts.size());
    }
    return verdicts;
  }
  std::string digest() const override { return "numbers"; }
  std::int64_t infrastructure_failures() const override { return 0; }
};

constexpr char kRelu[] =
    "<ir_version: 8, opset_import: [\"\" : 17]>\nrelu (float[4,4] x) => (float[4,4] y) { y = Relu "
    "(x) }\n";
constexpr char kSum[] =
    "<ir_version: 8, opset_import: [\"\" : 17]>\ntwice (float[4,4] x) => (float[4,4] y) { y = Add "
    "(x, x) }\n";

/// One run in a folder of its own, with its own bank.
struct Bench {
  explicit Bench(const std::string& name)
      : folder(fs::temp_directory_path() /
               ("coldforge-loop-" + name + "-" + std::to_string(::getpid()))) {
    fs::remove_all(folder);
    fs::create_directories(folder);
    tasks.push_back(kernels::parse_task(kRelu, "relu"));
    tasks.push_back(kernels::parse_task(kSum, "twice"));
  }
  ~Bench() { fs::remove_all(folder); }

  std::vector<TaskOutcome> run(bool confirm = false) {
    const auto store = memory::open_store(folder / "bank.db");
    SynthesisInputs inputs;
    inputs.tasks = &tasks;
    inputs.isa = &isa;
    inputs.arch = &arch;
    inputs.generator = &generator;
    inputs.evaluator = &evaluator;
    inputs.store = store.get();
    inputs.settings.budget = 12;
    inputs.settings.slots = 5;
    inputs.settings.leave_one_out = leave_one_out;
    inputs.folder = (folder / "run").string();
    inputs.confirm = confirm;
    lines.clear();
    const auto outcomes = synthesize(inputs, [&](const SynthesisProgress& now) {
      if (!now.newest.empty()) lines.push_back(now.newest);
    });
    CHECK(memory::verify(*store).findings == std::vector<std::string>{});
    return outcomes;
  }
  std::string records() const { return read_file(folder / "run/records.jsonl"); }

  fs::path folder;
  std::vector<kernels::Task> tasks;
  isa::Isa isa = isa::Isa::load();
  isa::Arch arch = isa::load_arch("tiny");
  NumberGenerator generator;
  NumberEvaluator evaluator;
  bool leave_one_out = false;
  std::vector<std::string> lines;  ///< of the display, of the last run
};

}  // namespace

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
