#include "kernels/eager/operands.h"

#include <fmt/format.h>

namespace coldforge::kernels::eager {
std::string Operands::temporary(ElementType type, std::int64_t at) const {
  return fmt::format("({}{}).as<{}>()", temporary_, at == 0 ? "" : fmt::format(" + {}", at),
                     c_type_of(type));
}

Access Operands::dense(const std::string& value) const {
  return broadcast(value, graph.value(value).shape);
}

Access Operands::broadcast(const std::string& value, const Shape& to) const {
  const Value& tensor = graph.value(value);
  Access access;
  access.base = place(value);
  access.type = tensor.type;
  access.elements = tensor.size();
  access.strides.assign(to.size(), 0);
  const std::vector<std::int64_t> strides = row_major_strides(tensor.shape);
  const std::size_t lead = to.size() - tensor.shape.size();
  for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
    if (tensor.shape[d] != 1) access.strides[lead + d] = strides[d];
  }
  return access;
}

std::optional<std::vector<std::int64_t>> Operands::integers(
    std::size_t input, std::vector<std::int64_t> otherwise) const {
  if (!node.has_input(input)) return otherwise;
  const Tensor* tensor = graph.constant(node.inputs[input]);
  if (tensor == nullptr) return std::nullopt;
  return std::vector<std::int64_t>(tensor->values.begin(), tensor->values.end());
}

std::optional<double> Operands::number(const std::string& value) const {
  const Tensor* tensor = graph.constant(value);
  if (tensor == nullptr || tensor->values.size() != 1) return std::nullopt;
  return tensor->values[0];
}

Written refused(const std::string& reason) {
  Written written;
  written.refusal = reason;
  return written;
}

Written stream_of(const Program& program, const Operands& operands) {
  Body body = write_stream(program, operands.arch);
  Written written;
  written.refusal = body.refusal;
  if (body.refusal.empty()) written.bodies.push_back(std::move(body));
  return written;
}

bool is_renaming(const Graph& graph, const Node& node) {
  static const char* const kAlways[] = {"Reshape",   "Flatten",  "Squeeze",
                                        "Unsqueeze", "Identity", "Dropout"};
  for (const char* name : kAlways) {
    if (node.op_type == name) return node.outputs.size() == 1 || node.outputs[1].empty();
  }
  const Value& from = graph.value(node.inputs[0]);
  const Value& to = graph.value(node.outputs[0]);
  if (node.op_type == "Cast") return from.type == to.type;
  if (node.op_type == "Expand" || node.op_type == "Sum" || node.op_type == "Concat") {
    return node.inputs.size() - (node.op_type == "Expand") == 1 && from.shape == to.shape;
  }
  return false;
}

}  // namespace coldforge::kernels::eager
