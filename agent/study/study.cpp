#include "agent/study/study.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "agent/generator/registry.h"
#include "agent/loop/synthesis.h"
#include "memory/store.h"
#include "memory/transfer.h"

namespace coldforge::agent::study {
namespace {

namespace fs = std::filesystem;

/// The evaluator of all tasks, for a run of some of them.
class SubsetEvaluator : public Evaluator {
 public:
  SubsetEvaluator(Evaluator& all, const std::vector<std::size_t>& tasks)
      : all_(all), tasks_(tasks) {}

  std::vector<Verdict> evaluate(const std::vector<EvaluationJob>& jobs,
                                const std::function<void(std::size_t)>& on_progress) override {
    std::vector<EvaluationJob> of_all = jobs;
    for (EvaluationJob& job : of_all) job.task = tasks_[job.task];
    return all_.evaluate(of_all, on_progress);
  }
  std::string digest() const override { return all_.digest(); }
  std::int64_t infrastructure_failures() const override { return all_.infrastructure_failures(); }

 private:
  Evaluator& all_;
  const std::vector<std::size_t>& tasks_;
};

/// Before a run begins: the bank of the run that it builds on. Importing twice changes nothing, so
/// that an interruption does no harm.
void fill_bank(memory::Store& store, const std::string& from) {
  memory::StoreOptions options;
  options.mode = memory::OpenMode::Read;
  const auto source = memory::open_store(from, options);
  std::stringstream bank;
  memory::export_bank(*source, bank);
  memory::import_bank(store, bank, from);
}

void run_cell(const StudyInputs& inputs, const Cell& cell,
              const std::function<void(const SynthesisProgress&)>& on_progress) {
  const std::string folder = inputs.folder + "/" + cell.folder;
  if (inputs.fresh) fs::remove_all(folder);
  std::vector<kernels::Task> tasks;
  for (const std::size_t task : cell.tasks) tasks.push_back((*inputs.tasks)[task]);
  SubsetEvaluator evaluator(*inputs.evaluator, cell.tasks);
  const auto generator = make_generator(cell.generator);
  const auto store = memory::open_store(folder + "/bank.db");
  const bool is_new = !fs::exists(folder + "/run.json");
  if (is_new && !cell.bank_from.empty())
    fill_bank(*store, inputs.folder + "/" + cell.bank_from + "/bank.db");

  SynthesisInputs run;
  run.tasks = &tasks;
  run.isa = inputs.isa;
  run.arch = inputs.arch;
  run.generator = generator.get();
  run.evaluator = &evaluator;
  run.store = store.get();
  run.settings = cell.settings;
  run.folder = folder;
  synthesize(run, on_progress);
}

}  // namespace

void run_cells(const StudyInputs& inputs,
               const std::function<void(const StudyProgress&)>& on_progress) {
  std::vector<std::string> names;
  for (const kernels::Task& task : *inputs.tasks) names.push_back(task.name);
  const std::vector<Cell> cells = plan_cells(*inputs.experiment, names);
  StudyProgress progress;
  progress.cells = cells.size();
  for (const Cell& cell : cells) {
    progress.folder = cell.folder;
    progress.is_finished = false;
    run_cell(inputs, cell, [&](const SynthesisProgress& now) {
      progress.candidates_done = now.candidates_done;
      progress.candidates_total = now.candidates_total;
      on_progress(progress);
    });
    progress.is_finished = true;
    on_progress(progress);
    ++progress.cell;
  }
}

}  // namespace coldforge::agent::study
