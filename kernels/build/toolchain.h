#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "isa/isa.h"

namespace coldforge::kernels {

/// One message of the compiler or linker, or of our own scan.
struct Diagnostic {
  std::string file;  ///< "kernel.cpp", "task.h", "npu/tile.h", "ld.lld"
  int line = 0;      ///< 0: not known
  int column = 0;
  std::string severity;  ///< "error", "fatal error", "warning", "note"
  std::string message;
};

/// What became of a kernel source.
struct CompileResult {
  bool ok = false;
  /// The source did something that no honest kernel needs (own sections, entry points,
  /// constructors, tables of results).
  bool forbidden = false;
  std::vector<std::uint8_t> elf;        ///< if ok
  std::vector<Diagnostic> diagnostics;  ///< in order, at most 64
  std::string log;                      ///< all of the tools' output, at most 64 KiB
  std::string digest;  ///< of source, headers, tools, machine: names the result in the cache
};

/// A compilation under way: the compiler, then the linker. Poll descriptor() for readability and
/// call ready().
class PendingCompile {
 public:
  virtual ~PendingCompile() = default;
  /// Changes between the stages; -1 if the result is there already (from the cache).
  virtual int descriptor() const = 0;
  virtual bool ready() = 0;  ///< never blocks
  /// Waits if need be. Throws InfrastructureError if a tool was killed (its limits included) or the
  /// disk failed.
  virtual CompileResult finish() = 0;
};

/// Everything that kernels of one instruction set and machine are built with. The generated
/// headers, the start-up code and the linker script are made once and kept in the cache folder,
/// results too.
///
/// Compilations run as separate processes in an empty folder, with limits; they see no header but
/// ours.
class Toolchain {
 public:
  struct Options {
    std::string cache_folder;  ///< "" = $COLDFORGE_CACHE, else $XDG_CACHE_HOME/coldforge, else
                               ///< ~/.cache/coldforge
    bool use_cache = true;     ///< of results; the prepared folder is always kept
  };

  /// Throws UserError if clang++-19, ld.lld-19 or libgcc is missing (and says how to install it).
  Toolchain(const isa::Isa& isa, const isa::Arch& arch, Options options);
  Toolchain(const isa::Isa& isa, const isa::Arch& arch) : Toolchain(isa, arch, Options()) {}
  ~Toolchain();

  /// Starts building a kernel. `task_header` is the content of task.h.
  std::unique_ptr<PendingCompile> start(const std::string& source,
                                        const std::string& task_header) const;
  /// Starts and waits.
  CompileResult compile(const std::string& source, const std::string& task_header) const;

  /// Names tools, headers, instruction set and machine.
  const std::string& digest() const;
  /// "clang version 19.1.7 ..., LLD 19.1.7".
  const std::string& tool_versions() const;
  /// Folder of npu.h and the generated headers.
  const std::string& include_folder() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads clang's and lld's one-line messages out of a log.
std::vector<Diagnostic> parse_diagnostics(const std::string& log);

/// Folder of the device-side library: isa::share_dir()/kernels/lib.
std::string device_library_folder();

}  // namespace coldforge::kernels
