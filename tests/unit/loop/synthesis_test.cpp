#include "agent/loop/synthesis.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

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
  std::vector<Verdict> evaluate(const std::vector<EvaluationJob>& jobs,
                                const std::function<void(std::size_t)>& on_progress) override {
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

  std::vector<TaskOutcome> run() {
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
    inputs.folder = (folder / "run").string();
    const auto outcomes = synthesize(inputs, [](const SynthesisProgress&) {});
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
};

}  // namespace

TEST_CASE("a run uses its whole budget, keeps the best kernel, and leaves a clean bank", "[loop]") {
  Bench bench("whole");
  const auto outcomes = bench.run();
  REQUIRE(outcomes.size() == 2);
  for (const TaskOutcome& outcome : outcomes) {
    CHECK(outcome.candidates == 12);
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
