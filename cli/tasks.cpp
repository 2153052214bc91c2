#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/verify/diagnosis.h"
#include "cli/context.h"
#include "cli/task_options.h"
#include "kernels/compare.h"
#include "kernels/families.h"
#include "kernels/golden/golden.h"
#include "kernels/inputs.h"
#include "kernels/npy.h"
#include "sim/base/error.h"

namespace coldforge::cli {
namespace {

using nlohmann::ordered_json;

/// What `tasks eval` answers when the model uses operators that we do not know: the convention of
/// ONNX back-end runners for "skipped".
constexpr int kUnsupportedExitCode = 77;

struct Options {
  TaskOptions task;
  std::string model;
  std::vector<std::string> inputs;
  std::string out = ".";
  bool operators = false;
  std::uint64_t seed = 1;
};

ordered_json value_json(const kernels::Value& value) {
  return {{"name", value.name}, {"type", name_of(value.type)}, {"shape", value.shape}};
}

void list(const Options& options, const Context& context) {
  ordered_json document = ordered_json::array();
  if (options.operators) {
    for (const auto& info : kernels::golden::supported_operators()) {
      document.push_back({{"name", info.name}, {"least_version", info.least_version}});
      context.print(
          fmt::format("{:<28} from operator version {}\n", info.name, info.least_version));
    }
    context.print_json(document);
    return;
  }
  const kernels::TaskLibrary library = built_in_tasks();
  for (const auto& entry : library.entries()) {
    const kernels::Task task = kernels::load_task(entry.path);
    std::string inputs;
    for (const auto& value : task.graph.inputs) {
      inputs += (inputs.empty() ? "" : ", ") + kernels::type_text(value.type, value.shape);
    }
    const std::string family = kernels::family_of(task.graph);
    document.push_back({{"name", entry.name},
                        {"path", entry.path.string()},
                        {"digest", task.digest},
                        {"family", family}});
    context.print(fmt::format("{:<32} {:<22} {}\n", entry.name, family, inputs));
  }
  context.print_json(document);
}

void show(const Options& options, const Context& context) {
  ordered_json document = ordered_json::array();
  const isa::Arch arch = context.load_arch();
  for (const kernels::Task& task : options.task.load()) {
    const kernels::Bound bound = kernels::lower_bound(task.graph, agent::rates_of(arch));
    ordered_json inputs = ordered_json::array(), outputs = ordered_json::array();
    for (const auto& value : task.graph.inputs) inputs.push_back(value_json(value));
    for (const auto& value : task.graph.outputs) outputs.push_back(value_json(value));
    document.push_back({{"name", task.name},
                        {"path", task.path.string()},
                        {"digest", task.digest},
                        {"family", kernels::family_of(task.graph)},
                        {"inputs", inputs},
                        {"outputs", outputs},
                        {"rtol", task.tolerance.rtol},
                        {"atol", task.tolerance.atol},
                        {"lower_bound_cycles", bound.cycles},
                        {"limiter", kernels::name_of(bound.limiter)}});
    context.print(fmt::format("{}  ({})\n{}tolerance: rtol {}, atol {} x min(1, rms)\n", task.name,
                              task.path.string(), kernels::pretty_text(task.graph),
                              task.tolerance.rtol, task.tolerance.atol));
    context.print(fmt::format(
        "lower bound on {}: {} cycles, by {} (dram {}, matrix {}, vector {}, sfu {})\n\n",
        arch.name, bound.cycles, kernels::name_of(bound.limiter), bound.dram, bound.matrix,
        bound.vector, bound.sfu));
  }
  context.print_json(document);
}

void check(const Options& options, Context& context) {
  ordered_json document = ordered_json::array();
  TaskOptions selection = options.task;
  if (selection.names.empty()) selection.names = {"*", "*/*"};
  for (const kernels::Task& task : selection.load()) {
    const kernels::TaskSoundness soundness = kernels::check_task(task);
    document.push_back(
        {{"name", task.name}, {"sound", soundness.sound()}, {"findings", soundness.findings}});
    context.print(fmt::format("{:<32} {}\n", task.name, soundness.sound() ? "sound" : "NOT SOUND"));
    for (const std::string& finding : soundness.findings) context.print("  " + finding + "\n");
    if (!soundness.sound()) context.exit_code = 1;
  }
  context.print_json(document);
}

/// The inputs given as files, or made from the seed if none is given.
std::vector<kernels::Tensor> eval_inputs(const Options& options, const kernels::Task& task) {
  if (options.inputs.empty())
    return kernels::make_inputs(task, {options.seed, kernels::Distribution::Normal});
  std::vector<kernels::Tensor> inputs;
  for (const std::string& path : options.inputs) inputs.push_back(kernels::read_npy(path));
  return inputs;
}

void eval(const Options& options, Context& context) {
  TaskOptions selection = options.task;
  selection.names = {options.model};
  try {
    const std::vector<kernels::Task> tasks = selection.load();
    if (tasks.size() != 1) throw UserError(options.model, "names several tasks; eval takes one");
    const kernels::Task& task = tasks.front();
    const auto outputs = kernels::golden::evaluate(task.graph, eval_inputs(options, task));
    ordered_json files = ordered_json::array();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const kernels::Value& value = task.graph.outputs[i];
      const auto path = std::filesystem::path(options.out) / (value.name + ".npy");
      kernels::write_npy(path, outputs[i]);
      files.push_back(path.string());
      context.print(
          fmt::format("{}  {}\n", path.string(), kernels::type_text(value.type, value.shape)));
    }
    context.print_json({{"task", task.name}, {"outputs", files}});
  } catch (const kernels::UnsupportedOperators& error) {
    fmt::print(stderr, "coldforge: {}\n", error.what());
    context.exit_code = kUnsupportedExitCode;
  }
}

}  // namespace

