#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agent/verify/report.h"
#include "cli/kernel_check.h"
#include "kernels/npy.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::cli {
namespace {

using nlohmann::ordered_json;

struct Options {
  KernelOptions kernel;
  std::string dump;
  std::string trace;
};

std::map<std::string, kernels::Tensor> read_inputs(const std::vector<std::string>& arguments) {
  std::map<std::string, kernels::Tensor> inputs;
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UserError("--input " + argument, "must be NAME=FILE.npy");
    }
    inputs[argument.substr(0, equals)] = kernels::read_npy(argument.substr(equals + 1));
  }
  return inputs;
}

/// Output names may hold characters that a file name should not.
std::string file_name(const std::string& output) {
  std::string name;
  for (const char c : output)
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.'
                ? c
                : '_';
  return name + ".npy";
}

void dump_outputs(const CheckedKernel& checked, const std::string& folder) {
  const std::vector<kernels::Tensor>& outputs = checked.pending->evidence().outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    kernels::write_npy(
        std::filesystem::path(folder) / file_name(checked.task->graph.outputs[i].name), outputs[i]);
  }
}

void write_trace(const CheckedKernel& checked, const std::string& path) {
  const agent::Evidence& evidence = checked.pending->evidence();
  if (!evidence.run)
    throw UserError(path,
                    "there is no trace: the kernel did not run (" + checked.verdict.name() + ")");
  write_file_atomic(path, sim::perfetto_trace(*checked.machine, *evidence.run));
}

ordered_json document(const CheckedKernel& checked, const Options& options) {
  ordered_json json = to_json(checked.verdict);
  json["task"] = checked.task->name;
  json["kernel"] = options.kernel.kernel;
  json["backend"] = options.kernel.backend.name;
  json["arch"] = checked.machine->arch().name;
  json["seed"] = options.kernel.seed;
  json["peak_rates"] = ordered_json::object();
  for (const agent::PeakRate& rate : agent::peak_rates(checked.verdict, checked.machine->arch())) {
    json["peak_rates"][rate.name] = {
        {"achieved", rate.achieved}, {"peak", rate.peak}, {"unit", rate.unit}};
  }
  const agent::Evidence& evidence = checked.pending->evidence();
  if (evidence.run) json["printed"] = evidence.run->printed;
  return json;
}

std::string report(const CheckedKernel& checked, const Options& options) {
  const agent::Verdict& verdict = checked.verdict;
  std::string text =
      fmt::format("{} on {}: {}", options.kernel.kernel, checked.task->name, verdict.name());
  if (verdict.trials_run > 0)
    text += fmt::format(", {} of {} trials passed", verdict.trials_passed, verdict.trials_run);
  text += "\n";
  if (!verdict.pass) {
    text += verdict.reason + (verdict.reason.empty() || verdict.reason.back() != '\n' ? "\n" : "");
  }
  if (verdict.trials_run == 0) return text;
  text += fmt::format("cycles {}, lower bound {} ({})", verdict.cycles, verdict.lower_bound_cycles,
                      verdict.limiter);
  if (verdict.pass) text += fmt::format(", roofline fraction {:.3f}", verdict.roofline_fraction);
  text += fmt::format(", bottleneck {}\n\n", verdict.bottleneck);
  text += agent::profile_text(verdict, checked.machine->arch());
  const agent::Evidence& evidence = checked.pending->evidence();
  if (evidence.run && !evidence.run->printed.empty()) {
    text += "\nprinted by the kernel (never part of the verdict)\n" + evidence.run->printed + "\n";
  }
  return text;
}

void run(const Options& options, Context& context) {
  const CheckedKernel checked = check_kernel(options.kernel, context);
  if (!options.dump.empty()) dump_outputs(checked, options.dump);
  if (!options.trace.empty()) write_trace(checked, options.trace);
  context.print(report(checked, options));
  ordered_json json = document(checked, options);
  const agent::Evidence& evidence = checked.pending->evidence();
  if (evidence.failed && evidence.run->outcome == sim::Outcome::Divergence) {
    const Wave wave = write_diverging_wave(*checked.machine, options.kernel.backend,
                                           evidence.failed->program, evidence.failed->data->buffers,
                                           evidence.failed->options, *evidence.run);
    context.print(wave.text + "\n");
    json["diverged_at"] = evidence.run->diverged_at;
    json["wave"] = wave.file;
  }
  context.print_json(json);
  context.exit_code = checked.verdict.pass ? 0 : 1;
}

}  // namespace

void add_kernel_options(CLI::App& command, KernelOptions& options) {
  command.add_option("kernel", options.kernel, "Kernel source")
      ->required()
      ->type_name("KERNEL.cpp");
  command
      .add_option("--task", options.task, "Task: a built-in name or part of it, or a model file")
      ->required()
      ->type_name("TASK");
  add_task_options(command, options.reading);
  command
      .add_option("--input", options.inputs,
                  "Input from a file instead of a generated one, repeatable")
      ->type_name("NAME=F.npy")
      ->allow_extra_args(false);
  command.add_option("--seed", options.seed, "Seed of the generated inputs")->capture_default_str();
  command.add_option("--trials", options.trials, "Checks with different inputs")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
}

CheckedKernel check_kernel(const KernelOptions& options, const Context& context) {
  CheckedKernel checked;
  checked.source = read_file(options.kernel);
  TaskOptions task_options = options.reading;
  task_options.names = {options.task};
  std::vector<kernels::Task> tasks = task_options.load();
  if (tasks.size() != 1)
    throw UserError("--task " + options.task,
                    fmt::format("means {} tasks, one is wanted", tasks.size()));
  checked.task = std::make_unique<kernels::Task>(std::move(tasks.front()));
  const isa::Isa isa = context.load_isa();
  const isa::Arch arch = context.load_arch();
  checked.toolchain = std::make_unique<kernels::Toolchain>(isa, arch);
  checked.machine = std::make_unique<sim::Machine>(isa, arch);
  agent::VerifyOptions verify;
  verify.backend = load_backend(*checked.machine, options.backend);
  verify.wave = options.backend.wave;
  verify.seed = options.seed;
  verify.trials = options.trials;
  verify.inputs = read_inputs(options.inputs);
  checked.verifier = std::make_unique<agent::Verifier>(*checked.task, *checked.machine,
                                                       *checked.toolchain, verify);
  checked.pending = checked.verifier->start(checked.source);
  checked.verdict = checked.pending->finish();
  return checked;
}

void add_run_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("run", "Verify one kernel of a task, with its profile");
  command->footer(
      "Example:\n  coldforge run kernels/reference/softmax.cpp --task softmax --trace "
      "softmax.json\n"
      "--backend both runs model and RTL side by side; where they differ first, a waveform around "
      "it is written\n(diverged.fst, or the file of --wave).\n");
  add_kernel_options(*command, options->kernel);
  add_backend_options(*command, options->kernel.backend);
  command->add_option("--dump", options->dump, "Write the outputs of the first trial as .npy")
      ->type_name("DIR");
  command->add_option("--trace", options->trace, "Write a trace that opens in Perfetto")
      ->type_name("F.json");
  command
      ->add_option("--wave", options->kernel.backend.wave,
                   "Write a waveform of the first trial, or of what diverged (RTL only)")
      ->type_name("F.fst");
  add_machine_options(*command, context);
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace coldforge::cli
