#include "kernels/bounds.h"

#include <algorithm>
#include <set>

#include "kernels/op_costs.h"
#include "sim/base/error.h"
#include "sim/base/units.h"

namespace coldforge::kernels {
namespace {

/// Constants up to this size may live in the kernel's code; larger ones are read from DRAM.
constexpr std::int64_t kImmediateElements = 64;

bool is_one_of(const std::string& name, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* other) { return name == other; });
}

/// Nodes that read only a part of their first input.
bool reads_a_part(const Node& node) {
  return is_one_of(node.op_type,
                   {"Gather", "GatherElements", "GatherND", "Slice", "Shape", "Size", "EyeLike"});
}

/// Bytes of an input or constant that the graph cannot avoid to read.
std::int64_t bytes_read(const Graph& graph, const Value& value) {
  std::int64_t bytes = 0;
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != value.name) continue;
      const bool part = i == 0 && reads_a_part(node);
      const bool extents_only = is_one_of(node.op_type, {"Shape", "Size", "EyeLike"});
      if (!part) return value.bytes();
      if (!extents_only) bytes += graph.value(node.outputs.at(0)).size() * size_bytes(value.type);
    }
  }
  for (const Value& output : graph.outputs) {
    if (output.name == value.name) return value.bytes();
  }
  return std::min(bytes, value.bytes());
}

/// Least operations for an element of a window along one axis. Windows that overlap share what they
/// have in common: pairs, pairs of pairs; or an extreme is that of a suffix and a prefix of two
/// blocks, a sum the difference of two running sums.
std::int64_t window_steps(std::int64_t taps, std::int64_t stride, bool is_extreme) {
  if (stride >= taps) return taps - 1;
  std::int64_t halvings = 0;
  while ((std::int64_t{1} << halvings) < taps) ++halvings;
  return std::min<std::int64_t>(halvings, is_extreme ? 3 : 2);
}

/// Running sums that a CumSum makes; 0 if its axis is no constant.
std::int64_t rows_of_scan(const Graph& graph, const Node& node) {
  const Tensor* axis = graph.constant(node.inputs.at(1));
  if (axis == nullptr) return 0;
  const Shape& shape = graph.value(node.inputs.at(0)).shape;
  auto along = static_cast<std::int64_t>(axis->values.at(0));
  if (along < 0) along += static_cast<std::int64_t>(shape.size());
  const std::int64_t extent = shape.at(static_cast<std::size_t>(along));
  return extent > 0 ? element_count(shape) / extent : 0;
}

void add_compute(const Graph& graph, const Node& node, OpCounts& counts) {
  const OpCost& cost = cost_of(node.op_type);
  const std::int64_t outputs = graph.value(node.outputs.at(0)).size();
  std::int64_t elements = outputs;
  std::int64_t vector = cost.vector;
  switch (cost.per) {
    case OpCost::Per::Output:
      if (is_one_of(node.op_type, {"Min", "Max", "Sum", "Mean"})) {
        vector = static_cast<std::int64_t>(node.inputs.size()) - 1;
      }
      if (node.op_type == "Clip")
        vector = static_cast<int>(node.has_input(1)) + static_cast<int>(node.has_input(2));
      break;
    case OpCost::Per::Input:
      elements = graph.value(node.inputs.at(0)).size();
      // The first of each row is there already.
      if (node.op_type == "CumSum") elements -= rows_of_scan(graph, node);
      break;
    case OpCost::Per::Pool: {
      const std::vector<std::int64_t> kernel = node.integers("kernel_shape", {});
      const std::vector<std::int64_t> strides = node.integers("strides", {});
      // Of one element nothing is calculated: it is picked.
      if (element_count(kernel) == 1) return;
      for (std::size_t d = 0; d < kernel.size(); ++d) {
        vector +=
            window_steps(kernel[d], d < strides.size() ? strides[d] : 1, node.op_type == "MaxPool");
      }
      break;
    }
    case OpCost::Per::Contraction: {
      const ElementType type = graph.value(node.inputs.at(0)).type;
      counts.macs[static_cast<int>(type)] += macs_of(graph, node);
      return;
    }
  }
  std::int64_t sfu_ops = elements * cost.sfu;
  const std::string second = node.inputs.size() > 1 ? node.inputs[1] : "";
  if (node.op_type == "Div" && graph.value(second).size() < outputs) {
    // A divisor that repeats is inverted once, then multiplied with.
    vector = 1;
    sfu_ops = graph.is_constant(second) ? 0 : graph.value(second).size();
  }
  // x^c for a constant c is repeated multiplication or a root, not exp(c log x).
  if (node.op_type == "Pow" && graph.is_constant(second)) sfu_ops = 0;
  counts.vector_ops += elements * vector;
  counts.sfu_ops += sfu_ops;
}

