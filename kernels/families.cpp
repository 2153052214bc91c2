#include "kernels/families.h"

#include <algorithm>
#include <initializer_list>
#include <set>

namespace coldforge::kernels {
namespace {

bool is_one_of(const std::string& name, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* other) { return name == other; });
}

bool is_product(const Node& node) {
  return is_one_of(node.op_type, {"MatMul", "Gemm", "Einsum", "MatMulInteger", "QLinearMatMul"});
}

bool is_reduction(const Node& node) {
  return node.op_type.rfind("Reduce", 0) == 0 ||
         is_one_of(node.op_type,
                   {"ArgMax", "ArgMin", "TopK", "GlobalAveragePool", "GlobalMaxPool"});
}

template <typename Predicate>
bool any(const Graph& graph, Predicate predicate) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), predicate);
}

bool has(const Graph& graph, std::initializer_list<const char*> names) {
  return any(graph, [&](const Node& node) { return is_one_of(node.op_type, names); });
}

/// Follows three marks along the graph: made by a product, by a softmax of such a value, and a
/// product of the latter.
bool has_attention(const Graph& graph) {
  std::set<std::string> product, softmax;
  for (const Node& node : graph.nodes) {
    bool from_product = is_product(node), from_softmax = false;
    for (const std::string& input : node.inputs) {
      from_product = from_product || product.count(input) != 0;
      from_softmax = from_softmax || softmax.count(input) != 0;
    }
    if (from_softmax && is_product(node)) return true;
    const bool opens = node.op_type == "Softmax" && from_product;
    for (const std::string& output : node.outputs) {
      if (from_product) product.insert(output);
      if (from_softmax || opens) softmax.insert(output);
    }
  }
  return false;
}

/// Whether what a reduction made meets a tensor of the shape that it reduced.
bool rescales_what_it_reduced(const Graph& graph) {
  std::set<Shape> reduced_shapes;
  std::set<std::string> reduced;
  for (const Node& node : graph.nodes) {
    const Shape& shape = graph.value(node.outputs.at(0)).shape;
    bool from_reduced = false;
    for (const std::string& input : node.inputs)
      from_reduced = from_reduced || reduced.count(input) != 0;
    if (is_reduction(node)) {
      reduced_shapes.insert(graph.value(node.inputs.at(0)).shape);
      from_reduced = true;
    } else if (from_reduced && reduced_shapes.count(shape) != 0) {
      return true;
    }
    if (from_reduced) reduced.insert(node.outputs.begin(), node.outputs.end());
  }
  return false;
}

}  // namespace

std::string family_of(const Graph& graph) {
  if (has(graph, {"ConvTranspose"})) return "transposed_convolution";
  if (has(graph, {"Conv", "ConvInteger", "QLinearConv"})) return "convolution";
  if (has_attention(graph)) return "attention";
  if (any(graph, is_product)) return "contraction";
  const bool scalar = std::all_of(graph.outputs.begin(), graph.outputs.end(),
                                  [](const Value& output) { return output.size() == 1; });
  if (scalar) return "loss";
  if (has(graph, {"CumSum", "Scan"})) return "scan";
  if (has(graph, {"MaxPool", "AveragePool", "LpPool"})) return "pooling";
  if (has(graph, {"Softmax", "LogSoftmax", "BatchNormalization", "InstanceNormalization",
                  "LayerNormalization", "LpNormalization", "LRN"}) ||
      rescales_what_it_reduced(graph)) {
    return "normalisation";
  }
  return any(graph, is_reduction) ? "reduction" : "elementwise";
}

}  // namespace coldforge::kernels
