#include <algorithm>
#include <set>

#include "kernels/golden/golden.h"
#include "kernels/graph.h"

namespace coldforge::kernels {
namespace {

/// Nodes that give the same result each time and read nothing but their inputs.
bool can_fold(const Graph& graph, const Node& node, std::int64_t max_elements) {
  if (!golden::is_supported(node)) return false;
  for (const auto& [name, attribute] : node.attributes) {
    if (std::holds_alternative<std::shared_ptr<const Graph>>(attribute)) return false;
  }
  const bool shape_only = node.op_type == "Shape" || node.op_type == "Size";
  for (const std::string& input : node.inputs) {
    if (!input.empty() && !shape_only && !graph.is_constant(input)) return false;
  }
  for (const std::string& output : node.outputs) {
    const auto known = graph.values.find(output);
    if (!output.empty() && (known == graph.values.end() || known->second.size() > max_elements))
      return false;
  }
  return true;
}

void fold(Graph& graph, const Node& node) {
  std::vector<Tensor> held;
  held.reserve(node.inputs.size());
  std::vector<const Tensor*> inputs;
  for (const std::string& input : node.inputs) {
    if (input.empty()) {
      inputs.push_back(nullptr);
    } else if (const Tensor* constant = graph.constant(input)) {
      inputs.push_back(constant);
    } else {  // Shape and Size look at the extents only
      const Value& value = graph.value(input);
      held.emplace_back(value.type, value.shape);
      inputs.push_back(&held.back());
    }
  }
  std::vector<Tensor> results = golden::evaluate_node(node, inputs);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i].empty()) continue;
    results[i].type = graph.value(node.outputs[i]).type;
    round_values(results[i]);
    graph.constants[node.outputs[i]] = std::move(results[i]);
  }
}

void collect_reads(const Graph& graph, std::set<std::string>& read) {
  for (const Value& output : graph.outputs) read.insert(output.name);
  for (const Node& node : graph.nodes) {
    read.insert(node.inputs.begin(), node.inputs.end());
    for (const auto& [name, attribute] : node.attributes) {
      const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute);
      if (body != nullptr) collect_reads(**body, read);
    }
  }
}

/// Removes nodes and constants that nobody reads; whether there were any.
bool drop_unread(Graph& graph) {
  std::set<std::string> read;
  collect_reads(graph, read);
  const auto unread = [&](const std::string& name) {
    return name.empty() || read.count(name) == 0;
  };
  const std::size_t before = graph.nodes.size() + graph.constants.size();
  const auto dead = std::remove_if(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) {
    return std::all_of(node.outputs.begin(), node.outputs.end(), unread);
  });
  for (auto node = dead; node != graph.nodes.end(); ++node) {
    for (const std::string& output : node->outputs) graph.values.erase(output);
  }
  graph.nodes.erase(dead, graph.nodes.end());
  for (auto constant = graph.constants.begin(); constant != graph.constants.end();) {
    if (!unread(constant->first)) {
      ++constant;
      continue;
    }
    graph.values.erase(constant->first);
    constant = graph.constants.erase(constant);
  }
  return graph.nodes.size() + graph.constants.size() != before;
}

}  // namespace

void fold_constants(Graph& graph, std::int64_t max_elements) {
  std::vector<Node> kept;
  for (Node& node : graph.nodes) {
    if (can_fold(graph, node, max_elements)) {
      fold(graph, node);
    } else {
      kept.push_back(std::move(node));
    }
  }
  graph.nodes = std::move(kept);
  while (drop_unread(graph)) {
  }
}

}  // namespace coldforge::kernels
