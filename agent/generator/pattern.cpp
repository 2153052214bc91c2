#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "agent/generator/generator.h"

namespace coldforge::agent {
namespace {

using nlohmann::ordered_json;

ordered_json shape_json(const kernels::Value& value) {
  ordered_json json;
  json["type"] = name_of(value.type);
  json["sizes"] = ordered_json::array();
  for (const std::int64_t extent : value.shape) json["sizes"].push_back(size_class(extent));
  return json;
}

struct Family {
  const char* name;
  std::vector<const char*> operators;
};

/// Costliest first: a graph belongs to the first family that one of its operators is of.
const std::vector<Family>& families() {
  static const std::vector<Family> kFamilies = {
      {"convolution", {"Conv", "ConvTranspose", "ConvInteger", "QLinearConv"}},
      {"contraction", {"MatMul", "Gemm", "Einsum", "MatMulInteger", "QLinearMatMul"}},
      {"pooling", {"MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LpPool"}},
      {"normalization",
       {"LayerNormalization", "BatchNormalization", "InstanceNormalization", "Softmax",
        "LogSoftmax", "LpNormalization"}},
      {"scan", {"CumSum", "Scan"}},
      {"reduction",
       {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
        "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare", "ArgMax", "ArgMin",
        "SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss"}},
  };
  return kFamilies;
}

}  // namespace

int size_class(std::int64_t extent) {
  int bits = 0;
  while (extent > 1) {
    extent >>= 1;
    ++bits;
  }
  return bits;
}

std::string task_pattern(const kernels::Task& task) {
  // Values are numbered in order of appearance: names do not matter.
  const kernels::Graph& graph = task.graph;
  std::map<std::string, int> numbers;
  const auto number = [&](const std::string& name) {
    return numbers.emplace(name, static_cast<int>(numbers.size())).first->second;
  };
  ordered_json json;
  json["inputs"] = ordered_json::array();
  for (const kernels::Value& input : graph.inputs) {
    number(input.name);
    json["inputs"].push_back(shape_json(input));
  }
  json["nodes"] = ordered_json::array();
  for (const kernels::Node& node : graph.nodes) {
    ordered_json entry;
    entry["op"] = node.op_type;
    entry["reads"] = ordered_json::array();
    for (const std::string& input : node.inputs) {
      entry["reads"].push_back(input.empty() ? -1 : graph.is_constant(input) ? -2 : number(input));
    }
    for (const std::string& output : node.outputs) {
      if (output.empty()) continue;
      entry["makes"].push_back(number(output));
      entry["shape"] = shape_json(graph.value(output));
    }
    json["nodes"].push_back(entry);
  }
  json["outputs"] = ordered_json::array();
  for (const kernels::Value& output : graph.outputs) json["outputs"].push_back(number(output.name));
  return json.dump();
}

std::string task_family(const kernels::Task& task) {
  const auto has = [&](const char* op) {
    return std::count_if(task.graph.nodes.begin(), task.graph.nodes.end(),
                         [&](const kernels::Node& node) { return node.op_type == op; });
  };
  if (has("MatMul") >= 2 && has("Softmax") >= 1) return "attention";
  for (const Family& family : families()) {
    for (const char* op : family.operators) {
      if (has(op) > 0) return family.name;
    }
  }
  // A mean written out in primitives normalises too; what is left computes element by element.
  return task.graph.nodes.empty() ? "layout" : "elementwise";
}

}  // namespace coldforge::agent
