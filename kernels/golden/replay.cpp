#include "kernels/golden/golden.h"
#include "sim/base/error.h"

namespace coldforge::kernels::golden {
namespace {

/// Runs one node on known values and returns its results by name.
void run(const Node& node, const Values& known, const Values& fresh, Values& results) {
  std::vector<const Tensor*> arguments;
  for (const std::string& input : node.inputs) {
    if (input.empty()) {
      arguments.push_back(nullptr);
      continue;
    }
    const auto changed = fresh.find(input);
    const auto found = changed != fresh.end() ? changed : known.find(input);
    CF_CHECK(changed != fresh.end() || found != known.end(), "a node reads an unknown value");
    arguments.push_back(&found->second);
  }
  std::vector<Tensor> outputs = evaluate_node(node, arguments);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (!node.outputs[i].empty()) results[node.outputs[i]] = std::move(outputs[i]);
  }
}

}  // namespace

Values evaluate_values(const Graph& graph, const std::vector<Tensor>& inputs, Between between) {
  CF_CHECK(inputs.size() == graph.inputs.size(), "every graph input needs a tensor");
  Values values(graph.constants.begin(), graph.constants.end());
  for (std::size_t i = 0; i < inputs.size(); ++i) values[graph.inputs[i].name] = inputs[i];
  for (const Node& node : graph.nodes) {
    run(node, values, {}, values);
    if (between == Between::Exact) continue;
    for (const std::string& output : node.outputs) {
      if (output.empty()) continue;
      values[output].type = graph.value(output).type;
      round_values(values[output]);
    }
  }
  return values;
}

std::vector<Tensor> replay_with(const Graph& graph, const Values& values, const std::string& name,
                                const Tensor& replacement) {
  Values fresh;
  fresh[name] = replacement;
  for (const Node& node : graph.nodes) {
    bool affected = false, replaced = false;
    for (const std::string& input : node.inputs) affected = affected || fresh.count(input) != 0;
    for (const std::string& output : node.outputs) replaced = replaced || output == name;
    if (affected && !replaced) run(node, values, fresh, fresh);
  }
  std::vector<Tensor> outputs;
  for (const Value& output : graph.outputs) {
    const auto changed = fresh.find(output.name);
    outputs.push_back(changed != fresh.end() ? changed->second : values.at(output.name));
    outputs.back().type = output.type;
    round_values(outputs.back());
  }
  return outputs;
}

}  // namespace coldforge::kernels::golden