bool has_scalar_constant(const Graph& graph, const Node& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& input) {
    const Tensor* constant = graph.constant(input);
    return constant != nullptr && constant->size() == 1;
  });
}

const Node* only_reader(const Graph& graph, const std::string& value) {
  if (graph.uses(value) != 1) return nullptr;
  for (const Node& node : graph.nodes) {
    if (std::count(node.inputs.begin(), node.inputs.end(), value) == 1) return &node;
  }
  return nullptr;
}

/// What the move engine does on the way from the accumulators: per-column scale, bias, activation.
bool is_epilogue(const Graph& graph, const Node& node) {
  if (is_one_of(node.op_type, {"Relu", "LeakyRelu", "Clip", "Cast", "Identity"})) return true;
  if (!is_one_of(node.op_type, {"Add", "Sub", "Mul", "Div"})) return false;
  const std::int64_t outputs = graph.value(node.outputs.at(0)).size();
  return std::any_of(node.inputs.begin(), node.inputs.end(),
                     [&](const std::string& input) { return graph.value(input).size() < outputs; });
}

/// Nodes whose work can vanish into a neighbour's when the graph is one kernel.
std::set<const Node*> absorbed_nodes(const Graph& graph) {
  std::set<const Node*> absorbed;
  if (graph.nodes.size() < 2) return absorbed;
  for (const Node& node : graph.nodes) {
    const bool linear = is_one_of(node.op_type, {"Add", "Sub", "Mul", "Div", "Neg"});
    if (linear && (has_scalar_constant(graph, node) || node.op_type == "Neg"))
      absorbed.insert(&node);
    const Node* reader = node.outputs.empty() ? nullptr : only_reader(graph, node.outputs[0]);
    const bool feeds_sum =
        reader != nullptr && is_one_of(reader->op_type, {"Add", "Sub", "ReduceSum", "ReduceMean"});
    if (node.op_type == "Mul" && feeds_sum) absorbed.insert(&node);
    if (cost_of(node.op_type).per != OpCost::Per::Contraction) continue;
    while (reader != nullptr && is_epilogue(graph, *reader)) {
      absorbed.insert(reader);
      reader = only_reader(graph, reader->outputs.at(0));
    }
  }
  return absorbed;
}

/// The fastest type that operands of `type` may be converted to within a task's tolerance.
std::int64_t mac_rate(const MachineRates& rates, ElementType type) {
  const auto rate = [&](ElementType t) { return rates.macs_per_cycle[static_cast<int>(t)]; };
  if (rate(type) > 0) return rate(type);
  const std::int64_t halves = std::max(rate(ElementType::Fp16), rate(ElementType::Bf16));
  const std::int64_t best = is_float(type) ? halves : std::max(rate(ElementType::Int8), halves);
  return best > 0 ? best : rates.vector_elems_per_cycle;
}

void add_dram(const Graph& graph, const std::string& name, std::set<std::string>& seen,
              std::int64_t& bytes) {
  if (name.empty() || !seen.insert(name).second) return;
  const Value& value = graph.value(name);
  if (graph.is_constant(name) && value.size() <= kImmediateElements) return;
  bytes += bytes_read(graph, value);
}

}  // namespace

