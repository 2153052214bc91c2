#include "tests/system/graphs/random_graph.h"

#include <cmath>

#include "kernels/compare.h"
#include "kernels/golden/golden.h"
#include "kernels/inputs.h"
#include "sim/base/error.h"
#include "tests/system/graphs/graph_draft.h"

namespace coldforge::test {
namespace {

using kernels::Tensor;

/// Every element off by as much as a 16-bit float may be.
std::vector<Tensor> disturbed(std::vector<Tensor> inputs, const kernels::Trial& trial) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!is_float(inputs[i].type)) continue;
    Random random(trial.seed, stream_key(i, stream_key("disturbed")));
    for (double& v : inputs[i].values) v *= 1 + (2 * random.uniform() - 1) / 2048;
  }
  return inputs;
}

bool is_sound(const kernels::Task& task) {
  kernels::Tolerance half = task.tolerance;
  half.rtol /= 2;
  half.atol /= 2;
  for (const kernels::Trial& trial : kernels::make_trials(1, 6)) {
    const std::vector<Tensor> inputs = kernels::make_inputs(task, trial);
    const std::vector<Tensor> golden = kernels::golden::evaluate(task.graph, inputs);
    // Rounded inputs are exact inputs again for what only moves or compares them.
    std::vector<Tensor> near = disturbed(inputs, trial);
    const std::vector<Tensor> moved = kernels::golden::evaluate(task.graph, near);
    for (std::size_t o = 0; o < golden.size(); ++o) {
      double largest = 0;
      for (const double v : golden[o].values) {
        if (!std::isfinite(v) || std::fabs(v) > 3e4) return false;
        largest = std::max(largest, std::fabs(v));
      }
      if (largest == 0) return false;
      if (is_float(golden[o].type) && !kernels::agrees(moved[o], golden[o], half)) return false;
    }
  }
  return true;
}

}  // namespace

std::string random_graph(std::uint64_t seed) {
  for (std::uint64_t draw = 0;; ++draw) {
    CF_CHECK(draw < 1000, "no sound graph for seed " + std::to_string(seed));
    GraphDraft draft(seed, draw);
    const auto wanted = static_cast<int>(draft.between(2, 8));
    for (int tries = 0; draft.nodes() < wanted && tries < 100; ++tries) draw_step(draft);
    if (draft.nodes() < 2) continue;
    const std::string text = draft.text("random" + std::to_string(seed));
    try {
      if (is_sound(kernels::parse_task(text, "random" + std::to_string(seed)))) return text;
    } catch (const UserError& error) {
      throw UserError(text, error.what());  // a fault of the steps that were drawn
    }
  }
}

}  // namespace coldforge::test
