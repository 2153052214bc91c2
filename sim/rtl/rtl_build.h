#pragma once

#include <functional>
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

/// Throws UserError if the folder holds no RTL.
RtlSources rtl_sources(const isa::Isa& isa, const isa::Arch& arch, const std::string& rtl_folder);

struct RtlTools {
  std::string verilator, clang, ccache;  ///< paths; ccache may be empty
  std::string include_folder;            ///< of verilated.h
  std::string versions;
};
/// Throws UserError saying what is missing.
RtlTools find_rtl_tools();

/// Names the library that these make.
std::string rtl_digest(const RtlSources& sources, const RtlTools& tools, bool wave);

/// Builds `libnpu.so` in `folder`, which exists and is empty. `say` hears what is being done, about
/// once a second.
void build_rtl(const RtlSources& sources, const RtlTools& tools, bool wave,
               const std::string& folder, const std::function<void(const std::string&)>& say);

}  // namespace coldforge::sim
