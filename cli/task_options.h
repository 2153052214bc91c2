#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/task.h"

namespace CLI {
class App;
}

namespace coldforge::cli {

/// How a command line names tasks and changes them while they are read.
struct TaskOptions {
  std::vector<std::string> names;   ///< files, globs, or unambiguous parts of built-in names
  std::vector<std::string> shapes;  ///< --shape X=64x512
  std::string dtype;                ///< --dtype fp16
  std::int64_t scale = 1;           ///< --scale 4

  /// Throws UserError("--shape X=64xx", "...").
  kernels::ReadOptions read_options() const;
  /// All tasks that `names` mean, in order, each once.
  std::vector<kernels::Task> load() const;
  /// The same, sorted by name, as runs of several tasks want them. UserError if two have one name.
  std::vector<kernels::Task> load_sorted() const;
};

/// Adds --shape, --dtype and --scale.
void add_task_options(CLI::App& command, TaskOptions& options);

/// The built-in tasks.
kernels::TaskLibrary built_in_tasks();

}  // namespace coldforge::cli
