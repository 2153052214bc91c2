#include "kernels/inputs.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/base/error.h"
#include "sim/base/random.h"

namespace coldforge::kernels {
namespace {

constexpr double kUniformHalfWidth = 2.0;
constexpr double kLargestAdversarial =
    8.0;  // products of two stay far from fp16's 65504 in sums of up to 1000
constexpr int kLeastExponent = -10;           // of adversarial magnitudes: 2^-10
constexpr double kDefaultIntegerRange = 100;  // int32 and int64 inputs without a rule
constexpr double kHarmlessOffset = 40;        // times 1 to 4: exp overflows fp32 at 88.7
constexpr double kPositiveLeast = 0.25, kPositiveMost = 4.0;

/// Adversarial patterns, chosen anew for every run of elements.
enum class Pattern { Magnitudes, Zeros, Repeats, Alternating, Offset, Spike };
constexpr int kPatterns = 6;

/// The elements of one run. Runs are as long as the last axis, so that a reduction over rows meets
/// each pattern alone.
void fill_run(Random& random, Pattern pattern, double offset, double* first, std::int64_t count) {
  const double level = 1.0 + 3.0 * random.uniform();
  const double sign = random.below(2) == 0 ? 1.0 : -1.0;
  const auto special = static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(count)));
  for (std::int64_t i = 0; i < count; ++i) {
    const double small = random.normal() * 0.25;
    switch (pattern) {
      case Pattern::Magnitudes: {
        const int exponent = kLeastExponent + static_cast<int>(random.below(13));
        first[i] =
            std::ldexp((random.below(2) == 0 ? 1.0 : -1.0) * (1.0 + random.uniform()), exponent);
        break;
      }
      case Pattern::Zeros:
        first[i] = random.below(2) == 0 ? 0.0 : 4.0 * small;
        break;
      case Pattern::Repeats:
        first[i] = sign * (random.below(3) == 0 ? level : -0.5 * level);
        break;
      case Pattern::Alternating:
        first[i] = (i % 2 == 0 ? level : -level) + small;
        break;
      case Pattern::Offset:
        first[i] = sign * level * offset + small;
        break;
      case Pattern::Spike:
        first[i] = i == special ? sign * kLargestAdversarial : 4.0 * small;
        break;
    }
  }
}

void fill_adversarial(Random& random, double offset, Tensor& tensor) {
  const std::int64_t run =
      std::max<std::int64_t>(1, tensor.shape.empty() ? 1 : tensor.shape.back());
  // The patterns come in a random order, each once in every six runs.
  int order[kPatterns] = {0, 1, 2, 3, 4, 5};
  for (std::int64_t start = 0, turn = 0; start < tensor.size(); start += run, ++turn) {
    const auto place = static_cast<int>(turn % kPatterns);
    if (place == 0) {
      for (int i = kPatterns - 1; i > 0; --i) {
        std::swap(order[i], order[random.below(static_cast<std::uint32_t>(i + 1))]);
      }
    }
    fill_run(random, static_cast<Pattern>(order[place]), offset, &tensor.values[start],
             std::min(run, tensor.size() - start));
  }
}

/// Multiplies each slice along the first axis, and the whole, by 2^e, e uniform in +-spread.
void spread_levels(Random& random, double spread, Tensor& tensor) {
  const auto level = [&] {
    const double exponent = (2.0 * random.uniform() - 1.0) * spread;
    const double whole = std::floor(exponent);
    // Linear within a binade: exp2 of the host's libm must not reach an input.
    return std::ldexp(1.0 + (exponent - whole), static_cast<int>(whole));
  };
  const double common = level();
  const std::int64_t slices = tensor.shape.empty() ? 1 : tensor.shape[0];
  const std::int64_t width = tensor.size() / slices;
  for (std::int64_t slice = 0; slice < slices; ++slice) {
    const double factor = slices == 1 ? common : common * level();
    for (std::int64_t i = 0; i < width; ++i) tensor.values[slice * width + i] *= factor;
  }
}

/// Clears or mirrors what the structure says in every matrix of the last two axes.
void impose(InputRule::Structure structure, Tensor& tensor) {
  const std::int64_t n = tensor.shape.back();
  for (std::int64_t at = 0; at < tensor.size(); ++at) {
    const std::int64_t row = at / n % n, column = at % n;
    const std::int64_t mirrored = at + (column - row) * (n - 1);
    const bool below = row > column;
    if (structure == InputRule::Structure::Symmetric) {
      if (below) tensor.values[at] = tensor.values[mirrored];
    } else if (row != column && below == (structure == InputRule::Structure::Upper)) {
      tensor.values[at] = 0;
    }
  }
}

void fill_any(Random& random, Distribution distribution, const InputRule& rule, Tensor& tensor) {
  if (distribution == Distribution::Adversarial) {
    fill_adversarial(random, rule.offset, tensor);
  } else {
    for (double& value : tensor.values) {
      value = distribution == Distribution::Normal
                  ? random.normal()
                  : (2.0 * random.uniform() - 1.0) * kUniformHalfWidth;
    }
  }
  for (double& value : tensor.values) value *= rule.scale;
  if (rule.spread > 0) spread_levels(random, rule.spread, tensor);
  if (rule.structure != InputRule::Structure::Full) impose(rule.structure, tensor);
}

/// Floats uniform in the range; adversarial: every other element near one of its ends. Integers:
/// uniform, ends included.
void fill_range(Random& random, Distribution distribution, const InputRule& rule, Tensor& tensor) {
  const bool whole = !is_float(tensor.type);
  const double width = rule.most - rule.least;
  for (double& value : tensor.values) {
    if (whole) {
      value = rule.least + std::floor(random.uniform() * (width + 1.0));
      continue;
    }
    double place = random.uniform();
    if (distribution == Distribution::Adversarial && random.below(2) == 0) {
      place = random.below(2) == 0 ? 0.01 * place : 1.0 - 0.01 * place;
    }
    value = rule.least + width * place;
  }
}

