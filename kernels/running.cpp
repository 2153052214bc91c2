#include "kernels/running.h"

#include <algorithm>
#include <memory>
#include <variant>
#include <vector>

namespace coldforge::kernels {
namespace {

/// A step of a Scan that folds: state = op(state, element), the result is the new state.
struct Fold {
  const char* op_type;
  bool product;
  double neutral;
};

constexpr Fold kFolds[] = {
    {"Add", false, 0},
    {"Mul", true, 1},
};

/// The fold that a Scan's body is; null if it is none.
const Fold* fold_of(const Graph& body) {
  if (body.inputs.size() != 2 || body.outputs.size() != 2 || body.nodes.empty()) return nullptr;
  const Node& step = body.nodes.front();
  std::vector<std::string> read = step.inputs;
  std::sort(read.begin(), read.end());
  std::vector<std::string> given = {body.inputs[0].name, body.inputs[1].name};
  std::sort(given.begin(), given.end());
  if (read != given) return nullptr;
  std::vector<std::string> same = step.outputs;  // names of the new state
  for (std::size_t i = 1; i < body.nodes.size(); ++i) {
    const Node& copy = body.nodes[i];
    if (copy.op_type != "Identity" ||
        std::find(same.begin(), same.end(), copy.inputs[0]) == same.end())
      return nullptr;
    same.push_back(copy.outputs[0]);
  }
  for (const Value& output : body.outputs) {
    if (std::find(same.begin(), same.end(), output.name) == same.end()) return nullptr;
  }
  for (const Fold& fold : kFolds) {
    if (step.op_type == fold.op_type) return &fold;
  }
  return nullptr;
}

}  // namespace

RunningFold running_fold(const Graph& graph, const Node& scan) {
  RunningFold result;
  const auto problem = [&](const char* why) {
    result.problem = why;
    return result;
  };
  const auto first_of = [&](const char* name) {
    const std::vector<std::int64_t> values = scan.integers(name, {});
    return values.empty() ? 0 : values[0];
  };
  const auto body = scan.attributes.find("body");
  const auto* inner = body == scan.attributes.end()
                          ? nullptr
                          : std::get_if<std::shared_ptr<const Graph>>(&body->second);
  const Fold* fold = inner == nullptr ? nullptr : fold_of(**inner);
  if (fold == nullptr || scan.inputs.size() != 2 || scan.integer("num_scan_inputs", 1) != 1)
    return problem("a body that is no running sum or product");
  if (!scan.outputs[0].empty() && graph.uses(scan.outputs[0]) > 0)
    return problem("a last state that is read");
  const Tensor* state = graph.constant(scan.inputs[0]);
  const bool neutral =
      state != nullptr && std::all_of(state->values.begin(), state->values.end(),
                                      [&](double v) { return v == fold->neutral; });
  if (!neutral) return problem("a first state that is not neutral");
  result.product = fold->product;
  result.axis = first_of("scan_input_axes");
  result.reverse = first_of("scan_input_directions") != 0;
  if (result.axis != first_of("scan_output_axes") ||
      result.reverse != (first_of("scan_output_directions") != 0))
    return problem("another order of results than of elements");
  return result;
}

}  // namespace coldforge::kernels
