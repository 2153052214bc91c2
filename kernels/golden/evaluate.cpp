#include <cmath>
#include <map>

#include "kernels/golden/broadcast.h"
#include "kernels/golden/golden.h"
#include "kernels/golden/operators.h"
#include "sim/base/error.h"

namespace coldforge::kernels::golden {

const Tensor& Call::in(std::size_t index) const {
  require(has(index), "input " + std::to_string(index) + " is missing");
  return *inputs_[index];
}

std::vector<std::int64_t> Call::integers(std::size_t index) const {
  if (!has(index)) return {};
  const std::vector<double>& values = inputs_[index]->values;
  return {values.begin(), values.end()};
}

std::int64_t Call::axis(std::int64_t axis, std::int64_t rank) const {
  require(axis >= -rank && axis < rank,
          "axis " + std::to_string(axis) + " is out of range for rank " + std::to_string(rank));
  return axis < 0 ? axis + rank : axis;
}

void Call::require(bool condition, const std::string& problem) const {
  if (!condition)
    throw UserError(node.name.empty() ? node.op_type : node.op_type + " '" + node.name + "'",
                    problem);
}

double wrap(ElementType type, double value) {
  if (type == ElementType::Bool) return value != 0.0 ? 1.0 : 0.0;
  if (type == ElementType::Int64 || std::abs(value) > kLargestExactInteger)
    return round_to(type, value);
  const auto bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  return element_from_bits(type, bits);
}

Shape broadcast_shape(const Call& call, const Shape& a, const Shape& b) {
  Shape shape(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::int64_t from_a = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t from_b = i < b.size() ? b[b.size() - 1 - i] : 1;
    call.require(from_a == from_b || from_a == 1 || from_b == 1,
                 "shapes " + shape_text(a) + " and " + shape_text(b) + " do not broadcast");
    shape[shape.size() - 1 - i] = from_a == 1 ? from_b : from_a;
  }
  return shape;
}

std::vector<std::int64_t> broadcast_strides(const Shape& shape, const Shape& target) {
  const std::vector<std::int64_t> own = row_major_strides(shape);
  std::vector<std::int64_t> strides(target.size(), 0);
  const std::size_t lead = target.size() - shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != 1) strides[lead + i] = own[i];
  }
  return strides;
}

Tensor broadcast_to(const Tensor& tensor, const Shape& target) {
  if (tensor.shape == target) return tensor;
  Tensor result(tensor.type, target);
  const std::vector<std::int64_t> strides = broadcast_strides(tensor.shape, target);
  for_each_pair(target, strides, strides, [&](std::int64_t i, std::int64_t at, std::int64_t) {
    result.values[i] = tensor.values[at];
  });
  return result;
}

std::vector<Tensor> evaluate_node(const Node& node, const std::vector<const Tensor*>& inputs) {
  const Registration* entry = find_operator(node.op_type);
  CF_CHECK(entry != nullptr, "evaluate_node: operator " + node.op_type + " is not supported");
  std::vector<Tensor> results = entry->function(Call(node, inputs));
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i].empty() || i < results.size()) continue;
    throw UserError(node.op_type, "output " + std::to_string(i) + " ('" + node.outputs[i] +
                                      "') is not supported");
  }
  return results;
}

std::vector<Tensor> evaluate_body(const Graph& graph, const std::vector<const Tensor*>& inputs) {
  std::map<std::string, const Tensor*> known;
  for (std::size_t i = 0; i < inputs.size(); ++i) known[graph.inputs[i].name] = inputs[i];
  for (const auto& [name, tensor] : graph.constants) known[name] = &tensor;
  std::map<std::string, Tensor> computed;
  const auto lookup = [&](const std::string& name) -> const Tensor* {
    if (name.empty()) return nullptr;
    const auto found = known.find(name);
    if (found == known.end()) {
      throw UserError(name,
                      "is read in a sub-graph but defined outside of it: that is not supported");
    }
    return found->second;
  };
  for (const Node& node : graph.nodes) {
    std::vector<const Tensor*> arguments;
    for (const std::string& input : node.inputs) arguments.push_back(lookup(input));
    std::vector<Tensor> results = evaluate_node(node, arguments);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const std::string& name = node.outputs[i];
      if (name.empty()) continue;
      const auto declared = graph.values.find(name);
      if (declared != graph.values.end()) {
        if (results[i].shape != declared->second.shape) {
          throw UserError(node.op_type + ": '" + name + "'",
                          "has shape " + shape_text(results[i].shape) + ", the model declares " +
                              shape_text(declared->second.shape));
        }
        results[i].type = declared->second.type;
      }
      known[name] = &(computed[name] = std::move(results[i]));
    }
  }
  std::vector<Tensor> outputs;
  for (const Value& output : graph.outputs) outputs.push_back(*lookup(output.name));
  return outputs;
}

std::vector<Tensor> evaluate(const Graph& graph, const std::vector<Tensor>& inputs) {
  if (inputs.size() != graph.inputs.size()) {
    throw UserError(graph.name, "needs " + std::to_string(graph.inputs.size()) + " inputs, got " +
                                    std::to_string(inputs.size()));
  }
  std::vector<Tensor> rounded = inputs;
  std::vector<const Tensor*> pointers;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Value& declared = graph.inputs[i];
    if (inputs[i].type != declared.type || inputs[i].shape != declared.shape) {
      throw UserError("input '" + declared.name + "'",
                      "must be " + type_text(declared.type, declared.shape) + ", got " +
                          type_text(inputs[i].type, inputs[i].shape));
    }
    round_values(rounded[i]);
    pointers.push_back(&rounded[i]);
  }
  std::vector<Tensor> outputs = evaluate_body(graph, pointers);
  for (Tensor& output : outputs) round_values(output);
  return outputs;
}

}  // namespace coldforge::kernels::golden
