#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "agent/generator/registry.h"
#include "agent/loop/verifying_evaluator.h"
#include "agent/study/markdown.h"
#include "agent/study/study.h"
#include "cli/context.h"
#include "cli/task_options.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::cli {
namespace {

using nlohmann::ordered_json;
namespace study = agent::study;

struct Options {
  TaskOptions task;
  std::string plan;
  std::string design = "both";
  study::Design factors;         ///< of the command line; a plan has its own
  study::Experiment experiment;  ///< of the command line, without its designs
  std::string out;
  std::string verdicts;
  int jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  bool fresh = false;
  const CLI::Option* seeds = nullptr;
  const CLI::Option* budget = nullptr;
};

/// A file, or the name of a plan that comes with Coldforge.
std::string plan_file(const std::string& plan) {
  if (std::filesystem::exists(plan)) return plan;
  const std::string built_in = isa::share_dir() + "/agent/study/" + plan + ".json";
  if (plan.find('/') == std::string::npos && std::filesystem::exists(built_in)) return built_in;
  throw UserError("--plan " + plan, "is no file and no plan of Coldforge; known is ablation");
}

study::Experiment planned(const Options& options) {
  const std::string file = plan_file(options.plan);
  study::Experiment experiment = study::experiment_from_json(read_file(file), file);
  if (options.seeds->count() > 0) experiment.seeds = options.experiment.seeds;
  if (options.budget->count() > 0) experiment.budget = options.experiment.budget;
  if (options.design == "both") return experiment;
  std::vector<study::Design> chosen;
  std::string known;
  for (const study::Design& design : experiment.designs) {
    if (design.name == options.design) chosen.push_back(design);
    known += (known.empty() ? "" : ", ") + design.name;
  }
  if (chosen.empty()) throw UserError("--design " + options.design, "unknown; known are " + known);
  experiment.designs = chosen;
  return experiment;
}

study::Experiment from_options(const Options& options) {
  study::Experiment experiment = options.experiment;
  experiment.suite = options.task.names;
  if (options.budget->count() == 0 && options.design == "drafting")
    experiment.budget = study::kDraftingHorizon;
  if (options.design != "refining")
    experiment.designs.push_back(study::drafting_design(options.factors));
  if (options.design != "drafting")
    experiment.designs.push_back(study::refining_design(options.factors));
  if (options.design != "both" && options.design != experiment.designs.front().name)
    throw UserError("--design " + options.design, "unknown; known are drafting, refining, both");
  study::check(experiment, "");
  return experiment;
}

std::vector<std::string> names_of(const std::vector<kernels::Task>& tasks) {
  std::vector<std::string> names;
  for (const kernels::Task& task : tasks) names.push_back(task.name);
  return names;
}

/// The tasks of the suite, sorted by name, as many as are drawn.
std::vector<kernels::Task> tasks_of(const study::Experiment& experiment, TaskOptions options) {
  options.names = experiment.suite;
  std::vector<kernels::Task> tasks = options.load_sorted();
  if (experiment.draw == 0) return tasks;
  const std::vector<std::string> drawn =
      study::draw_tasks(names_of(tasks), experiment.draw, experiment.draw_seed);
  tasks.erase(std::remove_if(tasks.begin(), tasks.end(),
                             [&](const kernels::Task& task) {
                               return !std::binary_search(drawn.begin(), drawn.end(), task.name);
                             }),
              tasks.end());
  return tasks;
}

std::string default_folder(const study::Experiment& experiment,
                           const std::vector<kernels::Task>& tasks, const isa::Isa& isa,
                           const isa::Arch& arch) {
  Digest digest;
  for (const kernels::Task& task : tasks) digest.add(task.digest);
  digest.add(study::to_json(experiment).dump()).add(isa.digest()).add(arch.digest);
  return ".coldforge/bench/" + std::to_string(tasks.size()) + "-tasks-" +
         short_digest(digest.hex());
}

void bench(const Options& options, Context& context) {
  if (options.plan.empty() == options.task.names.empty())
    throw UserError("coldforge bench", "needs either SUITE or --plan");
  const study::Experiment experiment =
      options.plan.empty() ? from_options(options) : planned(options);
  const std::vector<kernels::Task> tasks = tasks_of(experiment, options.task);
  const std::size_t runs = study::plan_cells(experiment, names_of(tasks)).size();
  const isa::Isa isa = context.load_isa();
  const isa::Arch arch = context.load_arch();
  study::StudyInputs inputs;
  inputs.experiment = &experiment;
  inputs.tasks = &tasks;
  inputs.isa = &isa;
  inputs.arch = &arch;
  inputs.folder = options.out.empty() ? default_folder(experiment, tasks, isa, arch) : options.out;
  inputs.fresh = options.fresh;
  const agent::VerdictCache verdicts(options.verdicts.empty() ? inputs.folder + "/verdicts"
                                                              : options.verdicts);
  sim::Machine machine(isa, arch);
  agent::VerifyingEvaluator::Options evaluation;
  evaluation.jobs = options.jobs;
  evaluation.cache = &verdicts;
  agent::VerifyingEvaluator evaluator(tasks, machine, evaluation);
  inputs.evaluator = &evaluator;

  ProgressLine progress;
  progress.line(fmt::format("{} runs over {} tasks on {}, {} candidates a task: records in {}",
                            runs, tasks.size(), arch.name, experiment.budget, inputs.folder));
  study::run_cells(inputs, [&](const study::StudyProgress& now) {
    const std::string at = fmt::format("[{:>3}/{}] {}", now.cell + 1, now.cells, now.folder);
    if (now.is_finished) {
      progress.line(at + ": finished");
    } else {
      progress.update(
          fmt::format("{}: {} of {} candidates", at, now.candidates_done, now.candidates_total));
    }
  });
  progress.clear();

  const ordered_json report = study::make_report(inputs);
  const std::string page = study::markdown_of(report);
  write_file_atomic(inputs.folder + "/report.json", report.dump(1) + "\n");
  write_file_atomic(inputs.folder + "/report.md", page);
  context.print(page);
  context.print(fmt::format("\n{0}/report.md\n{0}/report.json\n", inputs.folder));
  context.print_json(report);
}

void add_factor_options(CLI::App& command, Options& options, CLI::Option* plan) {
  study::Design& factors = options.factors;
  const auto add = [&](const char* name, auto& values, const char* words) {
    return command.add_option(name, values, words)
        ->delimiter(',')
        ->allow_extra_args(false)
        ->capture_default_str()
        ->excludes(plan);
  };
  add("--policy", factors.policies,
      "How contexts are chosen; the first is compared with the others")
      ->check(CLI::IsMember(study::arm_policies()));
  add("--start-point", factors.start_points, "How the kernel that is refined is chosen")
      ->check(CLI::IsMember(memory::start_point_policies()));
  add("--lambda", factors.lambdas, "Pool sizes: lambda x N items")->check(CLI::Range(1, 1000));
  add("--q-key", factors.q_keys, "State keys of Q: family, or stage as in the paper")
      ->check(CLI::IsMember({"family", "stage"}));
  add("--credit", factors.credits,
      "What an item is credited with: whole reward, or leave_one_out (more verdicts, no "
      "candidates)")
      ->check(CLI::IsMember({"whole", "leave_one_out"}));
  add("--transfer", factors.transfers,
      "What fills the bank: scratch, mixed (level1 beside level2) or l1-to-l2 (level1 first); but "
      "for scratch alone, level2 is measured")
      ->check(CLI::IsMember(study::transfers()));
  add("--generator", factors.generators, "Who writes kernels; plain search is one arm each")
      ->check(CLI::IsMember(agent::generator_names()));
}

}  // namespace

