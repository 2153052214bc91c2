#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/build/toolchain.h"

namespace coldforge::kernels {

/// Paths of what a compilation needs; see Toolchain.
struct BuildSetup {
  std::string clang, lld, libgcc;
  std::string include_folder, precompiled;
  std::string start_object, memory_object, link_script;
  std::string result_folder;  ///< "" = results are not cached
  std::string digest;         ///< of all of the above
};

/// Language, target and limits, the same for every kernel. The limits are counted ones: they decide
/// verdicts.
const std::vector<std::string>& compile_flags();

std::unique_ptr<PendingCompile> start_compile(const BuildSetup& setup, const std::string& source,
                                              const std::string& task_header);

}  // namespace coldforge::kernels
