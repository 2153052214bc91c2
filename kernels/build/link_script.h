#pragma once

#include <cstdint>
#include <string>

#include "isa/arch.h"

namespace coldforge::kernels {

/// Where the loader puts the argument block (one 32-bit address for each member of task::Args), and
/// how much room it has.
inline constexpr std::uint32_t kArgumentBase = 0x1000'0000;
inline constexpr std::uint32_t kArgumentBytes = 1024;

/// The linker script of a machine: code in ITCM, all data in DTCM behind the argument block, the
/// stack at DTCM's end.
std::string link_script(const isa::Arch& arch);

}  // namespace coldforge::kernels
