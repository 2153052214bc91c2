#pragma once

#include <cstdint>
#include <string>

namespace coldforge::isa {

/// Disassembles an RV32IM/Zicsr/machine-mode word, registers as x0..x31 (ABI names would collide
/// with the tiles t0..t31), branch and jump targets as absolute addresses. Empty text for any other
/// word.
std::string disassemble_riscv(std::uint32_t word, std::uint32_t pc);

}  // namespace coldforge::isa
