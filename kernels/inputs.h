#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/task.h"
#include "kernels/tensor.h"

namespace coldforge::kernels {

/// What kind of numbers a check feeds to a kernel. Inputs with a rule of their own (ranges,
/// probabilities, signs) keep to it whatever the distribution.
enum class Distribution {
  Normal,       // signed, standard deviation 1, tails end at 6
  Uniform,      // signed, uniform in [-2, 2)
  Adversarial,  // a mix of patterns, in turn along the tensor: magnitudes from 2^-10 to 8, zeros,
                // repeated values, alternating signs that nearly cancel, a common offset, and
                // extremes that move from row to row
};

inline constexpr Distribution kDistributions[] = {Distribution::Normal, Distribution::Uniform,
                                                  Distribution::Adversarial};

/// "normal", "uniform", "adversarial".
std::string_view name_of(Distribution distribution);

/// One check of a kernel: which inputs it gets.
struct Trial {
  std::uint64_t seed = 0;
  Distribution distribution = Distribution::Normal;
};

/// The trials of an ordinary check: each distribution once, then normal ones; their seeds follow
/// from `seed`.
std::vector<Trial> make_trials(std::uint64_t seed, int count);

/// The inputs of a task, in the order of graph.inputs, each rounded to its element type, finite. A
/// function of the task's digest, the trial and the input's position only; no two tensors share a
/// stream of random numbers.
std::vector<Tensor> make_inputs(const Task& task, const Trial& trial);

/// The rule that follows from how the graph uses an input, for tasks that state none: indices stay
/// in range, what goes into a logarithm, a square root or a variance is positive, integers are
/// small, everything else is Any.
InputRule default_rule(const Graph& graph, const Value& input);

}  // namespace coldforge::kernels
