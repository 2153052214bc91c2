#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <thread>

#include "agent/generator/registry.h"
#include "agent/loop/dry_run.h"
#include "agent/loop/synthesis.h"
#include "agent/loop/verifying_evaluator.h"
#include "cli/backend.h"
#include "cli/context.h"
#include "cli/llm_options.h"
#include "cli/task_options.h"
#include "memory/store.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::cli {
namespace {

using nlohmann::ordered_json;

struct Options {
  TaskOptions task;
  std::string generator = "composer";
  std::string bank = ".coldforge/bank.db";
  std::string out;
  std::string verdicts;  ///< folder; empty: every kernel is judged
  std::string q_key = "family";
  std::string credit = "whole";
  agent::LoopSettings loop;
  int jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  bool fresh = false;
  BackendOptions backend;
  bool confirm = false;
  LlmOptions llm;
  bool slots_given = false;
};

/// The default folder of a run: named by what it works on, so that the same command line finds it
/// again.
std::string default_folder(const Options& options, const std::vector<kernels::Task>& tasks,
                           const isa::Isa& isa, const isa::Arch& arch, const Asking* asking) {
  Digest digest;
  for (const kernels::Task& task : tasks) digest.add(task.digest);
  digest.add(agent::settings_text(options.loop))
      .add(asking != nullptr ? asking->identity() : options.generator)
      .add(options.bank);
  digest.add(isa.digest()).add(arch.digest);
  if (options.backend.name != "model") digest.add(options.backend.name);
  std::string name =
      tasks.size() == 1 ? tasks.front().name : std::to_string(tasks.size()) + "-tasks";
  std::replace(name.begin(), name.end(), '/', '-');
  return ".coldforge/runs/" + name + "-" + short_digest(digest.hex());
}

std::string cycles_text(std::int64_t cycles) { return cycles > 0 ? std::to_string(cycles) : "-"; }

void print_table(const Context& context, const std::vector<agent::TaskOutcome>& outcomes) {
  context.print(fmt::format("\n{:<28}{:>6}{:>9}{:>11}{:>11}{:>9}{:>11}{:>7}  {}\n", "task", "tried",
                            "gate", "first", "best", "eager", "bound", "of it", "limiter"));
  for (const agent::TaskOutcome& outcome : outcomes) {
    std::string share = "-";
    if (outcome.correct) {
      share = fmt::format("{:.2f}", static_cast<double>(outcome.lower_bound_cycles) /
                                        static_cast<double>(outcome.best_cycles));
    }
    context.print(fmt::format(
        "{:<28}{:>6}{:>9}{:>11}{:>11}{:>9}{:>11}{:>7}  {}\n", outcome.task.substr(0, 27),
        outcome.candidates, outcome.gate, cycles_text(outcome.first_correct_cycles),
        cycles_text(outcome.best_cycles), cycles_text(outcome.eager_cycles),
        cycles_text(outcome.lower_bound_cycles), share, outcome.limiter.substr(0, 60)));
  }
  context.print("\n");
  std::int64_t extra = 0;
  for (const agent::TaskOutcome& outcome : outcomes) extra += outcome.extra_verdicts;
  if (extra > 0) context.print(fmt::format("{} verdicts more for leave-one-out credit\n", extra));
  for (const agent::TaskOutcome& outcome : outcomes) {
    if (outcome.correct) {
      context.print(fmt::format("{}{}\n", outcome.kernel,
                                outcome.confirmed ? "  (confirmed on the RTL)" : ""));
    }
    if (!outcome.reason.empty()) {
      context.print(fmt::format("{}: no kernel: {}: {} (docs/reasons.md)\n", outcome.task,
                                outcome.reason, outcome.detail));
    }
    if (!outcome.diverged.empty()) {
      context.print(
          fmt::format("{}: model and RTL differ, look closer with\n"
                      "  coldforge run {} --task {} --backend both\n",
                      outcome.task, outcome.diverged, outcome.task));
    }
  }
}

/// Before the search begins, so that a missing tool is said at once.
sim::Backend load_backends(const Options& options, sim::Machine& machine) {
  const sim::Backend backend = sim::backend_named(options.backend.name);
  const bool wants_rtl = options.confirm || backend != sim::Backend::Model;
  if (!wants_rtl) return load_backend(machine, options.backend);
  load_rtl(machine, options.backend.rtl, /*wave=*/false);
  return backend;
}

/// Says what a run would ask and cost.
void estimate(const Options& options, const Asking& asking, agent::DryRunInputs inputs,
              Context& context) {
  // A bank that is not there yet is empty.
  memory::StoreOptions reading;
  reading.mode = memory::OpenMode::Read;
  if (!std::filesystem::exists(options.bank)) reading = {"ram", memory::OpenMode::Create};
  const auto store = memory::open_store(options.bank, reading);
  inputs.store = store.get();
  inputs.prompts = &asking.prompts();
  inputs.settings = options.loop;
  inputs.model = asking.settings();
  inputs.composer_drafts = asking.generator_name() == "mixed";
  inputs.audits = asking.audits();
  const ordered_json spending = asking.to_json(agent::estimate_spending(inputs));
  context.print(fmt::format("about {}\n", spending_text(spending)));
  context.print_json({{"estimate", spending}});
}

/// In canonical order.
std::vector<kernels::Task> load_tasks(const TaskOptions& options) {
  std::vector<kernels::Task> tasks = options.load_sorted();
  return tasks;
}

/// Runs it, with progress on standard error.
std::vector<agent::TaskOutcome> search(const agent::SynthesisInputs& inputs) {
  ProgressLine progress;
  const std::vector<kernels::Task>& tasks = *inputs.tasks;
  progress.line(
      fmt::format("{} on {}: {} candidates a task, records in {}",
                  tasks.size() == 1 ? tasks.front().name : fmt::format("{} tasks", tasks.size()),
                  inputs.arch->name, inputs.settings.budget, inputs.folder));
  return agent::synthesize(inputs, [&](const agent::SynthesisProgress& now) {
    if (!now.newest.empty()) {
      progress.line(
          fmt::format("[{:>4}/{}] {}", now.candidates_done, now.candidates_total, now.newest));
    } else {
      progress.update(fmt::format("[{:>4}/{}] round {}", now.candidates_done, now.candidates_total,
                                  now.round + 1));
    }
  });
}

void synth(Options options, Context& context) {
  options.loop.key_is_stage = options.q_key == "stage";
  options.loop.leave_one_out = options.credit == "leave_one_out";
  const bool asks =
      agent::asks_somebody(options.generator) || options.llm.audits || options.llm.embeds;
  if (options.llm.estimates && !asks)
    throw UserError("--estimate", "generator " + options.generator + " asks nobody");
  if (options.loop.leave_one_out && agent::asks_somebody(options.generator))
    throw UserError("--credit leave_one_out", "writes every kernel several times over; generator " +
                                                  options.generator + " would be asked each time");
  std::optional<Asking> asking;
  if (asks) asking.emplace(options.llm, options.generator, options.out);
  // A person answers one question after the other.
  const bool is_manual = asking && asking->generator_name() == "manual";
  if (is_manual && !options.slots_given) options.loop.slots = 1;
  const std::vector<kernels::Task> tasks = load_tasks(options.task);
  const isa::Isa isa = context.load_isa();
  const isa::Arch arch = context.load_arch();
  if (options.llm.estimates) {
    agent::DryRunInputs inputs;
    inputs.tasks = &tasks;
    inputs.isa = &isa;
    inputs.arch = &arch;
    return estimate(options, *asking, inputs, context);
  }
  std::unique_ptr<agent::Generator> generator;
  if (!asking) generator = agent::make_generator(options.generator);
  std::optional<agent::VerdictCache> verdicts;
  if (!options.verdicts.empty()) verdicts.emplace(options.verdicts);
  sim::Machine machine(isa, arch);
  agent::VerifyingEvaluator::Options evaluation;
  evaluation.jobs = options.jobs;
  evaluation.cache = verdicts ? &*verdicts : nullptr;
  evaluation.backend = load_backends(options, machine);
  agent::VerifyingEvaluator evaluator(tasks, machine, evaluation);
  const auto store = memory::open_store(options.bank);

  agent::SynthesisInputs inputs;
  inputs.tasks = &tasks;
  inputs.isa = &isa;
  inputs.arch = &arch;
  inputs.folder = options.out.empty()
                      ? default_folder(options, tasks, isa, arch, asking ? &*asking : nullptr)
                      : options.out;
  inputs.generator = generator.get();
  inputs.evaluator = &evaluator;
  inputs.store = store.get();
  inputs.settings = options.loop;
  inputs.fresh = options.fresh;
  inputs.confirm = options.confirm;

  std::vector<agent::TaskOutcome> outcomes;
  try {
    if (asking) {
      asking->open(inputs.folder, options.fresh);
      inputs.generator = &asking->generator();
      inputs.auditor = asking->auditor();
      inputs.vectors = asking->vectors();
    }
    outcomes = search(inputs);
  } catch (const agent::RunStopped& stop) {
    fmt::print(stderr, "asked {}: {}\nstopped: {}\n", asking->model_name(),
               spending_text(asking->spent()), stop.what());
    context.exit_code = 1;
    context.print_json(
        {{"stopped", stop.what()}, {"out", inputs.folder}, {"spent", asking->spent()}});
    return;
  }
  if (asking)
    fmt::print(stderr, "asked {}: {}\n", asking->model_name(), spending_text(asking->spent()));

  ordered_json document = {{"tasks", ordered_json::array()},
                           {"seed", options.loop.seed},
                           {"arch", arch.name},
                           {"backend", options.backend.name},
                           {"out", inputs.folder},
                           {"infrastructure_failures", evaluator.infrastructure_failures()}};
  if (asking) document["spent"] = asking->spent();
  for (const agent::TaskOutcome& outcome : outcomes) {
    document["tasks"].push_back(agent::to_json(outcome));
    if (!outcome.correct || !outcome.diverged.empty()) context.exit_code = 1;
  }
  print_table(context, outcomes);
  context.print_json(document);
}

}  // namespace

