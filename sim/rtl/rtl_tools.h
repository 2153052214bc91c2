#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace coldforge::sim {

/// What verilates and compiles the RTL.
struct RtlTools {
  std::string verilator, clang, ccache;  ///< paths; ccache may be empty
  std::string include_folder;            ///< of verilated.h
  std::string versions;
};
/// Throws UserError saying what is missing.
RtlTools find_rtl_tools();

using ToolCommand = std::vector<std::string>;  ///< argv, the program by its path

/// Runs commands in a folder, as many at a time as there are cores; `say` hears about once a second
/// how many are done. Throws UserError("the RTL does not build", ...) with the first error of one
/// that fails; the others are then stopped.
void run_commands(const std::vector<ToolCommand>& commands, const std::string& folder,
                  const std::function<void(std::size_t done)>& say);

}  // namespace coldforge::sim
