#include "agent/study/study.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agent/study/markdown.h"
#include "memory/snapshot.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

using namespace coldforge;
using namespace coldforge::agent;
using namespace coldforge::agent::study;
namespace fs = std::filesystem;

namespace {

/// Cycles and correctness from the source's digest: no compiler, no simulator.
class DigestEvaluator : public Evaluator {
 public:
  int batches = 0;
  int batches_left = 1'000'000;  ///< then the machine dies
  std::vector<Verdict> evaluate(const std::vector<EvaluationJob>& jobs,
                                const std::function<void(std::size_t)>& on_progress) override {
    if (batches_left-- == 0) throw InfrastructureError("the machine died");
    ++batches;
    std::vector<Verdict> verdicts;
    for (const EvaluationJob& job : jobs) {
      const int number = std::stoi(digest_of(job.source).substr(0, 4), nullptr, 16);
      Verdict verdict;
      verdict.elf_digest = "elf";
      verdict.pass = number % 3 != 0;
      verdict.failing = Gate::Correct;
      verdict.cycles = 1000 + number;
      verdict.lower_bound_cycles = 1000;
      verdict.roofline_fraction = 1000.0 / static_cast<double>(verdict.cycles);
      verdict.bottleneck = "dram";
      verdict.reason = "number " + std::to_string(number);
      verdicts.push_back(verdict);
      on_progress(verdicts.size());
    }
    return verdicts;
  }
  std::string digest() const override { return "digests"; }
  std::int64_t infrastructure_failures() const override { return 0; }
};

struct Bench {
  explicit Bench(const std::string& name)
      : folder(fs::temp_directory_path() /
               ("coldforge-study-" + name + "-" + std::to_string(::getpid()))) {
    fs::remove_all(folder);
    for (const char* op : {"Exp", "Relu"}) {
      const std::string text =
          "<ir_version: 8, opset_import: [\"\" : 17]>\nt (float[8,64] x) => (float[8,64] y) { y "
          "= " +
          std::string(op) + " (x) }\n";
      tasks.push_back(
          kernels::parse_task(text, std::string(op) == "Exp" ? "level1/exp" : "level2/relu"));
    }
    Design design = refining_design(Design());
    design.policies = {"value", "none", "oracle"};
    experiment.suite = {"level*"};
    experiment.budget = 4;
    experiment.reference_budget = 5;
    experiment.seeds = 2;
    experiment.slots = 2;
    experiment.designs = {design};
    experiment.designs.push_back(drafting_design(Design()));
    experiment.designs.back().transfers = {"scratch", "l1-to-l2"};
  }
  ~Bench() { fs::remove_all(folder); }

  StudyInputs inputs() {
    StudyInputs inputs;
    inputs.experiment = &experiment;
    inputs.tasks = &tasks;
    inputs.isa = &isa;
    inputs.arch = &arch;
    inputs.evaluator = &evaluator;
    inputs.folder = folder.string();
    return inputs;
  }
  std::string run() {
    const StudyInputs in = inputs();
    run_cells(in, [](const StudyProgress&) {});
    return make_report(in).dump();
  }

  fs::path folder;
  std::vector<kernels::Task> tasks;
  Experiment experiment;
  isa::Isa isa = isa::Isa::load();
  isa::Arch arch = isa::load_arch("edge");
  DigestEvaluator evaluator;
};

}  // namespace

TEST_CASE("a study that died again and again reports the same bytes", "[study]") {
  Bench whole("whole"), broken("broken");
  const std::string report = whole.run();
  std::string resumed;
  int deaths = 0;
  for (int life = 0; resumed.empty() && life < 200; ++life) {
    broken.evaluator.batches_left = 3;
    try {
      resumed = broken.run();
    } catch (const InfrastructureError&) {
      ++deaths;
    }
  }
  CHECK(deaths > 10);
  CHECK(resumed == report);
}

TEST_CASE("a finished cell is not run again, and seeds can be added", "[study]") {
  Bench bench("again");
  const std::string report = bench.run();
  bench.evaluator.batches = 0;
  CHECK(bench.run() == report);
  CHECK(bench.evaluator.batches == 0);
  bench.experiment.seeds = 3;
  bench.run();
  CHECK(bench.evaluator.batches > 0);
}

TEST_CASE("a report has figures for every arm and a difference for every factor", "[study]") {
  Bench bench("report");
  const auto report = nlohmann::ordered_json::parse(bench.run());
  const auto& refining = report.at("designs").at(0);
  CHECK(refining.at("arms").size() == 3);
  REQUIRE(refining.at("differences").size() == 2);
  CHECK(refining.at("differences")[0].at("baseline") == "value");
  CHECK(refining.at("differences")[0].at("arm") == "none");
  CHECK(refining.at("arms")[0].at("figures").at("runs") == 4);
  const auto& transfer = report.at("designs").at(1);
  CHECK(transfer.at("arms")[1].at("label") == "transfer l1-to-l2");
  CHECK(transfer.at("arms")[1].at("figures").at("runs") == 2);  // level 2 only
  const std::string page = markdown_of(report);
  CHECK(page.find("## refining: refining_area") != std::string::npos);
  CHECK(page.find("value − oracle") != std::string::npos);
  CHECK(page.find("- level2/relu (elementwise)") != std::string::npos);
}

TEST_CASE("a cell that builds on another begins with that one's bank", "[study]") {
  Bench bench("bank");
  bench.run();
  Arm arm;
  arm.measured = "level2/";
  arm.transfer = "l1-to-l2";
  const auto store = memory::open_store(bench.folder / cell_folder(arm, 1) / "bank.db");
  const memory::Snapshot snapshot(*store);
  int of_source = 0;
  for (memory::ItemId id = 0; id < snapshot.size(); ++id)
    of_source += snapshot.item(id).task_name == "level1/exp";
  CHECK(of_source > 0);
}