void add_tasks_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("tasks", "Operator tasks: what is to be computed");
  command->require_subcommand(1);
  command->footer(
      "Examples:\n"
      "  coldforge tasks list\n"
      "  coldforge tasks show softmax\n"
      "  coldforge tasks check my_operator.onnx\n"
      "  coldforge tasks eager softmax --out eager/\n"
      "  coldforge tasks eval my_operator.onnx x.npy --out golden/\n");

  CLI::App* action =
      command->add_subcommand("list", "The built-in tasks, or the supported ONNX operators");
  action->add_flag("--operators", options->operators, "List the ONNX operators that tasks may use");
  add_output_options(*action, context);
  action->callback([options, &context] { list(*options, context); });

  action = command->add_subcommand("show", "Graph, tolerance and lower bound of tasks");
  action->add_option("TASK", options->task.names, "File, glob, or part of a built-in name")
      ->required();
  add_task_options(*action, options->task);
  add_machine_options(*action, context);
  action->callback([options, &context] { show(*options, context); });

  action =
      command->add_subcommand("check", "Prove that trivial answers fail and every input matters");
  action->add_option("TASK", options->task.names,
                     "File, glob, or part of a built-in name; none: all built-in tasks");
  add_task_options(*action, options->task);
  add_output_options(*action, context);
  action->callback([options, &context] { check(*options, context); });

  add_tasks_eager_command(*command, context);

  action = command->add_subcommand(
      "eval", "Golden outputs as .npy; exit code 77 if an operator is not supported");
  action->add_option("MODEL", options->model, "File or built-in task")->required();
  action->add_option("INPUT.npy", options->inputs,
                     "One file for each graph input, in order; none: made from --seed");
  action->add_option("--out", options->out, "Folder of the outputs")->capture_default_str();
  action->add_option("--seed", options->seed, "Seed of generated inputs")->capture_default_str();
  add_task_options(*action, options->task);
  add_output_options(*action, context);
  action->callback([options, &context] { eval(*options, context); });
}

}  // namespace coldforge::cli
