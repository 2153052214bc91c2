#include "isa/riscv.h"

#include <cstdio>

namespace coldforge::isa {

// Instruction formats: The RISC-V Instruction Set Manual, Volume I, chapters 2, 7 (M) and 9
// (Zicsr).
namespace {

std::string x(std::uint32_t number) { return "x" + std::to_string(number & 31); }

std::string hex(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%x", value);
  return text;
}

std::int32_t sign_extended(std::uint32_t value, int bits) {
  return static_cast<std::int32_t>(value << (32 - bits)) >> (32 - bits);
}

struct Fields {
  explicit Fields(std::uint32_t word)
      : rd(word >> 7 & 31),
        rs1(word >> 15 & 31),
        rs2(word >> 20 & 31),
        funct3(word >> 12 & 7),
        funct7(word >> 25),
        imm_i(sign_extended(word >> 20, 12)),
        imm_s(sign_extended((word >> 25) << 5 | (word >> 7 & 31), 12)),
        imm_b(sign_extended((word >> 31) << 12 | (word >> 7 & 1) << 11 | (word >> 25 & 63) << 5 |
                                (word >> 8 & 15) << 1,
                            13)),
        imm_j(sign_extended((word >> 31) << 20 | (word >> 12 & 255) << 12 | (word >> 20 & 1) << 11 |
                                (word >> 21 & 1023) << 1,
                            21)) {}
  std::uint32_t rd, rs1, rs2, funct3, funct7;
  std::int32_t imm_i, imm_s, imm_b, imm_j;
};

std::string branch(const Fields& f, std::uint32_t pc) {
  constexpr const char* kNames[] = {"beq", "bne", "", "", "blt", "bge", "bltu", "bgeu"};
  const std::string name = kNames[f.funct3];
  if (name.empty()) return "";
  return name + " " + x(f.rs1) + ", " + x(f.rs2) + ", " +
         hex(pc + static_cast<std::uint32_t>(f.imm_b));
}

std::string load(const Fields& f) {
  constexpr const char* kNames[] = {"lb", "lh", "lw", "", "lbu", "lhu", "", ""};
  const std::string name = kNames[f.funct3];
  if (name.empty()) return "";
  return name + " " + x(f.rd) + ", " + std::to_string(f.imm_i) + "(" + x(f.rs1) + ")";
}

std::string store(const Fields& f) {
  constexpr const char* kNames[] = {"sb", "sh", "sw"};
  if (f.funct3 > 2) return "";
  return std::string(kNames[f.funct3]) + " " + x(f.rs2) + ", " + std::to_string(f.imm_s) + "(" +
         x(f.rs1) + ")";
}

std::string op_imm(const Fields& f) {
  constexpr const char* kNames[] = {"addi", "slli", "slti", "sltiu", "xori", "srli", "ori", "andi"};
  std::string name = kNames[f.funct3];
  const bool shift = f.funct3 == 1 || f.funct3 == 5;
  if (shift && f.funct7 == 0x20 && f.funct3 == 5) {
    name = "srai";
  } else if (shift && f.funct7 != 0) {
    return "";
  }
  return name + " " + x(f.rd) + ", " + x(f.rs1) + ", " +
         (shift ? std::to_string(f.rs2) : std::to_string(f.imm_i));
}

std::string op(const Fields& f) {
  constexpr const char* kBase[] = {"add", "sll", "slt", "sltu", "xor", "srl", "or", "and"};
  constexpr const char* kMul[] = {"mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu"};
  std::string name;
  if (f.funct7 == 0) name = kBase[f.funct3];
  if (f.funct7 == 1) name = kMul[f.funct3];
  if (f.funct7 == 0x20 && f.funct3 == 0) name = "sub";
  if (f.funct7 == 0x20 && f.funct3 == 5) name = "sra";
  if (name.empty()) return "";
  return name + " " + x(f.rd) + ", " + x(f.rs1) + ", " + x(f.rs2);
}

std::string system(const Fields& f, std::uint32_t word) {
  switch (word) {
    case 0x00000073:
      return "ecall";
    case 0x00100073:
      return "ebreak";
    case 0x30200073:
      return "mret";
    case 0x10500073:
      return "wfi";
    default:
      break;
  }
  constexpr const char* kNames[] = {"", "csrrw",  "csrrs",  "csrrc",
                                    "", "csrrwi", "csrrsi", "csrrci"};
  const std::string name = kNames[f.funct3];
  if (name.empty()) return "";
  return name + " " + x(f.rd) + ", " + hex(word >> 20) + ", " +
         (f.funct3 >= 5 ? std::to_string(f.rs1) : x(f.rs1));
}

}  // namespace

std::string disassemble_riscv(std::uint32_t word, std::uint32_t pc) {
  const Fields f(word);
  switch (word & 0x7f) {
    case 0x37:
      return "lui " + x(f.rd) + ", " + hex(word >> 12);
    case 0x17:
      return "auipc " + x(f.rd) + ", " + hex(word >> 12);
    case 0x6f:
      return "jal " + x(f.rd) + ", " + hex(pc + static_cast<std::uint32_t>(f.imm_j));
    case 0x67:
      if (f.funct3 != 0) return "";
      return "jalr " + x(f.rd) + ", " + std::to_string(f.imm_i) + "(" + x(f.rs1) + ")";
    case 0x63:
      return branch(f, pc);
    case 0x03:
      return load(f);
    case 0x23:
      return store(f);
    case 0x13:
      return op_imm(f);
    case 0x33:
      return op(f);
    case 0x0f:
      return f.funct3 == 0 ? "fence" : f.funct3 == 1 ? "fence.i" : "";
    case 0x73:
      return system(f, word);
    default:
      return "";
  }
}

}  // namespace coldforge::isa
