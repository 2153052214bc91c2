#include "agent/loop/experience.h"

#include <map>

#include "agent/verify/source_rules.h"
#include "memory/value.h"

namespace coldforge::agent {
namespace {

std::string_view kind_for_generator(memory::ItemKind kind) {
  switch (kind) {
    case memory::ItemKind::Api:
      return "api";
    case memory::ItemKind::BestPractice:
      return "best_practice";
    case memory::ItemKind::SummarySuccess:
    case memory::ItemKind::SummaryFailure:
      return "summary";
    case memory::ItemKind::TraceDraft:
    case memory::ItemKind::TraceRefine:
      break;
  }
  return "trace";
}

}  // namespace

std::vector<std::pair<std::string, double>> task_facts(const kernels::Task& task,
                                                       const isa::Arch& arch) {
  // Operators say most about a task, then how they are joined, then sizes; the machine is a hint.
  constexpr double kOperator = 1.0, kEdge = 0.7, kExtent = 0.3, kType = 0.3, kMachine = 0.2;
  std::map<std::string, double> facts;
  const kernels::Graph& graph = task.graph;
  for (const kernels::Node& node : graph.nodes) {
    facts["op:" + node.op_type] += kOperator;
    for (const std::string& input : node.inputs) {
      const kernels::Node* producer = input.empty() ? nullptr : graph.producer(input);
      if (producer != nullptr) facts["edge:" + producer->op_type + ">" + node.op_type] += kEdge;
    }
  }
  facts["family:" + task_family(task)] += kOperator;
  for (const kernels::Value& value : graph.inputs) {
    facts["type:" + std::string(name_of(value.type))] += kType;
    facts["rank:" + std::to_string(value.shape.size())] += kExtent;
    for (std::size_t axis = 0; axis < value.shape.size(); ++axis) {
      facts["extent:" + std::to_string(value.shape.size() - axis) + ":" +
            std::to_string(size_class(value.shape[axis]))] += kExtent;
    }
  }
  facts["arch:" + arch.name] += kMachine;
  return {facts.begin(), facts.end()};
}

memory::Item api_item(const isa::ApiItem& api, const isa::Isa& isa) {
  memory::Item item;
  item.kind = memory::ItemKind::Api;
  item.name = api.name;
  item.pattern = api.content;
  item.source = api.call;
  item.facts = {{"unit:" + api.unit, 1.0}};
  item.isa = isa.digest();
  return item;
}

memory::Item trace_item(const Trial& trial) {
  const Verdict& verdict = *trial.verdict;
  memory::Item item;
  item.kind =
      trial.stage == Stage::Draft ? memory::ItemKind::TraceDraft : memory::ItemKind::TraceRefine;
  item.stage = trial.stage == Stage::Draft ? memory::kDraft : memory::kRefine;
  item.name = trial.task->name;
  item.pattern = trial.kernel->pattern;
  for (const Fragment& fragment : trial.kernel->fragments) {
    item.fragments.push_back({fragment.hole, fragment.value, fragment.condition});
  }
  item.facts = task_facts(*trial.task, *trial.arch);
  item.source = trial.kernel->source;
  item.text = verdict.reason;
  item.verdict = verdict.pass ? "pass" : "fail";
  item.failing_gate = verdict.pass ? "" : name_of(verdict.failing);
  item.blamed_holes = trial.blamed;
  if (verdict.pass) {
    item.cycles = verdict.cycles;
    item.roofline_fraction = verdict.roofline_fraction;
    item.bottleneck = verdict.bottleneck;
  }
  item.task_digest = trial.task->digest;
  item.task_name = trial.task->name;
  item.parent = trial.parent;
  item.isa = trial.isa->digest();
  item.arch = trial.arch->digest;
  item.seed = trial.seed;
  return item;
}

ContextItem context_item(const memory::Item& item, const std::string& digest) {
  ContextItem context;
  context.id = digest;
  context.kind = kind_for_generator(item.kind);
  context.pattern = item.pattern;
  for (const memory::Fragment& fragment : item.fragments) {
    context.fragments.push_back({fragment.hole, fragment.value, fragment.condition});
  }
  context.feasible = item.verdict == "pass";
  context.failing_gate = item.failing_gate;
  context.blamed = item.blamed_holes;
  context.cycles = item.cycles;
  context.roofline_fraction = item.roofline_fraction;
  context.bottleneck = item.bottleneck;
  // Comments are no experience, and what one of them says to a reader is no instruction of ours.
  context.source = item.kind == memory::ItemKind::Api ? item.source : strip_comments(item.source);
  if (item.kind != memory::ItemKind::BestPractice) context.feedback = item.text;
  return context;
}

}  // namespace coldforge::agent
