#pragma once

#include <cstdint>

#include "isa/isa.h"

namespace coldforge::sim {

/// Operations of the interpreter: RV32IM and Zicsr, one enumerator an instruction, and what tile
/// instructions do to the interpreter. Order within a group matters to nobody.
enum class Op : std::uint8_t {
  Illegal,
  Lui,
  Auipc,
  Jal,
  Jalr,
  Beq,
  Bne,
  Blt,
  Bge,
  Bltu,
  Bgeu,
  Lb,
  Lh,
  Lw,
  Lbu,
  Lhu,
  Sb,
  Sh,
  Sw,
  Addi,
  Slti,
  Sltiu,
  Xori,
  Ori,
  Andi,
  Slli,
  Srli,
  Srai,
  Add,
  Sub,
  Sll,
  Slt,
  Sltu,
  Xor,
  Srl,
  Sra,
  Or,
  And,
  Mul,
  Mulh,
  Mulhsu,
  Mulhu,
  Div,
  Divu,
  Rem,
  Remu,
  Fence,
  FenceI,
  Ecall,
  Ebreak,
  Mret,
  Wfi,
  Csr,
  TileConfig,  ///< a descriptor instruction: local to the core
  TileOther,   ///< an engine or synchronisation instruction: meets other units
  FetchFault,  ///< stands for every address that is not in the ITCM
};

/// A pre-decoded word. `rd` is 32 instead of 0, a register that nobody reads; `imm` holds the
/// immediate, the instruction id of a tile instruction, or the CSR number.
struct Decoded {
  Op op = Op::Illegal;
  std::uint8_t rd = 32;
  std::uint8_t rs1 = 0;
  std::uint8_t rs2 = 0;
  std::int32_t imm = 0;
};

/// Decodes one word. Reserved encodings are Op::Illegal, as the RISC-V unprivileged manual lists
/// them for RV32IM_Zicsr; hints are executed as what they look like.
Decoded decode_word(const isa::Isa& isa, std::uint32_t word);

}  // namespace coldforge::sim
