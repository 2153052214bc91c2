#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "kernels/build/device_headers.h"

namespace coldforge::kernels {
namespace {

constexpr std::int64_t kLeastScratchBytes = 64 * 1024;
constexpr std::int64_t kMostScratchBytes = std::int64_t{8} << 20;

const char* cpp_type(ElementType type) {
  constexpr const char* kNames[kElementTypes] = {"npu::f32", "npu::f16", "npu::bf16", "npu::i8",
                                                 "npu::u8",  "npu::i32", "npu::i64",  "bool"};
  return kNames[static_cast<int>(type)];
}

const std::set<std::string>& taken_names() {
  static const std::set<std::string> kNames = {
      "alignas",       "alignof",   "and",      "asm",       "auto",
      "bool",          "break",     "case",     "catch",     "char",
      "class",         "compl",     "concept",  "const",     "consteval",
      "constexpr",     "constinit", "continue", "decltype",  "default",
      "delete",        "do",        "double",   "else",      "enum",
      "explicit",      "export",    "extern",   "false",     "float",
      "for",           "friend",    "goto",     "if",        "inline",
      "int",           "long",      "mutable",  "namespace", "new",
      "noexcept",      "not",       "nullptr",  "operator",  "or",
      "private",       "protected", "public",   "register",  "requires",
      "return",        "short",     "signed",   "sizeof",    "static",
      "struct",        "switch",    "template", "this",      "throw",
      "true",          "try",       "typedef",  "typeid",    "typename",
      "union",         "unsigned",  "using",    "virtual",   "void",
      "volatile",      "while",     "xor",      "Args",      "scratch",
      "scratch_bytes", "npu",       "task",     "kernel"};
  return kNames;
}

/// What all values between nodes take together, each on a line of its own: enough for a kernel that
/// keeps none on chip.
std::int64_t scratch_bytes(const Graph& graph) {
  std::int64_t bytes = 0;
  for (const Node& node : graph.nodes) {
    for (const std::string& output : node.outputs) {
      const auto found = graph.values.find(output);
      if (found == graph.values.end()) continue;
      // Kernels may keep a value in fp32 whatever its declared type.
      bytes += round_up(found->second.size() * std::max(4, size_bytes(found->second.type)), 64);
    }
  }
  return std::clamp(round_up(2 * bytes, 4096), kLeastScratchBytes, kMostScratchBytes);
}

std::string shape_literal(const Shape& shape) {
  std::string text = fmt::format("npu::Extents<{}>{{{{", shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + (shape.empty() ? "1}}" : "}}");
}

/// A constant of one element, for use in constexpr code.
std::string value_line(const TaskArgument& argument, double value) {
  if (is_float(argument.type)) {
    if (!(value - value == 0)) return "";  // infinities and NaN stay in memory
    return fmt::format("inline constexpr npu::f32 {}_value = {:a}f;\n", argument.identifier, value);
  }
  return fmt::format("inline constexpr npu::i32 {}_value = {};\n", argument.identifier,
                     static_cast<std::int64_t>(value));
}

}  // namespace

std::string identifier_of(const std::string& name) {
  std::string id;
  for (const char c : name) {
    id += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  // "__" and a leading '_' are reserved to the implementation.
  std::string clean;
  for (const char c : id) {
    if (c == '_' && (clean.empty() || clean.back() == '_')) continue;
    clean += c;
  }
  if (clean.empty() || std::isdigit(static_cast<unsigned char>(clean[0])) != 0) clean = "v" + clean;
  if (taken_names().count(clean) != 0) clean += "_";
  return clean;
}

std::vector<TaskArgument> task_arguments(const Graph& graph) {
  std::vector<TaskArgument> arguments;
  std::set<std::string> used;
  const auto add = [&](TaskArgument::Role role, const std::string& name, ElementType type,
                       const Shape& shape) {
    TaskArgument argument{role, name, identifier_of(name), type, shape, 0};
    const std::string base = argument.identifier;
    for (int i = 2; !used.insert(argument.identifier).second; ++i) {
      argument.identifier = base + "_" + std::to_string(i);
    }
    argument.bytes = std::max<std::int64_t>(1, element_count(shape) * size_bytes(type));
    arguments.push_back(std::move(argument));
  };
  for (const Value& value : graph.inputs) {
    add(TaskArgument::Role::Input, value.name, value.type, value.shape);
  }
  for (const auto& [name, tensor] : graph.constants) {
    add(TaskArgument::Role::Constant, name, tensor.type, tensor.shape);
  }
  for (const Value& value : graph.outputs) {
    add(TaskArgument::Role::Output, value.name, value.type, value.shape);
  }
  TaskArgument scratch{TaskArgument::Role::Scratch, "scratch", "scratch",
                       ElementType::UInt8,          {},        0};
  scratch.bytes = scratch_bytes(graph);
  scratch.shape = {scratch.bytes};
  arguments.push_back(std::move(scratch));
  return arguments;
}

std::string emit_task_header(const Task& task) {
  std::string text = "// task.h: what the kernel is given. Made from the task's graph:\n";
  std::string graph = pretty_text(task.graph);
  std::size_t begin = 0;
  while (begin < graph.size()) {
    const std::size_t end = std::min(graph.find('\n', begin), graph.size());
    text += "//   " + graph.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  text += "#pragma once\n\n#include <npu.h>\n\nnamespace task {\n\n";
  std::string members;
  for (const TaskArgument& argument : task_arguments(task.graph)) {
    const std::string& id = argument.identifier;
    if (argument.role == TaskArgument::Role::Scratch) {
      text += fmt::format("inline constexpr npu::i32 scratch_bytes = {};\n", argument.bytes);
      members +=
          "  npu::Dram<npu::u8> scratch;  ///< DRAM of the kernel's own, poisoned at the start\n";
      continue;
    }
    text += fmt::format("using {}_type = {};\n", id, cpp_type(argument.type));
    text +=
        fmt::format("inline constexpr auto {}_shape = {};\n", id, shape_literal(argument.shape));
    if (argument.role == TaskArgument::Role::Constant && element_count(argument.shape) == 1) {
      text += value_line(argument, task.graph.constants.at(argument.name).values[0]);
    }
    const bool output = argument.role == TaskArgument::Role::Output;
    members += fmt::format("  npu::Dram<{}{}> {};  ///< {}: {}\n", output ? "" : "const ",
                           cpp_type(argument.type), id,
                           output                                          ? "output"
                           : argument.role == TaskArgument::Role::Constant ? "constant"
                                                                           : "input",
                           type_text(argument.type, argument.shape));
  }
  text +=
      "\n/// Where the tensors lie in DRAM, row-major; new addresses in every run.\nstruct Args "
      "{\n" +
      members + "};\n\n}  // namespace task\n\n";
  return text + "/// What you write.\nvoid kernel(const task::Args& args);\n";
}

}  // namespace coldforge::kernels
