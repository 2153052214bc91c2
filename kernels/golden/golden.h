#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernels/graph.h"
#include "kernels/tensor.h"

/// The double-precision meaning of an ONNX graph, which every kernel is judged by. No code is
/// shared with the simulator.
///
/// Precision
///   - Graph inputs and constants are rounded to their declared element type, graph outputs too. In
///   between, values of
///     float types stay double: a Cast between float types changes nothing.
///   - Results of integer types are exact; +, -, *, << wrap to the type's width after each node,
///   integer Div truncates.
///     Cast float -> integer truncates and saturates, NaN becomes 0. bool is 0 or 1.
///   - QuantizeLinear, DynamicQuantizeLinear and QLinear* round half to even and saturate, as ONNX
///   says.
///   - Elementary functions are the host's libm in double: their last bits differ between machines,
///   so that results may
///     be compared with a tolerance only and must never be digested.
namespace coldforge::kernels::golden {

/// One operator that the interpreter knows.
struct OperatorInfo {
  std::string name;   // "Softmax"
  int least_version;  // the first version of the operator with this meaning: 13
};

/// All of them, by name.
std::vector<OperatorInfo> supported_operators();

/// The first version of this operator that evaluate() knows; nothing if it knows none.
std::optional<int> least_version(const std::string& op_type);

/// Whether evaluate() knows this node in its version (sub-graphs included).
bool is_supported(const Node& node);

/// Runs the graph; `inputs` in the order of graph.inputs, results in that of graph.outputs. Throws
/// UserError when the number, types or shapes of the inputs differ, or an index in the data is out
/// of range.
std::vector<Tensor> evaluate(const Graph& graph, const std::vector<Tensor>& inputs);

/// Tensors by name.
using Values = std::map<std::string, Tensor>;

/// How values between nodes are kept.
enum class Between { Exact, Rounded };  // as double; rounded to their declared type, as memory does

/// Every value of the graph, inputs and constants included.
Values evaluate_values(const Graph& graph, const std::vector<Tensor>& inputs,
                       Between between = Between::Exact);

/// The graph's outputs, rounded, if value `name` were `replacement`: only what depends on it is
/// computed anew, the rest is taken from `values`, which evaluate_values() returned.
std::vector<Tensor> replay_with(const Graph& graph, const Values& values, const std::string& name,
                                const Tensor& replacement);

/// A sub-graph, or a graph without checks and roundings: results stay double.
std::vector<Tensor> evaluate_body(const Graph& graph, const std::vector<const Tensor*>& inputs);

/// One node; `inputs[i]` is null for an omitted one. Results are not rounded.
std::vector<Tensor> evaluate_node(const Node& node, const std::vector<const Tensor*>& inputs);

}  // namespace coldforge::kernels::golden
