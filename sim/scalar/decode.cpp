#include "sim/scalar/decode.h"

namespace coldforge::sim {
namespace {

std::int32_t imm_i(std::uint32_t w) { return static_cast<std::int32_t>(w) >> 20; }
std::int32_t imm_s(std::uint32_t w) {
  return (static_cast<std::int32_t>(w) >> 25) * 32 + static_cast<std::int32_t>(w >> 7 & 31);
}
std::int32_t imm_b(std::uint32_t w) {
  return (static_cast<std::int32_t>(w) >> 31) * 4096 + static_cast<std::int32_t>(w << 4 & 0x800) +
         static_cast<std::int32_t>(w >> 20 & 0x7e0) + static_cast<std::int32_t>(w >> 7 & 0x1e);
}
std::int32_t imm_j(std::uint32_t w) {
  return (static_cast<std::int32_t>(w) >> 31) * (1 << 20) + static_cast<std::int32_t>(w & 0xff000) +
         static_cast<std::int32_t>(w >> 9 & 0x800) + static_cast<std::int32_t>(w >> 20 & 0x7fe);
}

Op branch_op(std::uint32_t funct3) {
  constexpr Op kOps[8] = {Op::Beq, Op::Bne, Op::Illegal, Op::Illegal,
                          Op::Blt, Op::Bge, Op::Bltu,    Op::Bgeu};
  return kOps[funct3];
}

Op load_op(std::uint32_t funct3) {
  constexpr Op kOps[8] = {Op::Lb,  Op::Lh,  Op::Lw,      Op::Illegal,
                          Op::Lbu, Op::Lhu, Op::Illegal, Op::Illegal};
  return kOps[funct3];
}

Op store_op(std::uint32_t funct3) {
  constexpr Op kOps[3] = {Op::Sb, Op::Sh, Op::Sw};
  return funct3 < 3 ? kOps[funct3] : Op::Illegal;
}

Op immediate_op(std::uint32_t funct3, std::uint32_t funct7) {
  switch (funct3) {
    case 0:
      return Op::Addi;
    case 1:
      return funct7 == 0 ? Op::Slli : Op::Illegal;
    case 2:
      return Op::Slti;
    case 3:
      return Op::Sltiu;
    case 4:
      return Op::Xori;
    case 5:
      return funct7 == 0 ? Op::Srli : funct7 == 32 ? Op::Srai : Op::Illegal;
    case 6:
      return Op::Ori;
    default:
      return Op::Andi;
  }
}

Op register_op(std::uint32_t funct3, std::uint32_t funct7) {
  constexpr Op kBase[8] = {Op::Add, Op::Sll, Op::Slt, Op::Sltu, Op::Xor, Op::Srl, Op::Or, Op::And};
  constexpr Op kMul[8] = {Op::Mul, Op::Mulh, Op::Mulhsu, Op::Mulhu,
                          Op::Div, Op::Divu, Op::Rem,    Op::Remu};
  if (funct7 == 0) return kBase[funct3];
  if (funct7 == 1) return kMul[funct3];
  if (funct7 == 32 && funct3 == 0) return Op::Sub;
  if (funct7 == 32 && funct3 == 5) return Op::Sra;
  return Op::Illegal;
}

Decoded decode_system(std::uint32_t word, Decoded d) {
  const std::uint32_t funct3 = word >> 12 & 7;
  if (funct3 != 0) {
    d.op = funct3 == 4 ? Op::Illegal : Op::Csr;
    d.imm = static_cast<std::int32_t>(word >> 20);
    return d;
  }
  switch (word) {
    case 0x0000'0073:
      d.op = Op::Ecall;
      break;
    case 0x0010'0073:
      d.op = Op::Ebreak;
      break;
    case 0x3020'0073:
      d.op = Op::Mret;
      break;
    case 0x1050'0073:
      d.op = Op::Wfi;
      break;
    default:
      d.op = Op::Illegal;
  }
  return d;
}

Decoded decode_tile(const isa::Isa& isa, std::uint32_t word, Decoded d) {
  const isa::Instruction* instruction = isa.decode(word);
  if (instruction == nullptr) return d;
  d.op = instruction->timing == "config" ? Op::TileConfig : Op::TileOther;
  d.imm = instruction->id;
  return d;
}

}  // namespace

Decoded decode_word(const isa::Isa& isa, std::uint32_t word) {
  Decoded d;
  const std::uint32_t rd = word >> 7 & 31;
  const std::uint32_t funct3 = word >> 12 & 7;
  const std::uint32_t funct7 = word >> 25;
  d.rd = static_cast<std::uint8_t>(rd == 0 ? 32 : rd);
  d.rs1 = static_cast<std::uint8_t>(word >> 15 & 31);
  d.rs2 = static_cast<std::uint8_t>(word >> 20 & 31);
  switch (word & 0x7f) {
    case 0x37:
      d.op = Op::Lui;
      d.imm = static_cast<std::int32_t>(word & 0xffff'f000);
      break;
    case 0x17:
      d.op = Op::Auipc;
      d.imm = static_cast<std::int32_t>(word & 0xffff'f000);
      break;
    case 0x6f:
      d.op = Op::Jal;
      d.imm = imm_j(word);
      break;
    case 0x67:
      d.op = funct3 == 0 ? Op::Jalr : Op::Illegal;
      d.imm = imm_i(word);
      break;
    case 0x63:
      d.op = branch_op(funct3);
      d.imm = imm_b(word);
      break;
    case 0x03:
      d.op = load_op(funct3);
      d.imm = imm_i(word);
      break;
    case 0x23:
      d.op = store_op(funct3);
      d.imm = imm_s(word);
      break;
    case 0x13:
      d.op = immediate_op(funct3, funct7);
      d.imm = funct3 == 1 || funct3 == 5 ? d.rs2 : imm_i(word);
      break;
    case 0x33:
      d.op = register_op(funct3, funct7);
      break;
    case 0x0f:
      d.op = funct3 == 0 ? Op::Fence : funct3 == 1 ? Op::FenceI : Op::Illegal;
      break;
    case 0x73:
      return decode_system(word, d);
    case 0x0b:
    case 0x2b:
    case 0x5b:
    case 0x7b:
      return decode_tile(isa, word, d);
    default:
      break;
  }
  return d;
}

}  // namespace coldforge::sim
