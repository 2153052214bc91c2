#pragma once

#include <functional>
#include <string>

#include "sim/rtl/rtl_sources.h"
#include "sim/rtl/rtl_tools.h"

namespace coldforge::sim {

/// Names the library that these make.
std::string rtl_digest(const RtlSources& sources, const RtlTools& tools, bool wave);

/// Builds `libnpu.so` in `folder`, which exists and is empty. `say` hears what is being done, about
/// once a second.
void build_rtl(const RtlSources& sources, const RtlTools& tools, bool wave,
               const std::string& folder, const std::function<void(const std::string&)>& say);

}  // namespace coldforge::sim
