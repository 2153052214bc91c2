#pragma once

#include <functional>
#include <string>

#include "isa/arch.h"
#include "isa/isa.h"
#include "sim/rtl/harness/rtl_abi.h"

namespace coldforge::sim {

/// The RTL of one description and one machine, verilated, compiled and loaded.
///
/// Shared libraries are kept in $COLDFORGE_CACHE (else $XDG_CACHE_HOME/coldforge,
/// ~/.cache/coldforge), one folder `rtl-<digest>` each: the digest covers all sources, what isa/
/// emits for description and machine, the tools' versions and the flags. A missing one is built; of
/// several processes that want it one builds and the others wait.
class RtlLibrary {
 public:
  struct Options {
    std::string rtl_folder;  ///< "" = share_dir()/rtl
    bool wave = false;       ///< with waveforms: another library, a little slower
    /// Called about once a second while it is built: "building the RTL of tiny: compile 12/40, 31
    /// s".
    std::function<void(const std::string&)> progress;
  };
  /// Throws UserError if verilator or clang++ is missing, or with the first error if the RTL does
  /// not build.
  RtlLibrary(const isa::Isa& isa, const isa::Arch& arch, const Options& options);

  // The functions of rtl_abi.h. The library stays loaded for the life of the process.
  decltype(&cf_rtl_create) create = nullptr;
  decltype(&cf_rtl_destroy) destroy = nullptr;
  decltype(&cf_rtl_eval) eval = nullptr;
  decltype(&cf_rtl_command) command = nullptr;
  decltype(&cf_rtl_clock) clock = nullptr;
  decltype(&cf_rtl_peek) peek = nullptr;
  decltype(&cf_rtl_poke) poke = nullptr;
  decltype(&cf_rtl_open_wave) open_wave = nullptr;
  decltype(&cf_rtl_close_wave) close_wave = nullptr;

  const std::string& digest() const { return digest_; }

 private:
  std::string digest_;
};

/// What is missing to build it, one line ("verilator: not found; ..."); empty if nothing is.
std::string missing_rtl_tools();

}  // namespace coldforge::sim
