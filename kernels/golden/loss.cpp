#include <algorithm>
#include <cmath>
#include <optional>

#include "kernels/golden/operators.h"

namespace coldforge::kernels::golden {
namespace {

/// Negative log likelihood of `log_probability` [n, c, d...] under labels [n, d...], optional
/// weights [c].
Tensor likelihood_loss(const Call& call, const Tensor& log_probability) {
  const Tensor& labels = call.in(1);
  Shape expected = log_probability.shape;
  expected.erase(expected.begin() + 1);
  call.require(labels.shape == expected,
               "labels must have the scores' shape without its second axis");
  const std::int64_t classes = log_probability.shape[1];
  call.require(!call.has(2) || call.in(2).size() == classes,
               "weights must have one element per class");
  const std::int64_t pixels = labels.size() / std::max<std::int64_t>(1, log_probability.shape[0]);
  std::optional<std::int64_t> ignored;
  if (call.node.has("ignore_index")) ignored = call.node.integer("ignore_index", 0);
  Tensor loss(log_probability.type, labels.shape);
  double total = 0, total_weight = 0;
  for (std::int64_t i = 0; i < labels.size(); ++i) {
    const auto label = static_cast<std::int64_t>(labels.values[i]);
    if (ignored && label == *ignored) continue;
    call.require(label >= 0 && label < classes, "label " + std::to_string(label) +
                                                    " is out of range for " +
                                                    std::to_string(classes) + " classes");
    const double weight = call.has(2) ? call.in(2).values[label] : 1.0;
    const std::int64_t at = (i / pixels * classes + label) * pixels + i % pixels;
    loss.values[i] = -weight * log_probability.values[at];
    total += loss.values[i];
    total_weight += weight;
  }
  const std::string reduction = call.node.text("reduction", "mean");
  if (reduction == "none") return loss;
  return Tensor(loss.type, {}, {reduction == "sum" ? total : total / total_weight});
}

}  // namespace

Results op_softmax_cross_entropy_loss(const Call& call) {
  Tensor scores = call.in(0);
  call.require(scores.rank() >= 2, "scores must have rank 2 at least");
  const std::int64_t classes = scores.shape[1];
  const std::int64_t pixels = scores.size() / std::max<std::int64_t>(1, scores.shape[0] * classes);
  for (std::int64_t row = 0; row < scores.shape[0] * pixels; ++row) {
    double* x = &scores.values[row / pixels * classes * pixels + row % pixels];
    double largest = x[0], sum = 0;
    for (std::int64_t c = 1; c < classes; ++c) largest = std::max(largest, x[c * pixels]);
    for (std::int64_t c = 0; c < classes; ++c) sum += std::exp(x[c * pixels] - largest);
    const double shift = largest + std::log(sum);
    for (std::int64_t c = 0; c < classes; ++c) x[c * pixels] -= shift;
  }
  Results results = {likelihood_loss(call, scores)};
  if (call.wants(1)) results.push_back(scores);
  return results;
}

Results op_negative_log_likelihood_loss(const Call& call) {
  call.require(call.in(0).rank() >= 2, "scores must have rank 2 at least");
  return {likelihood_loss(call, call.in(0))};
}

}  // namespace coldforge::kernels::golden