void add_synth_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("synth", "Draft and refine kernels for operator tasks");
  command->footer(
      "Examples:\n"
      "  coldforge synth softmax\n"
      "  coldforge synth my_operator.onnx --shape X=64x512 --budget 60\n"
      "  coldforge synth '*' --memory bank.db --out runs/all --seed 3\n"
      "  coldforge synth softmax --generator llm --llm-config local.json --max-cost 2\n"
      "  coldforge synth softmax --generator replay --exchanges runs/a --out runs/b --memory "
      "new.db\n"
      "The same command goes on with a run that was interrupted and shows one that is finished; "
      "--fresh starts anew.\n"
      "With --confirm, a kernel is accepted only if model and RTL agree on it; a finished run can "
      "be confirmed later.\n"
      "Exit code 1 if a task was not solved, if model and RTL differ, or if the run stopped at a "
      "cap or waits for "
      "a person: the same command, with a higher cap, goes on.\n");
  command
      ->add_option("TASK", options->task.names,
                   "File, glob, or an unambiguous part of a built-in task's name")
      ->required();
  command
      ->add_option("--generator", options->generator,
                   "Who writes the kernels: composer, random_search, evolution; a language model "
                   "(llm); a person (manual); mixed: the composer until a task's first correct "
                   "kernel, from then on the model; a recording of these (replay)")
      ->capture_default_str();
  command->add_option("--budget", options->loop.budget, "Candidates a task")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command->add_option("--memory", options->bank, "The memory bank; made if it is not there")
      ->type_name("FILE")
      ->capture_default_str();
  command->add_option("--seed", options->loop.seed, "Seed of all random choices")
      ->capture_default_str();
  command->add_option("--jobs", options->jobs, "Candidates verified at a time; changes no result")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command
      ->add_option("--verdicts", options->verdicts,
                   "Verdicts that runs of this program share; changes no result (default: none)")
      ->type_name("DIR");
  command
      ->add_option("--out", options->out,
                   "Folder of the run (default: .coldforge/runs/<task>-<digest>)")
      ->type_name("DIR");
  command->add_flag("--fresh", options->fresh, "Forget what the folder holds");
  auto* slots = command->add_option("--slots", options->loop.slots,
                                    "Candidates a round, which read one snapshot of the bank "
                                    "(manual: 1 if not said)");
  slots->check(CLI::Range(1, 4096))->capture_default_str();
  command
      ->add_option("--overlap", options->loop.overlap,
                   "Rounds that begin before the one before them has ended, without knowing its "
                   "verdicts: keeps a slow model busy when there are many tasks")
      ->check(CLI::Range(0, 31))
      ->capture_default_str();
  command->add_option("--policy", options->loop.retrieval.policy, "How a context is retrieved")
      ->check(CLI::IsMember(memory::retrieval_policies()))
      ->capture_default_str();
  command
      ->add_option("--start-point", options->loop.start_point.policy,
                   "How the kernel to refine is chosen")
      ->check(CLI::IsMember(memory::start_point_policies()))
      ->capture_default_str();
  command
      ->add_option("--q-key", options->q_key,
                   "State key of Q: family and bottleneck, or stage as in the paper")
      ->check(CLI::IsMember({"family", "stage"}))
      ->capture_default_str();
  command
      ->add_option("--context", options->loop.retrieval.context_items,
                   "Items retrieved for a candidate (N)")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command
      ->add_option("--credit", options->credit,
                   "What an item is credited with: the whole reward, or what is missing without it "
                   "(more verdicts, counted apart)")
      ->check(CLI::IsMember({"whole", "leave_one_out"}))
      ->capture_default_str();
  command->add_option("--lambda", options->loop.retrieval.lambda, "Pool size is lambda x N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  add_llm_options(*command, options->llm);
  add_backend_options(*command, options->backend);
  command->add_flag("--confirm", options->confirm,
                    "Accept kernels only if model and RTL agree on them");
  add_task_options(*command, options->task);
  add_machine_options(*command, context);
  command->callback([options, slots, &context] {
    options->slots_given = slots->count() > 0;
    synth(*options, context);
  });
}

}  // namespace coldforge::cli
