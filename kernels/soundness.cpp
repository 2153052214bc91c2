#include <algorithm>
#include <cmath>
#include <set>

#include "kernels/compare.h"
#include "kernels/golden/golden.h"
#include "kernels/inputs.h"
#include "sim/base/random.h"

namespace coldforge::kernels {
namespace {

constexpr std::uint64_t kSeeds[] = {11,
                                    12};  // two, so that one's answers can be tried on the other

struct Case {
  Trial trial;
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
};

std::string label(const Trial& trial) {
  return std::string(name_of(trial.distribution)) + ", seed " + std::to_string(trial.seed);
}

struct Spread {
  double mean = 0, deviation = 0;
};

Spread spread_of(const Tensor& tensor) {
  Spread spread;
  const auto count = static_cast<double>(std::max<std::int64_t>(1, tensor.size()));
  for (const double value : tensor.values) spread.mean += value / count;
  double squares = 0;
  for (const double value : tensor.values)
    squares += (value - spread.mean) * (value - spread.mean) / count;
  spread.deviation = std::sqrt(squares);
  return spread;
}

template <typename Element>
Tensor filled(const Tensor& like, Element element) {
  Tensor tensor(like.type, like.shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.values[i] = element(i);
  round_values(tensor);
  return tensor;
}

class Checker {
 public:
  explicit Checker(const Task& task) : task_(task) {}

  TaskSoundness run() {
    for (const Distribution distribution : kDistributions) {
      std::vector<Case> cases;
      for (const std::uint64_t seed : kSeeds) {
        Case one{{seed, distribution}, {}, {}};
        one.inputs = make_inputs(task_, one.trial);
        one.outputs = golden::evaluate(task_.graph, one.inputs);
        cases.push_back(std::move(one));
      }
      for (std::size_t i = 0; i < cases.size(); ++i) check_outputs(cases[i], cases[1 - i]);
      if (distribution == Distribution::Normal) check_sensitivity(cases[0], cases[1]);
      note_work(cases[0]);
      for (const Case& one : cases) check_precision(one);
    }
    report_idle_nodes();
    return std::move(result_);
  }

 private:
  void find(const std::string& text) {
    if (std::find(result_.findings.begin(), result_.findings.end(), text) ==
        result_.findings.end()) {
      result_.findings.push_back(text);
    }
  }

  void check_outputs(const Case& one, const Case& other) {
    for (std::size_t k = 0; k < one.outputs.size(); ++k) {
      const std::string where = "output '" + task_.graph.outputs[k].name + "'";
      const Tensor& golden = one.outputs[k];
      const bool finite = std::all_of(golden.values.begin(), golden.values.end(),
                                      [](double value) { return std::isfinite(value); });
      if (!finite) {
        find(where + ": the golden result is not finite (" + label(one.trial) + ")");
        continue;
      }
      check_axes(golden, where, one.trial);
      for_each_cheat(one, other, k, [&](const std::string& cheat, const Tensor& answer) {
        if (agrees(answer, golden, task_.tolerance)) {
          find(where + ": " + cheat + " would pass (" + label(one.trial) + ")");
        }
      });
    }
  }

  /// Calls attempt(name, tensor) for everything that a kernel could answer without computing.
  template <typename Attempt>
  void for_each_cheat(const Case& one, const Case& other, std::size_t k, Attempt attempt) const {
    const Tensor& golden = one.outputs[k];
    attempt("zeros", filled(golden, [](std::int64_t) { return 0.0; }));
    const Spread own = spread_of(golden), foreign = spread_of(other.outputs[k]);
    attempt("a constant", filled(golden, [&](std::int64_t) { return foreign.mean; }));
    if (golden.size() > 1)
      attempt("the mean", filled(golden, [&](std::int64_t) { return own.mean; }));
    Random random(one.trial.seed, stream_key("noise", stream_key(task_.digest)));
    attempt("noise", filled(golden, [&](std::int64_t) {
              return foreign.mean + foreign.deviation * random.normal();
            }));
    attempt("the answer to another seed", other.outputs[k]);
    for (std::size_t i = 0; i < one.inputs.size(); ++i) {
      const Tensor& input = one.inputs[i];
      attempt("a copy of input '" + task_.graph.inputs[i].name + "'",
              filled(golden, [&](std::int64_t at) { return input.values[at % input.size()]; }));
    }
  }

  /// Every axis must matter: somewhere along it, neighbours differ.
  void check_axes(const Tensor& golden, const std::string& where, const Trial& trial) {
    const std::vector<std::int64_t> strides = row_major_strides(golden.shape);
    for (std::size_t axis = 0; axis < golden.shape.size(); ++axis) {
      if (golden.shape[axis] < 2) continue;
      bool varies = false;
      for (std::int64_t i = 0; i < golden.size() && !varies; ++i) {
        const bool last = i / strides[axis] % golden.shape[axis] == golden.shape[axis] - 1;
        varies = !last && golden.values[i] != golden.values[i + strides[axis]];
      }
      if (!varies) {
        find(where + ": does not vary along axis " + std::to_string(axis) + " (" + label(trial) +
             ")");
      }
    }
  }

  /// Replacing one input by another seed's must show in some output.
  void check_sensitivity(const Case& one, const Case& other) {
    for (std::size_t i = 0; i < one.inputs.size(); ++i) {
      std::vector<Tensor> inputs = one.inputs;
      inputs[i] = other.inputs[i];
      const std::vector<Tensor> outputs = golden::evaluate(task_.graph, inputs);
      const std::string& name = task_.graph.inputs[i].name;
      const bool declared = task_.idle.count(name) != 0, matters = shows(outputs, one);
      if (declared && matters) {
        find("input '" + name + "': said to be idle, but the outputs depend on it");
      } else if (!declared && !matters) {
        find("input '" + name + "': another one gives the same outputs within the tolerance");
      }
    }
  }

  /// Storing every value in its declared type, as one kernel per node does, must stay within half
  /// of the tolerance: else honest kernels fail now and then.
  void check_precision(const Case& one) {
    const golden::Values values =
        golden::evaluate_values(task_.graph, one.inputs, golden::Between::Rounded);
    for (std::size_t k = 0; k < one.outputs.size(); ++k) {
      const std::string& name = task_.graph.outputs[k].name;
      const Tolerance half = {task_.tolerance.rtol / 2, task_.tolerance.atol / 2};
      const Comparison rounded = compare(values.at(name), one.outputs[k], half, name);
      if (!rounded.pass()) {
        find("output '" + name + "': rounding the values in between to their types is too much (" +
             label(one.trial) + "): " + std::to_string(rounded.wrong) + " elements are wrong");
      }
    }
  }

  bool shows(const std::vector<Tensor>& outputs, const Case& one) const {
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      if (!agrees(outputs[k], one.outputs[k], task_.tolerance)) return true;
    }
    return false;
  }

  /// Which nodes do something to these inputs: the outputs must differ when the node hands its
  /// input through, and when it answers zeros.
  void note_work(const Case& one) {
    const Graph& graph = task_.graph;
    const golden::Values values = golden::evaluate_values(graph, one.inputs);
    for (const Node& node : graph.nodes) {
      const std::string& name = result_of(node);
      const Tensor& own = values.at(name);
      if (const Tensor* input = bypass_of(node, own, values)) {
        bypassed_.insert(name);
        if (busy_.count(name) == 0 && shows(golden::replay_with(graph, values, name, *input), one))
          busy_.insert(name);
      }
      if (read_.count(name) == 0 &&
          shows(golden::replay_with(graph, values, name, Tensor(own.type, own.shape)), one)) {
        read_.insert(name);
      }
    }
  }

  /// The node's first result that anybody reads.
  const std::string& result_of(const Node& node) const {
    for (const std::string& output : node.outputs) {
      if (!output.empty() && task_.graph.uses(output) > 0) return output;
    }
    return node.outputs.at(0);
  }

  /// What the node would hand through, if it did nothing; null if nothing has the result's shape,
  /// or the operator is known to change no number.
  static const Tensor* bypass_of(const Node& node, const Tensor& own,
                                 const golden::Values& values) {
    for (const char* still : {"Identity", "Dropout", "Cast", "CastLike", "Reshape", "Flatten"}) {
      if (node.op_type == still) return nullptr;
    }
    for (const std::string& input : node.inputs) {
      const auto found = values.find(input);
      if (found == values.end() || found->second.shape != own.shape) continue;
      if (is_float(found->second.type) == is_float(own.type)) return &found->second;
    }
    return nullptr;
  }

  bool is_declared(const std::string& name) const {
    return std::any_of(task_.idle.begin(), task_.idle.end(),
                       [&](const std::string& pattern) { return matches_glob(pattern, name); });
  }

  void report_idle_nodes() {
    for (const Node& node : task_.graph.nodes) {
      const std::string& name = result_of(node);
      const std::string where = "value '" + name + "': ";
      const bool declared = is_declared(name);
      if (read_.count(name) == 0) {
        if (!declared) find(where + "the outputs do not depend on it");
      } else if (bypassed_.count(name) != 0 && busy_.count(name) == 0 && !declared) {
        find(where + node.op_type + " changes nothing here: leave it out, or say 'idle " + name +
             "'");
      } else if (task_.idle.count(name) != 0 && busy_.count(name) != 0) {
        find(where + "said to be idle, but " + node.op_type + " changes the outputs");
      }
    }
  }

  const Task& task_;
  TaskSoundness result_;
  std::set<std::string> bypassed_;  // values whose node could be left out
  std::set<std::string> busy_;      // those of them whose node changed the outputs in some trial
  std::set<std::string> read_;      // values that the outputs depended on in some trial
};

}  // namespace

TaskSoundness check_task(const Task& task) { return Checker(task).run(); }

}  // namespace coldforge::kernels
