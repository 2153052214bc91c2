#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/verify/diagnosis.h"
#include "agent/verify/report.h"
#include "cli/kernel_check.h"
#include "kernels/eager/eager.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kStallCauses = 3;

/// The first stall causes, with the line that the critical path names for that unit.
struct Cause {
  std::string unit, reason;
  std::int64_t cycles = 0;
  int line = 0;
  std::string text;
};

/// The line whose instructions a unit waited at: the one that its engine's records name most often
/// for this reason.
int line_of_stall(const agent::Evidence& evidence, const agent::StallShare& stall) {
  std::map<int, std::int64_t> waits;
  if (evidence.run) {
    for (const sim::CommitRecord& record : evidence.run->trace) {
      if (record.unit != stall.unit || record.waited_for != stall.stall) continue;
      waits[evidence.lines.line_of(record.pc)] += record.start - record.issue;
    }
  }
  int best = 0;
  std::int64_t longest = 0;
  for (const auto& [line, cycles] : waits) {
    if (line == 0 || cycles <= longest) continue;
    best = line;
    longest = cycles;
  }
  return best;
}

std::vector<Cause> stall_causes(const CheckedKernel& checked) {
  std::vector<Cause> causes;
  for (const agent::StallShare& stall : agent::stalls_by_length(checked.verdict)) {
    if (causes.size() == kStallCauses) break;
    Cause cause;
    cause.unit = std::string(isa::name_of(stall.unit));
    cause.reason = sim::name_of(stall.stall);
    cause.cycles = stall.cycles;
    cause.line = line_of_stall(checked.pending->evidence(), stall);
    cause.text = agent::source_line(checked.source, cause.line);
    causes.push_back(cause);
  }
  return causes;
}

/// Cycles of the hand-written kernel of this name, if there is one that is correct for the task.
std::optional<std::int64_t> reference_cycles(const CheckedKernel& checked) {
  const std::string name = std::filesystem::path(checked.task->name).filename().string();
  const std::string path = isa::share_dir() + "/kernels/reference/" + name + ".cpp";
  if (!std::filesystem::is_regular_file(path)) return {};
  const agent::Verdict verdict = checked.verifier->verify(read_file(path));
  if (!verdict.pass) return {};
  return verdict.cycles;
}

/// Cycles of the node-by-node baseline, or why there are none.
struct Eager {
  std::optional<std::int64_t> cycles;
  std::string refusal;
};
Eager eager_cycles(const CheckedKernel& checked) {
  const kernels::EagerKernel kernel = kernels::write_eager(*checked.task, checked.machine->arch());
  if (!kernel.refusal.empty()) return {{}, kernel.refusal};
  const agent::Verdict verdict = checked.verifier->verify(kernel.source);
  if (!verdict.pass) return {{}, "it does not pass: " + verdict.name()};
  return {verdict.cycles, ""};
}

/// "N cycles" with the distance of a kernel that passes.
std::string distance_text(std::int64_t cycles, const agent::Verdict& verdict) {
  std::string text = fmt::format("{} cycles", cycles);
  if (verdict.pass) {
    text += fmt::format(", this one {:.2f} times as many",
                        static_cast<double>(verdict.cycles) / static_cast<double>(cycles));
  }
  return text + "\n";
}

std::string bound_text(const kernels::Bound& bound) {
  return fmt::format("{} cycles ({}); dram {}, matrix {}, vector {}, sfu {}", bound.cycles,
                     kernels::name_of(bound.limiter), bound.dram, bound.matrix, bound.vector,
                     bound.sfu);
}

void explain(const KernelOptions& options, Context& context) {
  const CheckedKernel checked = check_kernel(options, context);
  const agent::Verdict& verdict = checked.verdict;
  const kernels::Bound& bound = checked.verifier->bound();
  const std::vector<Cause> causes = stall_causes(checked);
  const std::string advice = agent::suggestion(verdict);
  const std::int64_t eager_bound = kernels::eager_lower_bound_cycles(
      checked.task->graph, agent::rates_of(checked.machine->arch()));
  const Eager eager = eager_cycles(checked);

  std::string text = fmt::format("{} on {}: {}\nlower bound: {}\n", options.kernel,
                                 checked.task->name, verdict.name(), bound_text(bound));
  text += fmt::format("one kernel a node could not beat {} cycles\n", eager_bound);
  if (verdict.trials_run > 0) {
    text += fmt::format("cycles: {}, {:.2f} times the bound, bottleneck {}\n", verdict.cycles,
                        static_cast<double>(verdict.cycles) / static_cast<double>(bound.cycles),
                        verdict.bottleneck);
  }
  const std::optional<std::int64_t> reference = reference_cycles(checked);
  if (reference) text += "the hand-written kernel takes " + distance_text(*reference, verdict);
  if (eager.cycles) {
    text += "one plain kernel a node takes " + distance_text(*eager.cycles, verdict);
  } else {
    text += "there is no kernel a node to compare with: " + eager.refusal + "\n";
  }
  if (!verdict.pass) text += verdict.reason + "\n";
  if (!causes.empty()) text += "first stall causes:\n";
  for (const Cause& cause : causes) {
    text += fmt::format(
        "  {} waits for {}: {} cycles{}\n", cause.unit, cause.reason, cause.cycles,
        cause.line > 0 ? fmt::format(", most at line {}: {}", cause.line, cause.text) : "");
  }
  if (!verdict.path.empty()) text += "critical path, its end:\n";
  for (const std::string& step : verdict.path) text += "  " + step + "\n";
  text += "suggestion: " + advice + "\n";
  context.print(text);

  ordered_json json = to_json(verdict);
  json["bound"] = {
      {"dram", bound.dram}, {"matrix", bound.matrix}, {"vector", bound.vector}, {"sfu", bound.sfu}};
  json["eager_lower_bound_cycles"] = eager_bound;
  json["eager_cycles"] = eager.cycles ? ordered_json(*eager.cycles) : ordered_json();
  json["reference_cycles"] = reference ? ordered_json(*reference) : ordered_json();
  json["stall_causes"] = ordered_json::array();
  for (const Cause& cause : causes) {
    json["stall_causes"].push_back({{"unit", cause.unit},
                                    {"reason", cause.reason},
                                    {"cycles", cause.cycles},
                                    {"line", cause.line},
                                    {"text", cause.text}});
  }
  json["suggestion"] = advice;
  context.print_json(json);
  context.exit_code = verdict.pass ? 0 : 1;
}

}  // namespace

void add_explain_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<KernelOptions>();
  CLI::App* command =
      app.add_subcommand("explain", "Why a kernel is not faster, and what to change");
  command->footer("Example:\n  coldforge explain kernels/reference/softmax.cpp --task softmax");
  add_kernel_options(*command, *options);
  add_machine_options(*command, context);
  command->callback([options, &context] { explain(*options, context); });
}

}  // namespace coldforge::cli
