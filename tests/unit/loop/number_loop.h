#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "agent/loop/synthesis.h"
#include "memory/verify.h"
#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/random.h"

/// The loop without kernels: "sources" are numbers, even ones are correct.
namespace coldforge::agent::test {

namespace fs = std::filesystem;

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

inline constexpr char kRelu[] =
    "<ir_version: 8, opset_import: [\"\" : 17]>\nrelu (float[4,4] x) => (float[4,4] y) { y = Relu "
    "(x) }\n";
inline constexpr char kSum[] =
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
    inputs.generator = other_generator ? other_generator.get() : &generator;
    inputs.evaluator = other_evaluator != nullptr ? other_evaluator : &evaluator;
    inputs.store = store.get();
    inputs.vectors = vectors;
    inputs.settings.budget = 12;
    inputs.settings.slots = 5;
    inputs.settings.overlap = overlap;
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
  std::unique_ptr<Generator> other_generator;  ///< instead of it
  NumberEvaluator evaluator;
  memory::VectorMaker* vectors = nullptr;
  Evaluator* other_evaluator = nullptr;  ///< instead of it
  int overlap = 0;
  bool leave_one_out = false;
  std::vector<std::string> lines;  ///< of the display, of the last run
};

}  // namespace coldforge::agent::test
