#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernels/tensor.h"

namespace coldforge::kernels {

struct Graph;

/// A named tensor whose type and shape are known before anything runs.
struct Value {
  std::string name;
  ElementType type = ElementType::Fp32;
  Shape shape;

  std::int64_t size() const { return element_count(shape); }
  std::int64_t bytes() const { return size() * size_bytes(type); }
};

/// An ONNX attribute: int, float, string, ints, floats, tensor or sub-graph.
using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>,
                               std::vector<double>, Tensor, std::shared_ptr<const Graph>>;

/// One operator of the default ONNX domain.
struct Node {
  std::string op_type;  // "Softmax"
  int version = 0;   // of the operator: the opset in which this form of it appeared (Softmax: 13)
  std::string name;  // as the model gives it; may be empty
  std::vector<std::string> inputs;   // "" = an optional input left out; trailing ones are dropped
  std::vector<std::string> outputs;  // "" = an output nobody wants
  std::map<std::string, Attribute> attributes;

  bool has_input(std::size_t index) const {
    return index < inputs.size() && !inputs[index].empty();
  }
  bool has(std::string_view attribute) const;
  /// The attribute or the given default. UserError if it is there with another type.
  std::int64_t integer(std::string_view attribute, std::int64_t otherwise) const;
  double number(std::string_view attribute, double otherwise) const;
  std::string text(std::string_view attribute, std::string_view otherwise) const;
  std::vector<std::int64_t> integers(std::string_view attribute,
                                     std::vector<std::int64_t> otherwise) const;
};

/// An ONNX graph without protobuf: static shapes, constants folded, nodes in topological order.
struct Graph {
  std::string name;
  int opset = 0;
  std::vector<Value> inputs;  // without those that a constant provides
  std::vector<Value> outputs;
  std::map<std::string, Tensor> constants;
  std::vector<Node> nodes;
  /// Type and shape of every value by name: inputs, constants, results of nodes. In a sub-graph
  /// (the body of a Scan) results of nodes may be missing.
  std::map<std::string, Value> values;

  /// CF_CHECKs that it is known.
  const Value& value(const std::string& value_name) const;
  bool is_constant(const std::string& value_name) const { return constants.count(value_name) != 0; }
  const Tensor* constant(const std::string& value_name) const;
  /// The node whose result it is, or null (input, constant).
  const Node* producer(const std::string& value_name) const;
  /// How many node inputs read it, one more for each graph output that it is.
  int uses(const std::string& value_name) const;
};

/// A text of everything that gives the graph its meaning (constants in hexadecimal floats): equal
/// texts, equal graphs. Names of nodes and of the graph are left out, names of values are kept:
/// kernels refer to inputs and outputs by name.
std::string canonical_text(const Graph& graph);

/// One line a node, for people: "t1 = Softmax(x) <axis = 1>  # fp16 64x1536".
std::string pretty_text(const Graph& graph);

/// Evaluates every node whose inputs are all constants, until none is left, and drops constants and
/// nodes that nobody reads. Results are rounded to their declared type, as stored data is. A result
/// above `max_elements` stays a node.
void fold_constants(Graph& graph, std::int64_t max_elements = std::int64_t{1} << 22);

}  // namespace coldforge::kernels
