#include "kernels/eager/eager.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "kernels/build/device_headers.h"
#include "kernels/eager/operands.h"
#include "sim/base/units.h"

namespace coldforge::kernels {
namespace {

using eager::Body;
using eager::Operands;
using eager::Written;

constexpr std::int64_t kAlignBytes = 64;

/// What every kernel begins with.
constexpr const char* kHead = R"(#include <npu.h>

#include "task.h"

using npu::Engine;
using npu::Memory;

/// Flags. Every node leaves them as it found them: down.
enum Flag {
  kLoaded,  // load -> vector or move; the flag behind each of these is the way back
  kLoadFree,
  kReady,  // vector or move -> store
  kStoreFree,
  kWeights,  // load or move -> matrix, left operand
  kWeightsFree,
  kOperands,  // the same, right operand
  kOperandsFree,
  kSummed,  // matrix -> move or store
  kSumFree,
  kStagedWeights,  // load -> move, left operand
  kStagedWeightsFree,
  kStagedOperands,  // the same, right operand
  kStagedOperandsFree,
};

/// Waits until nothing is under way, and takes back the free buffers of a channel.
template <int Free>
void finish(int buffers) {
  npu::barrier();
  for (int i = 0; i < buffers; ++i) npu::wait<Engine::Scalar>(Free);
}

)";

class Writer {
 public:
  Writer(const Task& task, const isa::Arch& arch) : task_(task), graph_(task.graph), arch_(arch) {}

  EagerKernel write() {
    place();
    if (!refusal_.empty()) return {"", {}, refusal_};
    std::string source = fmt::format(
        "// {}: one plain kernel a node, values between them in DRAM.\n//\n"
        "// Default tiles, double-buffered; nothing is fused, nothing was searched. The baseline "
        "that\n"
        "// other kernels are measured against.\n",
        graph_.name);
    source += kHead;
    std::string calls;
    std::vector<EagerNode> nodes;
    for (const Node& node : graph_.nodes) {
      EagerNode entry{node.outputs[0], node.op_type, "", 0, 0};
      if (alias_.count(node.outputs[0]) == 0) {
        const Written written = bodies(node);
        if (!written.refusal.empty()) {
          return {"", {}, fmt::format("{} ({}): {}", entry.name, node.op_type, written.refusal)};
        }
        const std::string definition = parameters(node) + statements(written);
        auto& shared = functions_[definition];
        if (shared.function.empty()) {
          shared = entry;
          shared.function = fmt::format("node_{}_{}", nodes.size(), identifier_of(node.outputs[0]));
          shared.first_line = lines_of(source) + 1;
          source += comment(node, written) + "void " + shared.function + definition;
          shared.last_line = lines_of(source);
        }
        entry.function = shared.function;
        entry.first_line = shared.first_line;
        entry.last_line = shared.last_line;
        calls += fmt::format("  {}({});  // {}\n", entry.function, arguments(node), entry.name);
      }
      nodes.push_back(entry);
    }
    source += "void kernel(const task::Args& args) {\n" + calls + "}\n";
    return {source, nodes, ""};
  }

 private:
  static int lines_of(const std::string& text) {
    return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  }

  /// Gives every value its place in DRAM; renamings share that of their input.
  void place() {
    for (const TaskArgument& argument : task_arguments(graph_)) {
      if (argument.role == TaskArgument::Role::Scratch) {
        scratch_bytes_ = argument.bytes;
      } else {
        places_[argument.name] =
            fmt::format("args.{}.as<{}>()", argument.identifier, eager::c_type_of(argument.type));
      }
    }
    for (const Node& node : graph_.nodes) {
      if (node.outputs.size() >= 1 && is_alias(node)) {
        alias_[node.outputs[0]] = node.inputs[0];
        places_[node.outputs[0]] = places_[node.inputs[0]];
        continue;
      }
      for (const std::string& output : node.outputs) {
        if (output.empty() || places_.count(output) != 0) continue;
        const Value& value = graph_.value(output);
        places_[output] =
            fmt::format("(args.scratch + {}).as<{}>()", used_bytes_, eager::c_type_of(value.type));
        used_bytes_ += round_up(std::max<std::int64_t>(1, value.bytes()), kAlignBytes);
      }
    }
    if (used_bytes_ > scratch_bytes_) {
      refusal_ = graph_.nodes.back().outputs[0] + " (" + graph_.nodes.back().op_type +
                 "): the values between nodes do not fit the scratch buffer";
    }
  }

