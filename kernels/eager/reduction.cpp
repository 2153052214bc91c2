#include <algorithm>
#include <cmath>

#include "kernels/eager/operands.h"
#include "kernels/running.h"

/// Operators with reductions: the iteration space is the input's, some dimensions are reduced.
namespace coldforge::kernels::eager {
namespace {

/// A program over the extents of a node's input, mostly the first.
struct Over {
  const Operands& operands;
  Program program;
  int x = 0;

  explicit Over(const Operands& of, std::size_t input = 0) : operands(of) {
    program.extents = of.in(input).shape;
    program.reduced.assign(program.extents.size(), false);
    x = program.input(of.dense(of.node.inputs[input]));
  }
  std::int64_t rank() const { return static_cast<std::int64_t>(program.extents.size()); }
  std::int64_t reduced_elements() const {
    std::int64_t n = 1;
    for (std::size_t d = 0; d < program.extents.size(); ++d) {
      if (program.reduced[d]) n *= program.extents[d];
    }
    return n;
  }
  int op(const std::string& name, int a, int b) { return program.binary(name, a, b); }
  int un(const std::string& name, int a) { return program.unary(name, a); }
  int num(double value) { return program.number(value); }
  int sum(int a) { return program.reduce("sum", a); }
  int mean(int a) { return op("mul", sum(a), num(1.0 / static_cast<double>(reduced_elements()))); }
  /// The output has the kept dimensions, with or without ones in place of the others.
  Written reduced_output(int value) {
    Access access = operands.dense(operands.node.outputs[0]);
    access.strides = kept_strides();
    program.output(access, value);
    return stream_of(program, operands);
  }
  std::vector<std::int64_t> kept_strides() const {
    std::vector<std::int64_t> strides(program.extents.size(), 0);
    std::int64_t next = 1;
    for (std::size_t d = program.extents.size(); d-- > 0;) {
      if (program.reduced[d]) continue;
      strides[d] = next;
      next *= program.extents[d];
    }
    return strides;
  }
  Written same_output(int value, std::size_t output = 0) {
    program.output(operands.dense(operands.node.outputs[output]), value);
    return stream_of(program, operands);
  }
};

/// Axes of a Reduce* node: attribute or input; false if they are no constant.
bool reduce_axes(Over& over) {
  const Node& node = over.operands.node;
  auto axes = over.operands.integers(1, node.integers("axes", {}));
  if (!axes) return false;
  if (axes->empty() && node.integer("noop_with_empty_axes", 0) == 0) {
    for (std::int64_t d = 0; d < over.rank(); ++d) axes->push_back(d);
  }
  for (const std::int64_t axis : *axes) {
    over.program.reduced[static_cast<std::size_t>(over.operands.axis(axis, over.rank()))] = true;
  }
  return true;
}

int reduced_value(Over& o, const std::string& op) {
  if (op == "ReduceSum") return o.sum(o.x);
  if (op == "ReduceMean") return o.mean(o.x);
  if (op == "ReduceMax") return o.program.reduce("max", o.x);
  if (op == "ReduceMin") return o.program.reduce("min", o.x);
  if (op == "ReduceL1") return o.sum(o.un("tabs", o.x));
  if (op == "ReduceL2") return o.un("tsqrt", o.sum(o.op("mul", o.x, o.x)));
  if (op == "ReduceSumSquare") return o.sum(o.op("mul", o.x, o.x));
  if (op == "ReduceLogSum") return o.un("tlog", o.sum(o.x));
  if (op == "ReduceLogSumExp") {
    const int most = o.program.reduce("max", o.x);
    const int sum = o.sum(o.un("texp", o.op("sub", o.x, most)));
    return o.op("add", o.un("tlog", sum), most);
  }
  return -1;
}

Written global_pool(const Operands& operands) {
  Over over(operands);
  for (std::size_t d = 2; d < over.program.extents.size(); ++d) over.program.reduced[d] = true;
  const bool max = operands.node.op_type == "GlobalMaxPool";
  return over.reduced_output(max ? over.program.reduce("max", over.x) : over.mean(over.x));
}

Written softmax(const Operands& operands) {
  Over o(operands);
  o.program.reduced[static_cast<std::size_t>(
      operands.axis(operands.node.integer("axis", -1), o.rank()))] = true;
  const int shifted = o.op("sub", o.x, o.program.reduce("max", o.x));
  const int exp = o.un("texp", shifted);
  if (operands.node.op_type == "LogSoftmax") {
    return o.same_output(o.op("sub", shifted, o.un("tlog", o.sum(exp))));
  }
  return o.same_output(o.op("mul", exp, o.un("trecip", o.sum(exp))));
}

/// (x - mean) / sqrt(variance + epsilon) * scale + bias.
int normalized(Over& o, int scale, int bias) {
  const int centred = o.op("sub", o.x, o.mean(o.x));
  const int variance = o.mean(o.op("mul", centred, centred));
  const int epsilon = o.num(o.operands.node.number("epsilon", 1e-5));
  const int unit = o.op("mul", centred, o.un("trsqrt", o.op("add", variance, epsilon)));
  const int scaled = o.op("mul", unit, scale);
  return bias < 0 ? scaled : o.op("add", scaled, bias);
}

Written layer_normalization(const Operands& operands) {
  if (operands.node.outputs.size() > 1) return refused("an output that is not written");
  Over o(operands);
  const std::int64_t axis = operands.axis(operands.node.integer("axis", -1), o.rank());
  for (std::int64_t d = axis; d < o.rank(); ++d)
    o.program.reduced[static_cast<std::size_t>(d)] = true;
  const auto input = [&](std::size_t i) {
    return o.program.input(operands.broadcast(operands.node.inputs[i], o.program.extents));
  };
  const int scale = input(1);
  const int bias = operands.node.has_input(2) ? input(2) : -1;
  return o.same_output(normalized(o, scale, bias));
}

/// InstanceNormalization, and BatchNormalization by the statistics of the batch.
Written channel_normalization(const Operands& operands) {
  for (std::size_t i = 1; i < operands.node.outputs.size(); ++i) {
    const std::string& name = operands.node.outputs[i];
    if (!name.empty() && operands.graph.uses(name) > 0)
      return refused("an output that is not written");
  }
  Over o(operands);
  o.program.reduced[0] = operands.node.op_type == "BatchNormalization";
  for (std::size_t d = 2; d < o.program.extents.size(); ++d) o.program.reduced[d] = true;
  const auto channel = [&](std::size_t i) {
    Access access = operands.dense(operands.node.inputs[i]);
    access.strides.assign(o.program.extents.size(), 0);
    access.strides[1] = 1;
    return o.program.input(access);
  };
  const int scale = channel(1);
  const int bias = channel(2);
  return o.same_output(normalized(o, scale, bias));
}

Written arg_reduction(const Operands& operands) {
  if (operands.node.integer("select_last_index", 0) != 0) {
    return refused("an attribute that is not supported");
  }
  Over o(operands);
  o.program.reduced[static_cast<std::size_t>(
      operands.axis(operands.node.integer("axis", 0), o.rank()))] = true;
  return o.reduced_output(
      o.program.reduce(operands.node.op_type == "ArgMax" ? "argmax" : "argmin", o.x));
}

Written cumulative_sum(const Operands& operands) {
  const auto axis = operands.integers(1, {});
  if (!axis || axis->empty()) return refused("an operand that has to be a constant is none");
  Over o(operands);
  o.program.reduced[static_cast<std::size_t>(operands.axis(axis->front(), o.rank()))] = true;
  const bool exclusive = operands.node.integer("exclusive", 0) != 0;
  return o.same_output(
      o.program.scan(exclusive ? "add_x" : "add", o.x, operands.node.integer("reverse", 0) != 0));
}

Written running_scan(const Operands& operands) {
  const RunningFold fold = running_fold(operands.graph, operands.node);
  if (!fold.problem.empty()) return refused("an attribute that is not supported");
  Over o(operands, 1);
  o.program.reduced[static_cast<std::size_t>(operands.axis(fold.axis, o.rank()))] = true;
  return o.same_output(o.program.scan(fold.product ? "mul" : "add", o.x, fold.reverse), 1);
}

/// One body for the loss of each row, one for their mean or sum.
Written cross_entropy(const Operands& operands) {
  const Node& node = operands.node;
  const std::string reduction = node.text("reduction", "mean");
  if (node.inputs.size() > 2 || node.has("ignore_index") || node.outputs.size() > 1 ||
      reduction == "none") {
    return refused("an attribute that is not supported");
  }
  if (4 * operands.in(1).size() > operands.temporary_bytes) {
    return refused("the values between nodes do not fit the scratch buffer");
  }
  Over o(operands);
  o.program.reduced[1] = true;
  Access targets = operands.dense(node.inputs[1]);
  targets.strides = o.kept_strides();
  const int target = o.program.input(targets);
  const int most = o.program.reduce("max", o.x);
  const int shifted = o.op("sub", o.x, most);
  const int log_sum = o.un("tlog", o.sum(o.un("texp", shifted)));
  const int here = o.op("cmp_eq", o.program.index(1), target);
  const int picked = o.sum(o.program.select(here, shifted, o.num(0)));
  Access losses;
  losses.base = operands.temporary(ElementType::Fp32);
  losses.elements = operands.in(1).size();
  losses.strides = o.kept_strides();
  o.program.output(losses, o.op("sub", log_sum, picked));
  Written written = stream_of(o.program, operands);
  if (!written.refusal.empty()) return written;

  Program total;
  total.extents = {losses.elements};
  total.reduced = {true};
  losses.strides = {1};
  int sum = total.reduce("sum", total.input(losses));
  if (reduction == "mean") {
    sum = total.binary("mul", sum, total.number(1.0 / static_cast<double>(losses.elements)));
  }
  Access result = operands.dense(node.outputs[0]);
  result.strides = {0};
  total.output(result, sum);
  Written second = stream_of(total, operands);
  if (!second.refusal.empty()) return second;
  written.bodies.push_back(second.bodies.front());
  return written;
}

}  // namespace

Written write_reduction(const Operands& operands) {
  const std::string& op = operands.node.op_type;
  if (op.compare(0, 6, "Reduce") == 0) {
    Over over(operands);
    if (!reduce_axes(over)) return refused("an operand that has to be a constant is none");
    const int value = reduced_value(over, op);
    if (value < 0) return {};
    return over.reduced_output(value);
  }
  if (op == "GlobalAveragePool" || op == "GlobalMaxPool") return global_pool(operands);
  if (op == "Softmax" || op == "LogSoftmax") return softmax(operands);
  if (op == "LayerNormalization") return layer_normalization(operands);
  if (op == "InstanceNormalization" || op == "BatchNormalization") {
    return channel_normalization(operands);
  }
  if (op == "ArgMax" || op == "ArgMin") return arg_reduction(operands);
  if (op == "CumSum") return cumulative_sum(operands);
  if (op == "Scan") return running_scan(operands);
  if (op == "SoftmaxCrossEntropyLoss") return cross_entropy(operands);
  return {};
}

}  // namespace coldforge::kernels::eager