void add_bench_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("bench", "The whole agent over a suite, arm by arm: tables and curves");
  command->footer(
      "Examples:\n"
      "  coldforge bench 'level1/*' --policy value,similarity,random --seeds 3\n"
      "  coldforge bench @development --draw 20 --lambda 2,5,30 --design refining\n"
      "  coldforge bench 'level1/*' 'level2/*' --transfer scratch,mixed,l1-to-l2\n"
      "  coldforge bench 'level1/*' --generator composer,random_search,evolution\n"
      "  coldforge bench --plan ablation --out runs/ablation       the ablation, as it was fixed\n"
      "Every combination of the lists is an arm; every arm runs every seed. The same command goes "
      "on with a study that was\n"
      "interrupted; other arms and more seeds can be added to the same folder. report.md and "
      "report.json are written into it.\n");
  CLI::Option* suite = command->add_option(
      "SUITE", options->task.names,
      "Files, globs, parts of built-in tasks' names, @development or @measured");
  CLI::Option* plan =
      command->add_option("--plan", options->plan, "A file with a whole experiment, or `ablation`")
          ->type_name("FILE")
          ->excludes(suite);
  add_factor_options(*command, *options, plan);
  study::Experiment& experiment = options->experiment;
  options->seeds = command->add_option("--seeds", experiment.seeds, "Seeds 1 to N, for each arm")
                       ->check(CLI::Range(1, 10000))
                       ->capture_default_str();
  options->budget = command
                        ->add_option("--budget", experiment.budget,
                                     "Candidates a task (default: 30; 15 for --design drafting)")
                        ->check(CLI::Range(1, 100000));
  command
      ->add_option("--design", options->design,
                   "What is judged: drafting, refining, both; with --plan, one of its designs")
      ->capture_default_str();
  command->add_option("--draw", experiment.draw, "Take N tasks of the suite at random (0: all)")
      ->check(CLI::Range(0, 100000))
      ->type_name("N")
      ->excludes(plan);
  command->add_option("--draw-seed", experiment.draw_seed, "Seed of that draw")
      ->capture_default_str()
      ->excludes(plan);
  command->add_option("--context", experiment.context_items, "Items retrieved for a candidate (N)")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str()
      ->excludes(plan);
  command->add_option("--slots", experiment.slots, "Candidates a round")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str()
      ->excludes(plan);
  command
      ->add_option("--out", options->out,
                   "Folder of the study (default: .coldforge/bench/<digest>)")
      ->type_name("DIR");
  command
      ->add_option("--verdicts", options->verdicts,
                   "Verdicts that studies share; changes no result (default: inside --out)")
      ->type_name("DIR");
  command->add_option("--jobs", options->jobs, "Candidates verified at a time; changes no result")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag("--fresh", options->fresh, "Forget what the folder holds of this study");
  add_task_options(*command, options->task);
  add_machine_options(*command, context);
  command->callback([options, &context] { bench(*options, context); });
}

}  // namespace coldforge::cli