  /// A renaming whose result is a graph output has to be copied.
  bool is_alias(const Node& node) const {
    if (!eager::is_renaming(graph_, node)) return false;
    return std::none_of(graph_.outputs.begin(), graph_.outputs.end(),
                        [&](const Value& output) { return output.name == node.outputs[0]; });
  }

  /// The values that a node reads and writes, each once, with the parameter of each.
  std::map<std::string, std::string> parameter_names(const Node& node) const {
    std::map<std::string, std::string> names;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.has_input(i)) names.emplace(node.inputs[i], fmt::format("from{}", i));
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (!node.outputs[i].empty()) names.emplace(node.outputs[i], fmt::format("result{}", i));
    }
    return names;
  }

  /// In the order of the parameters.
  std::map<std::string, std::string> by_parameter(const Node& node) const {
    std::map<std::string, std::string> values;
    for (const auto& [value, name] : parameter_names(node)) values.emplace(name, value);
    return values;
  }

  Written bodies(const Node& node) const {
    const std::map<std::string, std::string> names = parameter_names(node);
    const Operands operands(graph_, node, arch_, names, "temporary", scratch_bytes_ - used_bytes_);
    for (const auto& family : {eager::write_map, eager::write_reduction, eager::write_contraction,
                               eager::write_convolution, eager::write_pooling,
                               eager::write_quantised, eager::write_layout}) {
      Written written = family(operands);
      if (written.known()) return written;
    }
    return eager::refused("an operator without a kernel");
  }

  /// "(npu::Dram<float> from0, ..., npu::Dram<npu::u8> temporary)", and the arguments of a call.
  std::string parameters(const Node& node) const {
    std::string text;
    for (const auto& [name, value] : by_parameter(node)) {
      text += fmt::format("npu::Dram<{}> {}, ", eager::c_type_of(graph_.value(value).type), name);
    }
    return "(" + text + "npu::Dram<npu::u8> temporary)";
  }
  std::string arguments(const Node& node) const {
    std::string text;
    for (const auto& [name, value] : by_parameter(node)) text += places_.at(value) + ", ";
    return text + fmt::format("args.scratch + {}", used_bytes_);
  }

  std::string comment(const Node& node, const Written& written) const {
    const Value& out = graph_.value(node.outputs[0]);
    std::string inputs;
    for (const std::string& input : node.inputs) inputs += (inputs.empty() ? "" : ", ") + input;
    std::string text = fmt::format("/// {} = {}({}): {}.\n", node.outputs[0], node.op_type, inputs,
                                   type_text(out.type, out.shape));
    for (const Body& body : written.bodies) text += "/// Plan: " + body.plan + ".\n";
    return text;
  }
  static std::string statements(const Written& written) {
    std::string text = " {\n";
    for (const Body& body : written.bodies) {
      text += written.bodies.size() == 1 ? body.statements : "  {\n" + body.statements + "  }\n";
    }
    return text + "}\n\n";
  }

  const Task& task_;
  const Graph& graph_;
  const isa::Arch& arch_;
  std::map<std::string, std::string> places_, alias_;
  std::map<std::string, EagerNode> functions_;  ///< by definition: equal nodes share one
  std::int64_t used_bytes_ = 0, scratch_bytes_ = 0;
  std::string refusal_;
};

}  // namespace

EagerKernel write_eager(const Task& task, const isa::Arch& arch) {
  return Writer(task, arch).write();
}

const std::vector<std::string>& eager_refusals() {
  static const std::vector<std::string> kReasons = {
      "a scanned or searched row does not fit on chip",
      "a tensor has too many dimensions for a view",
      "an attribute that is not supported",
      "an element type that is not supported",
      "an operand that has to be a constant is none",
      "an operator without a kernel",
      "a window does not fit on chip",
      "an output that is not written",
      "more than eight tensors",
      "more tiles than registers",
      "the operands of a piece do not fit on chip",
      "the values between nodes do not fit the scratch buffer",
  };
  return kReasons;
}

}  // namespace coldforge::kernels
