#include <algorithm>

#include "kernels/golden/golden.h"
#include "kernels/golden/operators.h"

namespace coldforge::kernels::golden {
namespace {

Tensor slice_at(const Tensor& x, std::int64_t axis, std::int64_t at) {
  Shape shape = x.shape;
  const std::int64_t extent = shape[axis], inner = row_major_strides(shape)[axis];
  shape.erase(shape.begin() + axis);
  Tensor result(x.type, shape);
  for (std::int64_t i = 0; i < result.size(); ++i) {
    result.values[i] = x.values[(i / inner * extent + at) * inner + i % inner];
  }
  return result;
}

Tensor stacked(const std::vector<Tensor>& parts, std::int64_t axis) {
  Shape shape = parts.front().shape;
  const auto extent = static_cast<std::int64_t>(parts.size());
  shape.insert(shape.begin() + axis, extent);
  Tensor result(parts.front().type, shape);
  const std::int64_t inner = row_major_strides(shape)[axis];
  for (std::int64_t at = 0; at < extent; ++at) {
    for (std::int64_t i = 0; i < parts[at].size(); ++i) {
      result.values[(i / inner * extent + at) * inner + i % inner] = parts[at].values[i];
    }
  }
  return result;
}

/// Scan of opset 8: every state and scanned input has a batch axis in front, which the body does
/// not see, and is scanned along the axis behind it; input 0 may give each sample's length.
Results op_scan_batched(const Call& call) {
  call.require(!call.has(0), "sequence lengths are not supported");
  Node inner = call.node;
  inner.version = 9;
  inner.inputs.erase(inner.inputs.begin());
  if (inner.has("directions")) {
    inner.attributes["scan_input_directions"] = inner.integers("directions", {});
    inner.attributes.erase("directions");
  }
  call.require(call.inputs() > 1 && call.in(1).rank() > 0, "there is nothing to scan");
  const std::int64_t batch = call.in(1).shape[0];
  std::vector<std::vector<Tensor>> samples;  // by output, then sample
  for (std::int64_t n = 0; n < batch; ++n) {
    std::vector<Tensor> slices;
    for (std::size_t i = 1; i < call.inputs(); ++i) {
      call.require(call.in(i).rank() > 0 && call.in(i).shape[0] == batch, "batches differ");
      slices.push_back(slice_at(call.in(i), 0, n));
    }
    std::vector<const Tensor*> pointers;
    for (const Tensor& slice : slices) pointers.push_back(&slice);
    Results results = op_scan(Call(inner, pointers));
    samples.resize(results.size());
    for (std::size_t i = 0; i < results.size(); ++i) samples[i].push_back(std::move(results[i]));
  }
  Results outputs;
  for (const std::vector<Tensor>& parts : samples) outputs.push_back(stacked(parts, 0));
  return outputs;
}

}  // namespace

/// Scan: the body maps states and one slice of each scanned input to new states and output slices.
Results op_scan(const Call& call) {
  if (call.node.version < 9) return op_scan_batched(call);
  const auto& body = *std::get<std::shared_ptr<const Graph>>(call.node.attributes.at("body"));
  const auto scanned = static_cast<std::size_t>(call.node.integer("num_scan_inputs", 0));
  call.require(scanned > 0 && scanned <= call.inputs(), "num_scan_inputs does not fit the inputs");
  const std::size_t states = call.inputs() - scanned;
  call.require(body.inputs.size() == call.inputs() && body.outputs.size() >= states,
               "the body's inputs and outputs do not fit");
  const std::size_t produced = body.outputs.size() - states;
  const auto attribute = [&](const char* name, std::size_t count) {
    std::vector<std::int64_t> values = call.node.integers(name, {});
    values.resize(count, 0);
    return values;
  };
  const auto input_axes = attribute("scan_input_axes", scanned),
             output_axes = attribute("scan_output_axes", produced);
  const auto input_backward = attribute("scan_input_directions", scanned);
  const auto output_backward = attribute("scan_output_directions", produced);

  std::vector<Tensor> arguments;
  for (std::size_t i = 0; i < states; ++i) arguments.push_back(call.in(i));
  const auto axis_of = [&](std::size_t i) {
    return call.axis(input_axes[i], call.in(states + i).rank());
  };
  const std::int64_t length = call.in(states).shape[axis_of(0)];
  call.require(length > 0, "there is nothing to scan");
  std::vector<std::vector<Tensor>> slices(produced);
  for (std::int64_t step = 0; step < length; ++step) {
    arguments.resize(states);
    for (std::size_t i = 0; i < scanned; ++i) {
      const std::int64_t at = input_backward[i] != 0 ? length - 1 - step : step;
      arguments.push_back(slice_at(call.in(states + i), axis_of(i), at));
    }
    std::vector<const Tensor*> pointers;
    for (const Tensor& argument : arguments) pointers.push_back(&argument);
    std::vector<Tensor> results = evaluate_body(body, pointers);
    for (std::size_t i = 0; i < produced; ++i) slices[i].push_back(std::move(results[states + i]));
    results.resize(states);
    arguments = std::move(results);
  }
  for (std::size_t i = 0; i < produced; ++i) {
    if (output_backward[i] != 0) std::reverse(slices[i].begin(), slices[i].end());
    const std::int64_t rank = slices[i].front().rank() + 1;
    arguments.push_back(stacked(slices[i], call.axis(output_axes[i], rank)));
  }
  return arguments;
}

}  // namespace coldforge::kernels::golden