/// With a spread, the whole tensor is more or less peaked.
void fill_probabilities(Random& random, const InputRule& rule, Tensor& tensor) {
  const double least = rule.spread > 0 ? 0.02 + 0.5 * random.uniform() : 0.1;
  const std::int64_t width =
      std::max<std::int64_t>(1, tensor.shape.empty() ? 1 : tensor.shape.back());
  for (std::int64_t start = 0; start < tensor.size(); start += width) {
    double sum = 0;
    // Squares spread the weights over some four binades without coming close to 0.
    for (std::int64_t i = 0; i < width; ++i) {
      const double root = least + random.uniform();
      sum += tensor.values[start + i] = root * root;
    }
    for (std::int64_t i = 0; i < width; ++i) tensor.values[start + i] /= sum;
  }
}

/// The largest class or row number that the graph may look up with this input, or -1 if it is not
/// an index.
std::int64_t index_limit(const Graph& graph, const Value& input) {
  for (const Node& node : graph.nodes) {
    if (node.inputs.size() < 2 || node.inputs[1] != input.name) continue;
    const Value& data = graph.value(node.inputs[0]);
    const auto rank = static_cast<std::int64_t>(data.shape.size());
    if (node.op_type == "SoftmaxCrossEntropyLoss" || node.op_type == "NegativeLogLikelihoodLoss") {
      return data.shape.at(1) - 1;
    }
    if (node.op_type == "Gather" || node.op_type == "GatherElements" ||
        node.op_type == "ScatterElements") {
      const std::int64_t axis = node.integer("axis", 0);
      return data.shape.at(static_cast<std::size_t>(axis < 0 ? axis + rank : axis)) - 1;
    }
    if (node.op_type == "GatherND")
      return *std::min_element(data.shape.begin(), data.shape.end()) - 1;
  }
  return -1;
}

/// Whether the result stays the same when a number is added to all of a row.
bool ignores_offset(const Graph& graph, const Value& input) {
  for (const Node& node : graph.nodes) {
    if (node.inputs.empty() || node.inputs[0] != input.name) continue;
    if (node.op_type == "Softmax" || node.op_type == "LogSoftmax") return true;
  }
  return false;
}

bool must_be_positive(const Graph& graph, const Value& input) {
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != input.name) continue;
      const bool argument =
          node.op_type == "Log" || node.op_type == "Sqrt" || node.op_type == "ReduceLogSum";
      const bool divisor = i == 1 && (node.op_type == "Div" || node.op_type == "Mod");
      const bool base = i == 0 && node.op_type == "Pow";
      const bool variance = i == 4 && node.op_type == "BatchNormalization";
      if (argument || divisor || base || variance || node.op_type == "Reciprocal") return true;
    }
  }
  return false;
}

}  // namespace

std::string_view name_of(Distribution distribution) {
  constexpr std::string_view kNames[] = {"normal", "uniform", "adversarial"};
  return kNames[static_cast<int>(distribution)];
}

InputRule default_rule(const Graph& graph, const Value& input) {
  InputRule rule;
  if (input.type == ElementType::Bool) {
    rule = {InputRule::Kind::Range, 0, 1, 1};
  } else if (input.type == ElementType::Int8) {
    rule = {InputRule::Kind::Range, -128, 127, 1};
  } else if (input.type == ElementType::UInt8) {
    rule = {InputRule::Kind::Range, 0, 255, 1};
  } else if (!is_float(input.type)) {
    rule = {InputRule::Kind::Range, -kDefaultIntegerRange, kDefaultIntegerRange, 1};
    const std::int64_t limit = index_limit(graph, input);
    if (limit >= 0) rule = {InputRule::Kind::Range, 0, static_cast<double>(limit), 1};
  } else if (must_be_positive(graph, input)) {
    rule = {InputRule::Kind::Range, kPositiveLeast, kPositiveMost, 1};
  } else if (input.type == ElementType::Fp32 && ignores_offset(graph, input)) {
    rule.offset = kHarmlessOffset;
  }
  return rule;
}

std::vector<Trial> make_trials(std::uint64_t seed, int count) {
  std::vector<Trial> trials;
  for (int i = 0; i < count; ++i) {
    const Distribution distribution =
        i < static_cast<int>(std::size(kDistributions)) ? kDistributions[i] : Distribution::Normal;
    trials.push_back(
        {stream_key(static_cast<std::uint64_t>(i), stream_key("trial", seed)), distribution});
  }
  return trials;
}

std::vector<Tensor> make_inputs(const Task& task, const Trial& trial) {
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < task.graph.inputs.size(); ++i) {
    const Value& declared = task.graph.inputs[i];
    const std::uint64_t stream =
        stream_key(static_cast<std::uint64_t>(i),
                   stream_key(name_of(trial.distribution), stream_key(task.digest)));
    Random random(trial.seed, stream);
    Tensor tensor(declared.type, declared.shape);
    const InputRule& rule = task.input_rules.at(declared.name);
    switch (rule.kind) {
      case InputRule::Kind::Any:
        fill_any(random, trial.distribution, rule, tensor);
        break;
      case InputRule::Kind::Range:
        fill_range(random, trial.distribution, rule, tensor);
        break;
      case InputRule::Kind::Probabilities:
        fill_probabilities(random, rule, tensor);
        break;
      case InputRule::Kind::Signs:
        for (double& value : tensor.values) value = random.below(2) == 0 ? -1.0 : 1.0;
        break;
    }
    round_values(tensor);
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

}  // namespace coldforge::kernels