std::string_view name_of(Limiter limiter) {
  constexpr std::string_view kNames[] = {"dram", "matrix", "vector", "sfu"};
  return kNames[static_cast<int>(limiter)];
}

std::int64_t OpCounts::total_macs() const {
  std::int64_t total = 0;
  for (const std::int64_t count : macs) total += count;
  return total;
}

OpCounts node_counts(const Graph& graph, const Node& node) {
  OpCounts counts;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i].empty() || !seen.insert(node.inputs[i]).second) continue;
    const Value& value = graph.value(node.inputs[i]);
    if (graph.is_constant(value.name) && value.size() <= kImmediateElements) continue;
    const bool part = i == 0 && reads_a_part(node);
    const std::int64_t elements =
        part ? std::min(value.size(), graph.value(node.outputs.at(0)).size()) : value.size();
    counts.dram_bytes += elements * size_bytes(value.type);
  }
  for (const std::string& output : node.outputs) {
    if (!output.empty()) counts.dram_bytes += graph.value(output).bytes();
  }
  add_compute(graph, node, counts);
  return counts;
}

OpCounts graph_counts(const Graph& graph) {
  OpCounts counts;
  const std::set<const Node*> absorbed = absorbed_nodes(graph);
  for (const Node& node : graph.nodes) {
    if (absorbed.count(&node) != 0) continue;
    OpCounts own;
    add_compute(graph, node, own);
    counts.vector_ops += own.vector_ops;
    counts.sfu_ops += own.sfu_ops;
    for (int type = 0; type < kElementTypes; ++type) counts.macs[type] += own.macs[type];
  }
  std::set<std::string> seen;
  for (const Value& input : graph.inputs) add_dram(graph, input.name, seen, counts.dram_bytes);
  for (const auto& [name, tensor] : graph.constants) add_dram(graph, name, seen, counts.dram_bytes);
  for (const Value& output : graph.outputs) counts.dram_bytes += output.bytes();
  return counts;
}

Bound bound_of(const OpCounts& counts, const MachineRates& rates) {
  CF_CHECK(rates.dram_bytes_per_cycle > 0 && rates.vector_elems_per_cycle > 0 &&
               rates.sfu_elems_per_cycle > 0,
           "the rates of a machine must be positive");
  Bound bound;
  bound.dram = ceil_div(counts.dram_bytes, rates.dram_bytes_per_cycle);
  for (int type = 0; type < kElementTypes; ++type) {
    if (counts.macs[type] > 0) {
      bound.matrix += ceil_div(counts.macs[type], mac_rate(rates, static_cast<ElementType>(type)));
    }
  }
  bound.vector = ceil_div(counts.vector_ops, rates.vector_elems_per_cycle);
  bound.sfu = ceil_div(counts.sfu_ops, rates.sfu_elems_per_cycle);
  const std::int64_t parts[] = {bound.dram, bound.matrix, bound.vector, bound.sfu};
  const auto* largest = std::max_element(std::begin(parts), std::end(parts));
  bound.limiter = static_cast<Limiter>(largest - std::begin(parts));
  bound.cycles = std::max<std::int64_t>(1, *largest);
  return bound;
}

Bound lower_bound(const Graph& graph, const MachineRates& rates) {
  return bound_of(graph_counts(graph), rates);
}

std::int64_t eager_lower_bound_cycles(const Graph& graph, const MachineRates& rates) {
  std::int64_t cycles = 0;
  for (const Node& node : graph.nodes) {
    // What only renames a tensor costs nothing in eager mode either.
    const bool renames = is_one_of(
        node.op_type, {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout"});
    if (!renames) cycles += bound_of(node_counts(graph, node), rates).cycles;
  }
  return cycles;
}

}  // namespace coldforge::kernels
