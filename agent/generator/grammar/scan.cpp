#include <algorithm>

#include "agent/generator/grammar/rules.h"

namespace coldforge::agent {
namespace {

/// A step of a Scan that folds: state = op(state, element), the result is the new state.
struct Fold {
  const char* op_type;
  const char* op;
  double neutral;
};

constexpr Fold kFolds[] = {
    {"Add", "add", 0},
    {"Mul", "mul", 1},
};

/// The fold that a Scan's body is; null if it is none.
const Fold* fold_of(const kernels::Graph& body) {
  if (body.inputs.size() != 2 || body.outputs.size() != 2 || body.nodes.empty()) return nullptr;
  const kernels::Node& step = body.nodes.front();
  std::vector<std::string> read = step.inputs;
  std::sort(read.begin(), read.end());
  std::vector<std::string> given = {body.inputs[0].name, body.inputs[1].name};
  std::sort(given.begin(), given.end());
  if (read != given) return nullptr;
  std::vector<std::string> same = step.outputs;  // names of the new state
  for (std::size_t i = 1; i < body.nodes.size(); ++i) {
    const kernels::Node& copy = body.nodes[i];
    if (copy.op_type != "Identity" ||
        std::find(same.begin(), same.end(), copy.inputs[0]) == same.end())
      return nullptr;
    same.push_back(copy.outputs[0]);
  }
  for (const kernels::Value& output : body.outputs) {
    if (std::find(same.begin(), same.end(), output.name) == same.end()) return nullptr;
  }
  for (const Fold& fold : kFolds) {
    if (step.op_type == fold.op_type) return &fold;
  }
  return nullptr;
}

}  // namespace

Viewed LoweringRules::running(const std::string& op, const Viewed& value, std::int64_t axis,
                              bool exclusive, bool reverse, ElementType type) {
  StageBuilder builder(l, "running");
  const auto a = static_cast<std::size_t>(
      axis < 0 ? axis + static_cast<std::int64_t>(value.shape.size()) : axis);
  std::vector<Affine> index;
  for (std::size_t i = 0; i < value.shape.size(); ++i)
    index.push_back(builder.dim(value.shape[i], i == a));
  if (index[a].terms.empty()) {
    exclusive ? builder.number(op == "mul" ? 1 : 0) : builder.load(value, index);
    return builder.finish(index, value.shape, type);
  }
  if (reverse) {  // the same walk from the other end, in what is read and in what is written
    index[a].offset = value.shape[a] - 1;
    for (auto& [d, c] : index[a].terms) c = -c;
  }
  builder.load(value, index);
  builder.reduce(op);
  builder.stage().scan = true;
  builder.stage().exclusive = exclusive;
  return builder.finish(index, value.shape, type);
}

bool LoweringRules::scan() {
  if (n.op_type == "CumSum") {
    std::vector<std::int64_t> axis;
    if (!integers(1, "", axis)) return fail("a variable axis"), true;
    define(running("add", in(0), axis[0], n.integer("exclusive", 0) != 0,
                   n.integer("reverse", 0) != 0, out().type));
    return true;
  }
  if (n.op_type != "Scan") return false;
  const auto first_of = [&](const char* name, std::int64_t otherwise) {
    const std::vector<std::int64_t> values = n.integers(name, {});
    return values.empty() ? otherwise : values[0];
  };
  const auto body = n.attributes.find("body");
  const auto* graph = body == n.attributes.end()
                          ? nullptr
                          : std::get_if<std::shared_ptr<const kernels::Graph>>(&body->second);
  const Fold* fold = graph == nullptr ? nullptr : fold_of(**graph);
  if (fold == nullptr || n.inputs.size() != 2 || n.integer("num_scan_inputs", 1) != 1)
    return fail("a body that is no running sum or product"), true;
  if (!n.outputs[0].empty() && l.graph_.uses(n.outputs[0]) > 0)
    return fail("a last state that is read"), true;
  const kernels::Tensor* state = l.graph_.constant(n.inputs[0]);
  const bool neutral =
      state != nullptr && std::all_of(state->values.begin(), state->values.end(),
                                      [&](double v) { return v == fold->neutral; });
  if (!neutral) return fail("a first state that is not neutral"), true;
  const std::int64_t axis = first_of("scan_input_axes", 0);
  const bool reverse = first_of("scan_input_directions", 0) != 0;
  if (axis != first_of("scan_output_axes", 0) ||
      reverse != (first_of("scan_output_directions", 0) != 0))
    return fail("another order of results than of elements"), true;
  l.define(n.outputs[1], running(fold->op, in(1), axis, false, reverse, out(1).type));
  return true;
}

}  // namespace coldforge::agent
