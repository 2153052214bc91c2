#include <cmath>

#include "kernels/golden/broadcast.h"

namespace coldforge::kernels::golden {
namespace {

template <typename Function>
Results activation(const Call& call, Function function) {
  return {map_each(call.in(0).type, call.in(0), function)};
}

/// Split at 0, so that exp never overflows.
double sigmoid(double x) {
  if (x >= 0) return 1.0 / (1.0 + std::exp(-x));
  const double e = std::exp(x);
  return e / (1.0 + e);
}

double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

}  // namespace

Results op_relu(const Call& call) {
  return activation(call, [](double x) { return x < 0 ? 0.0 : x; });
}

Results op_leaky_relu(const Call& call) {
  const double alpha = call.node.number("alpha", 0.01);
  return activation(call, [=](double x) { return x < 0 ? alpha * x : x; });
}

Results op_prelu(const Call& call) {
  return {map_pairs(call, call.in(0).type, call.in(0), call.in(1),
                    [](double x, double slope) { return x < 0 ? slope * x : x; })};
}

Results op_thresholded_relu(const Call& call) {
  const double alpha = call.node.number("alpha", 1.0);
  return activation(call, [=](double x) { return x > alpha ? x : 0.0; });
}

Results op_elu(const Call& call) {
  const double alpha = call.node.number("alpha", 1.0);
  return activation(call, [=](double x) { return x < 0 ? alpha * std::expm1(x) : x; });
}

Results op_selu(const Call& call) {
  const double alpha = call.node.number("alpha", 1.6732631921768188);
  const double gamma = call.node.number("gamma", 1.0507010221481323);
  return activation(call, [=](double x) { return gamma * (x <= 0 ? alpha * std::expm1(x) : x); });
}

Results op_celu(const Call& call) {
  const double alpha = call.node.number("alpha", 1.0);
  return activation(call, [=](double x) { return x < 0 ? alpha * std::expm1(x / alpha) : x; });
}

Results op_sigmoid(const Call& call) { return activation(call, sigmoid); }

Results op_hard_sigmoid(const Call& call) {
  const double alpha = call.node.number("alpha", 0.2);
  const double beta = call.node.number("beta", 0.5);
  return activation(call, [=](double x) { return clamp(alpha * x + beta, 0.0, 1.0); });
}

Results op_hard_swish(const Call& call) {
  return activation(call, [](double x) { return x * clamp(x / 6.0 + 0.5, 0.0, 1.0); });
}

Results op_tanh(const Call& call) {
  return activation(call, [](double x) { return std::tanh(x); });
}

Results op_softplus(const Call& call) {
  return activation(call,
                    [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); });
}

Results op_softsign(const Call& call) {
  return activation(call, [](double x) { return x / (1.0 + std::abs(x)); });
}

Results op_shrink(const Call& call) {
  const double lambda = call.node.number("lambd", 0.5);
  const double bias = call.node.number("bias", 0.0);
  return activation(call, [=](double x) {
    return x < -lambda ? x + bias : x > lambda ? x - bias : 0.0;
  });
}

Results op_clip(const Call& call) {
  const double infinity = HUGE_VAL;
  const double low = call.has(1) ? call.in(1).values.at(0) : -infinity;
  const double high = call.has(2) ? call.in(2).values.at(0) : infinity;
  // ONNX: max wins if it is smaller than min.
  return activation(call, [=](double x) {
    const double raised = x < low ? low : x;
    return raised > high ? high : raised;
  });
}

}  // namespace coldforge::kernels::golden
