#include "cli/task_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <set>

#include "isa/element_type.h"
#include "isa/isa.h"
#include "sim/base/error.h"

namespace coldforge::cli {
namespace {

constexpr std::int64_t kLargestScale = 4096;
constexpr std::int64_t kLargestExtent = std::int64_t{1} << 31;

/// "X=64x512" as a name and extents.
std::pair<std::string, kernels::Shape> parse_shape(const std::string& text) {
  const auto fail = [&](const std::string& problem) -> UserError {
    return UserError("--shape " + text, problem + "; write INPUT=64x512");
  };
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) throw fail("names no input");
  kernels::Shape shape;
  std::size_t at = equals + 1;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find('x', at), text.size());
    std::int64_t extent = 0;
    const auto [stop, error] = std::from_chars(text.data() + at, text.data() + end, extent);
    if (error != std::errc() || stop != text.data() + end || extent < 1 ||
        extent > kLargestExtent) {
      throw fail("'" + text.substr(at, end - at) + "' is no extent from 1 to 2147483648");
    }
    shape.push_back(extent);
    at = end + 1;
  }
  return {text.substr(0, equals), shape};
}

}  // namespace

kernels::ReadOptions TaskOptions::read_options() const {
  kernels::ReadOptions read;
  for (const std::string& text : shapes) read.shapes.insert(parse_shape(text));
  if (!dtype.empty()) {
    const auto type = element_type_from(dtype);
    if (!type || !is_float(*type))
      throw UserError("--dtype " + dtype, "must be fp32, fp16 or bf16");
    read.dtype = type;
  }
  read.scale = scale;
  return read;
}

std::vector<kernels::Task> TaskOptions::load() const {
  const kernels::TaskLibrary library = built_in_tasks();
  const kernels::ReadOptions read = read_options();
  std::vector<kernels::Task> tasks;
  std::set<std::string> seen;
  for (const std::string& name : names) {
    for (const auto& entry : library.resolve(name)) {
      if (!seen.insert(entry.path.string()).second) continue;
      tasks.push_back(kernels::load_task(entry.path, read));
      tasks.back().name = entry.name;
    }
  }
  return tasks;
}

std::vector<kernels::Task> TaskOptions::load_sorted() const {
  std::vector<kernels::Task> tasks = load();
  std::sort(tasks.begin(), tasks.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (std::size_t i = 1; i < tasks.size(); ++i) {
    if (tasks[i].name == tasks[i - 1].name) {
      throw UserError(tasks[i].path.string(),
                      "has the same name as " + tasks[i - 1].path.string() + "; rename one");
    }
  }
  return tasks;
}

void add_task_options(CLI::App& command, TaskOptions& options) {
  command
      .add_option("--shape", options.shapes,
                  "Extents of an input, e.g. X=64x512; binds symbolic ones")
      ->type_name("INPUT=EXTENTS")
      ->allow_extra_args(false);
  command.add_option("--dtype", options.dtype,
                     "Element type of all float tensors: fp32, fp16 or bf16");
  command
      .add_option("--scale", options.scale,
                  "Multiplies the free extents (batch, rows) of a task by N, for performance work")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kLargestScale));
}

kernels::TaskLibrary built_in_tasks() {
  return kernels::TaskLibrary(isa::share_dir() + "/kernels/tasks");
}

}  // namespace coldforge::cli
