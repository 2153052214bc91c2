#include "kernels/graph.h"

#include <cstdio>

#include "sim/base/error.h"

namespace coldforge::kernels {
namespace {

template <typename T>
const T* attribute_of(const Node& node, std::string_view name, const char* kind) {
  const auto found = node.attributes.find(std::string(name));
  if (found == node.attributes.end()) return nullptr;
  const T* value = std::get_if<T>(&found->second);
  if (value == nullptr) {
    throw UserError(node.op_type, "attribute '" + std::string(name) + "' must be " + kind);
  }
  return value;
}

std::string hex(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%a", value);
  return text;
}

std::string readable(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

std::string tensor_text(const Tensor& tensor) {
  std::string text = type_text(tensor.type, tensor.shape) + " {";
  for (const double value : tensor.values) text += hex(value) + " ";
  return text + "}";
}

/// `number` renders floats: exactly for digests, readably for people.
template <typename NumberText>
std::string attribute_text(const Attribute& attribute, NumberText number) {
  std::string text;
  if (const auto* whole = std::get_if<std::int64_t>(&attribute)) return std::to_string(*whole);
  if (const auto* real = std::get_if<double>(&attribute)) return number(*real);
  if (const auto* string = std::get_if<std::string>(&attribute)) return '"' + *string + '"';
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&attribute)) {
    for (const std::int64_t item : *list) text += (text.empty() ? "" : ", ") + std::to_string(item);
    return "[" + text + "]";
  }
  if (const auto* list = std::get_if<std::vector<double>>(&attribute)) {
    for (const double item : *list) text += (text.empty() ? "" : ", ") + number(item);
    return "[" + text + "]";
  }
  if (const auto* tensor = std::get_if<Tensor>(&attribute)) return tensor_text(*tensor);
  return "{\n" + canonical_text(*std::get<std::shared_ptr<const Graph>>(attribute)) + "}";
}

template <typename NumberText>
std::string node_text(const Node& node, NumberText number) {
  std::string text;
  for (const std::string& output : node.outputs) text += (text.empty() ? "" : ", ") + output;
  text += " = " + node.op_type + "(";
  for (std::size_t i = 0; i < node.inputs.size(); ++i) text += (i > 0 ? ", " : "") + node.inputs[i];
  text += ")";
  std::string list;
  for (const auto& [name, value] : node.attributes) {
    list += (list.empty() ? "" : ", ") + name + " = " + attribute_text(value, number);
  }
  return list.empty() ? text : text + " <" + list + ">";
}

std::string value_text(const Value& value) {
  return value.name + ": " + type_text(value.type, value.shape);
}

}  // namespace

bool Node::has(std::string_view attribute) const {
  return attributes.count(std::string(attribute)) != 0;
}

std::int64_t Node::integer(std::string_view attribute, std::int64_t otherwise) const {
  const auto* value = attribute_of<std::int64_t>(*this, attribute, "an integer");
  return value != nullptr ? *value : otherwise;
}

double Node::number(std::string_view attribute, double otherwise) const {
  const auto* value = attribute_of<double>(*this, attribute, "a float");
  return value != nullptr ? *value : otherwise;
}

std::string Node::text(std::string_view attribute, std::string_view otherwise) const {
  const auto* value = attribute_of<std::string>(*this, attribute, "a string");
  return value != nullptr ? *value : std::string(otherwise);
}

std::vector<std::int64_t> Node::integers(std::string_view attribute,
                                         std::vector<std::int64_t> otherwise) const {
  const auto* value =
      attribute_of<std::vector<std::int64_t>>(*this, attribute, "a list of integers");
  return value != nullptr ? *value : std::move(otherwise);
}

const Value& Graph::value(const std::string& value_name) const {
  const auto found = values.find(value_name);
  CF_CHECK(found != values.end(), "unknown value '" + value_name + "'");
  return found->second;
}

const Tensor* Graph::constant(const std::string& value_name) const {
  const auto found = constants.find(value_name);
  return found == constants.end() ? nullptr : &found->second;
}

const Node* Graph::producer(const std::string& value_name) const {
  for (const Node& node : nodes) {
    for (const std::string& output : node.outputs) {
      if (!value_name.empty() && output == value_name) return &node;
    }
  }
  return nullptr;
}

int Graph::uses(const std::string& value_name) const {
  int count = 0;
  for (const Value& output : outputs) count += output.name == value_name;
  for (const Node& node : nodes) {
    for (const std::string& input : node.inputs) count += input == value_name;
    for (const auto& [key, attribute] : node.attributes) {
      const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute);
      if (body != nullptr) count += (*body)->uses(value_name);
    }
  }
  return count;
}

std::string canonical_text(const Graph& graph) {
  std::string text = "opset " + std::to_string(graph.opset) + "\n";
  for (const Value& input : graph.inputs) text += "input " + value_text(input) + "\n";
  for (const auto& [constant, tensor] : graph.constants)
    text += "constant " + constant + " " + tensor_text(tensor) + "\n";
  for (const Node& node : graph.nodes) {
    text += node_text(node, hex) + " version " + std::to_string(node.version) + "\n";
  }
  for (const Value& output : graph.outputs) text += "output " + value_text(output) + "\n";
  return text;
}

std::string pretty_text(const Graph& graph) {
  std::string text;
  for (const Value& input : graph.inputs) text += "input  " + value_text(input) + "\n";
  for (const auto& [name, tensor] : graph.constants) {
    text += "const  " + name + ": " + type_text(tensor.type, tensor.shape);
    if (tensor.size() == 1) text += " = " + readable(tensor.values[0]);
    text += "\n";
  }
  for (const Node& node : graph.nodes) {
    text += "       " + node_text(node, readable);
    const auto known = graph.values.find(node.outputs.empty() ? "" : node.outputs[0]);
    if (known != graph.values.end()) {
      text += "  # " + type_text(known->second.type, known->second.shape);
    }
    text += "\n";
  }
  for (const Value& output : graph.outputs) text += "output " + value_text(output) + "\n";
  return text;
}

}  // namespace coldforge::kernels
