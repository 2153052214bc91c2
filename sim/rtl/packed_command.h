#pragma once

#include "sim/exec/command.h"
#include "sim/rtl/harness/rtl_abi.h"

namespace coldforge::sim {

/// Descriptors and registers of an instruction as the RTL issued it. Fills what its operands use.
/// Source: rtl/common/cf_npu_pkg.sv, tile_t and view_t.
void unpack(const CfRtlCommand& packed, Command& command);

}  // namespace coldforge::sim
