#include "agent/loop/dry_run.h"

#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "agent/generator/composer.h"
#include "agent/loop/synthesis.h"
#include "agent/prompt/tokens.h"
#include "memory/transfer.h"
#include "sim/base/error.h"
#include "sim/base/random.h"

namespace coldforge::agent {
namespace {

namespace fs = std::filesystem;

/// Assumptions about a model, from what chat models do with such prompts.
constexpr std::uint32_t kRepairEvery = 12;
constexpr std::int64_t kWordsBeforeCode = 120;  ///< tokens
constexpr std::int64_t kAuditAnswer = 150;      ///< tokens

/// A verifier's words have some 900 characters if a kernel passes, a third of it if not.
constexpr std::size_t kPassWords = 900, kFailWords = 300;

class StandInModel : public Generator {
 public:
  StandInModel(const DryRunInputs& inputs, Spending& spent) : in_(inputs), spent_(spent) {}
  std::string name() const override { return "estimate"; }
  std::string version() const override { return "1"; }
  std::vector<std::string> blame(const std::vector<Fragment>& fragments, const std::string& gate,
                                 const std::string& reason) const override {
    return composer_.blame(fragments, gate, reason);
  }

  GeneratedKernel generate(const GenerationRequest& request) override {
    GeneratedKernel kernel = composer_.generate(request);
    if (in_.composer_drafts && request.stage == Stage::Draft) return kernel;
    const prompt::Prompt asked = in_.prompts->write(request, in_.model.prompt_tokens);
    if (!asked.problem.empty()) return kernel;
    const std::int64_t question = prompt::likely_tokens_of(asked.messages);
    const std::int64_t answer =
        std::min(in_.model.answer_tokens, kWordsBeforeCode + prompt::likely_tokens(kernel.source));
    spent_.add({1, question, answer});
    Random random(request.seed, stream_key(request.candidate, stream_key(request.task->digest)));
    if (random.below(kRepairEvery) == 0) spent_.add({1, question + answer, answer});
    return kernel;
  }

 private:
  const DryRunInputs& in_;
  Spending& spent_;
  Composer composer_;
};

class StandInEvaluator : public Evaluator {
 public:
  std::vector<Verdict> evaluate(const std::vector<EvaluationJob>& jobs,
                                const std::function<void(std::size_t)>& on_progress) override {
    std::vector<Verdict> verdicts;
    for (const EvaluationJob& job : jobs) {
      Random random(1, stream_key(job.source));
      Verdict verdict;
      verdict.pass = job.hidden || random.below(2) == 0;
      verdict.failing = Gate::Correct;
      verdict.cycles = 10'000 + random.below(10'000);
      verdict.lower_bound_cycles = 10'000;
      verdict.roofline_fraction = verdict.pass ? 0.6 : 0;
      verdict.bottleneck = "ordering";
      verdict.reason = std::string(verdict.pass ? kPassWords : kFailWords, ' ');
      // Words of the usual length.
      for (std::size_t i = 0; i < verdict.reason.size(); ++i) {
        if (i % 6 != 5) verdict.reason[i] = static_cast<char>('a' + i % 26);
      }
      verdicts.push_back(verdict);
      on_progress(verdicts.size());
    }
    return verdicts;
  }
  std::string digest() const override { return "estimate"; }
  std::int64_t infrastructure_failures() const override { return 0; }
};

class StandInAuditor : public Auditor {
 public:
  StandInAuditor(const prompt::Prompts& prompts, Spending& spent)
      : prompts_(prompts), spent_(spent) {}
  std::string digest() const override { return "estimate"; }
  std::string objection(const Subject& subject) override {
    const auto question = prompts_.audit({subject.task, subject.source, subject.verdict->cycles,
                                          subject.verdict->lower_bound_cycles});
    const std::lock_guard<std::mutex> lock(mutex_);
    spent_.add({1, prompt::likely_tokens_of(question), kAuditAnswer});
    return "";
  }

 private:
  const prompt::Prompts& prompts_;
  Spending& spent_;
  std::mutex mutex_;
};

/// A folder for the run's files, gone afterwards.
class PassingFolder {
 public:
  PassingFolder() {
    std::string name = (fs::temp_directory_path() / "coldforge-estimate-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw InfrastructureError(name + ": a temporary folder cannot be made");
    path = name;
  }
  ~PassingFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  PassingFolder(const PassingFolder&) = delete;
  PassingFolder& operator=(const PassingFolder&) = delete;
  std::string path;
};

}  // namespace

Spending estimate_spending(const DryRunInputs& inputs) {
  const PassingFolder folder;
  memory::StoreOptions in_memory;
  in_memory.backend = "ram";
  const auto store = memory::open_store(folder.path + "/bank", in_memory);
  std::stringstream bank;
  memory::export_bank(*inputs.store, bank);
  memory::import_bank(*store, bank, inputs.store->name());

  Spending of_model, of_auditor;
  StandInModel model(inputs, of_model);
  StandInEvaluator evaluator;
  StandInAuditor auditor(*inputs.prompts, of_auditor);
  SynthesisInputs run;
  run.tasks = inputs.tasks;
  run.isa = inputs.isa;
  run.arch = inputs.arch;
  run.generator = &model;
  run.evaluator = &evaluator;
  run.store = store.get();
  if (inputs.audits) run.auditor = &auditor;
  run.settings = inputs.settings;
  run.folder = folder.path + "/run";
  synthesize(run, [](const SynthesisProgress&) {});
  of_model.add(of_auditor);
  return of_model;
}

}  // namespace coldforge::agent
