#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/verify/diagnosis.h"
#include "agent/verify/verifier.h"
#include "cli/context.h"
#include "cli/task_options.h"
#include "kernels/eager/eager.h"
#include "sim/base/file.h"

namespace coldforge::cli {
namespace {

using nlohmann::ordered_json;

struct Options {
  TaskOptions task;
  std::string out;  ///< folder of the sources; empty: none is written
};

std::vector<sim::CommitRecord> records_in_order(const sim::RunResult& run) {
  std::vector<sim::CommitRecord> records = run.trace;
  std::sort(records.begin(), records.end(),
            [](const auto& a, const auto& b) { return a.seq < b.seq; });
  return records;
}

/// Cycles of each node: from the first instruction of its call to the first of the next one.
/// Nothing of a node is under way at its end (it ends with a barrier). Renamings take none.
///
/// Nodes that share a function make the same instructions: the line that a call begins with
/// occurs equally often in each.
std::vector<std::int64_t> cycles_by_node(const kernels::EagerKernel& kernel,
                                         const agent::Evidence& evidence) {
  const std::size_t n = kernel.nodes.size();
  std::map<std::string, std::int64_t> calls, begun;
  std::map<std::string, std::pair<int, std::vector<std::int64_t>>> issues;  // first line, cycles
  for (const kernels::EagerNode& node : kernel.nodes) ++calls[node.function];
  std::map<int, std::string> function_of;  // by last line
  for (const kernels::EagerNode& node : kernel.nodes) {
    if (!node.function.empty()) function_of[node.last_line] = node.function;
  }
  for (const sim::CommitRecord& record : records_in_order(*evidence.run)) {
    const int line = evidence.lines.line_of(record.pc);
    const auto found = function_of.lower_bound(line);
    if (found == function_of.end()) continue;
    auto& [first_line, cycles] = issues.emplace(found->second, std::pair(line, std::vector<std::int64_t>()))
                                     .first->second;
    if (line == first_line) cycles.push_back(record.issue);
  }
  std::vector<std::int64_t> first(n, -1), cycles(n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    const std::string& function = kernel.nodes[i].function;
    const auto found = issues.find(function);
    if (function.empty() || found == issues.end()) continue;
    const auto& issued = found->second.second;
    const auto each = static_cast<std::int64_t>(issued.size()) / calls[function];
    first[i] = issued[static_cast<std::size_t>(each * begun[function]++)];
  }
  std::int64_t end = evidence.run->cycles;
  for (std::size_t i = n; i-- > 0;) {
    if (first[i] < 0) continue;
    cycles[i] = end - first[i];
    end = first[i];
  }
  return cycles;
}

void eager(const Options& options, Context& context) {
  const isa::Isa isa = context.load_isa();
  const isa::Arch arch = context.load_arch();
  const kernels::Toolchain toolchain(isa, arch);
  const sim::Machine machine(isa, arch);
  ordered_json document = ordered_json::array();
  for (const kernels::Task& task : options.task.load()) {
    const kernels::EagerKernel kernel = kernels::write_eager(task, arch);
    ordered_json entry = {{"task", task.name}};
    if (!kernel.refusal.empty()) {
      context.print(fmt::format("{}: refused: {}\n", task.name, kernel.refusal));
      entry["verdict"] = "refused";
      entry["reason"] = kernel.refusal;
      document.push_back(entry);
      context.exit_code = 1;
      continue;
    }
    if (!options.out.empty()) {
      const std::filesystem::path path = std::filesystem::path(options.out) / (task.name + ".cpp");
      std::filesystem::create_directories(path.parent_path());
      write_file_atomic(path, kernel.source);
      entry["kernel"] = path.string();
    }
    const agent::Verifier verifier(task, machine, toolchain, {});
    const auto pending = verifier.start(kernel.source);
    const agent::Verdict verdict = pending->finish();
    entry["verdict"] = verdict.name();
    entry["reason"] = verdict.reason;
    entry["cycles"] = verdict.cycles;
    entry["lower_bound_cycles"] = verifier.bound().cycles;
    context.print(fmt::format("{}: {}, {} cycles{}\n", task.name, verdict.name(), verdict.cycles,
                              verdict.pass ? "" : "\n  " + verdict.reason));
    if (!verdict.pass) context.exit_code = 1;
    entry["nodes"] = ordered_json::array();
    if (pending->evidence().run) {
      const std::vector<std::int64_t> cycles = cycles_by_node(kernel, pending->evidence());
      for (std::size_t i = 0; i < kernel.nodes.size(); ++i) {
        const kernels::EagerNode& node = kernel.nodes[i];
        if (node.function.empty()) continue;
        const kernels::Bound bound = kernels::bound_of(
            kernels::node_counts(task.graph, task.graph.nodes[i]), agent::rates_of(arch));
        const double share = static_cast<double>(bound.cycles) /
                             static_cast<double>(std::max<std::int64_t>(1, cycles[i]));
        entry["nodes"].push_back({{"name", node.name},
                                  {"op_type", node.op_type},
                                  {"cycles", cycles[i]},
                                  {"bound_cycles", bound.cycles},
                                  {"limiter", kernels::name_of(bound.limiter)},
                                  {"share", share}});
        context.print(
            fmt::format("  {:<24} {:<20} {:>9} cycles, bound {:>8} ({}), {:.2f} of it{}\n",
                        node.name, node.op_type, cycles[i], bound.cycles,
                        kernels::name_of(bound.limiter), share, share < 0.5 ? "  < 0.5" : ""));
      }
    }
    document.push_back(entry);
  }
  context.print_json(document);
}

}  // namespace

void add_tasks_eager_command(CLI::App& tasks, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      tasks.add_subcommand("eager", "Run the baseline, one plain kernel a node, node by node");
  command->add_option("TASK", options->task.names, "File, glob, or part of a built-in name")
      ->required();
  command->add_option("--out", options->out, "Write the sources there")->type_name("DIR");
  add_task_options(*command, options->task);
  add_machine_options(*command, context);
  command->callback([options, &context] { eager(*options, context); });
}

}  // namespace coldforge::cli
