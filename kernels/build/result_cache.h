#pragma once

#include <optional>
#include <string>

#include "kernels/build/toolchain.h"

namespace coldforge::kernels {

/// Results of compilations on disk, one file each, named by digest. A damaged file counts as
/// missing.
std::optional<CompileResult> load_result(const std::string& folder, const std::string& digest);
/// Never fails: a result that cannot be stored is compiled again next time.
void store_result(const std::string& folder, const CompileResult& result);

}  // namespace coldforge::kernels
