#pragma once

#include <string>
#include <utility>
#include <vector>

#include "isa/arch.h"
#include "isa/isa.h"

namespace coldforge::sim {

/// Everything that enters the build of a verilated NPU, in memory.
struct RtlSources {
  using File = std::pair<std::string, std::string>;  ///< name, content
  std::vector<File> emitted;  ///< by isa/, and cf_rtl_machine.h for the harness
  std::vector<std::string>
      packages;                      ///< paths, each after those that it uses; emitted ones by name
  std::vector<std::string> modules;  ///< paths, sorted
  std::vector<std::string> waivers;  ///< paths
  std::string harness_folder;
};

/// `rtl_folder`: "" = the one that came with the program. Throws UserError if it holds no RTL.
RtlSources rtl_sources(const isa::Isa& isa, const isa::Arch& arch, const std::string& rtl_folder);

}  // namespace coldforge::sim
