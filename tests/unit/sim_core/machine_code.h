#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "isa/isa.h"
#include "sim/run.h"

namespace coldforge::sim::test {

/// RV32IM words by hand, one function an instruction format: tests name the registers by number.
using Word = std::uint32_t;
using Code = std::vector<Word>;

inline Word r_type(Word opcode, Word funct3, Word funct7, Word rd, Word rs1, Word rs2) {
  return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct7 << 25;
}
inline Word i_type(Word opcode, Word funct3, Word rd, Word rs1, std::int32_t imm) {
  return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | static_cast<Word>(imm) << 20;
}
inline Word s_type(Word funct3, Word rs1, Word rs2, std::int32_t imm) {
  const Word u = static_cast<Word>(imm);
  return 0x23 | (u & 31) << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | (u >> 5 & 127) << 25;
}
inline Word branch(Word funct3, Word rs1, Word rs2, std::int32_t offset) {
  const Word u = static_cast<Word>(offset);
  return 0x63 | (u >> 11 & 1) << 7 | (u >> 1 & 15) << 8 | funct3 << 12 | rs1 << 15 | rs2 << 20 |
         (u >> 5 & 63) << 25 | (u >> 12 & 1) << 31;
}
inline Word jal(Word rd, std::int32_t offset) {
  const Word u = static_cast<Word>(offset);
  return 0x6f | rd << 7 | (u >> 12 & 255) << 12 | (u >> 11 & 1) << 20 | (u >> 1 & 1023) << 21 |
         (u >> 20 & 1) << 31;
}
inline Word jalr(Word rd, Word rs1, std::int32_t imm) { return i_type(0x67, 0, rd, rs1, imm); }
inline Word lui(Word rd, Word upper20) { return 0x37 | rd << 7 | upper20 << 12; }
inline Word addi(Word rd, Word rs1, std::int32_t imm) { return i_type(0x13, 0, rd, rs1, imm); }
inline Word add(Word rd, Word rs1, Word rs2) { return r_type(0x33, 0, 0, rd, rs1, rs2); }
inline Word mul(Word rd, Word rs1, Word rs2) { return r_type(0x33, 0, 1, rd, rs1, rs2); }
inline Word div(Word rd, Word rs1, Word rs2) { return r_type(0x33, 4, 1, rd, rs1, rs2); }
inline Word lw(Word rd, Word rs1, std::int32_t imm) { return i_type(0x03, 2, rd, rs1, imm); }
inline Word sw(Word rs1, Word rs2, std::int32_t imm) { return s_type(2, rs1, rs2, imm); }
inline Word csrrw(Word rd, Word csr, Word rs1) {
  return i_type(0x73, 1, rd, rs1, static_cast<std::int32_t>(csr));
}
inline Word csrrs(Word rd, Word csr, Word rs1) {
  return i_type(0x73, 2, rd, rs1, static_cast<std::int32_t>(csr));
}
constexpr Word kEcall = 0x73, kEbreak = 0x100073, kMret = 0x30200073, kWfi = 0x10500073,
               kFence = 0x0ff0000f, kFenceI = 0x100f, kNop = 0x13;
constexpr Word kA0 = 10, kA1 = 11, kA2 = 12, kA7 = 17;

/// Loads any constant in two words.
inline void li(Code& code, Word rd, Word value) {
  const Word low = value & 0xfff;
  const Word high = (value + 0x800) >> 12;
  code.push_back(lui(rd, high & 0xfffff));
  code.push_back(addi(rd, rd, static_cast<std::int32_t>(low << 20) >> 20));
}
inline void append(Code& code, const Code& more) {
  code.insert(code.end(), more.begin(), more.end());
}

/// The exit call with the value of a register as exit code: 3 instructions.
inline Code exit_with(Word reg) { return {addi(kA0, reg, 0), addi(kA7, 0, 93), kEcall}; }

/// A program whose code begins at address 0.
inline Program program_of(const Code& code) {
  Program program;
  Segment segment;
  segment.address = kItcmBase;
  segment.size_bytes = static_cast<std::uint32_t>(4 * code.size());
  for (const Word word : code) {
    for (int b = 0; b < 4; ++b) segment.bytes.push_back(static_cast<std::uint8_t>(word >> (8 * b)));
  }
  segment.executable = true;
  program.segments.push_back(segment);
  return program;
}

/// A tile instruction by its mnemonic, registers in operand order.
inline Word tile(const isa::Isa& isa, const std::string& mnemonic,
                 const std::vector<int>& registers) {
  return isa::encode(*isa.find(mnemonic), registers);
}

}  // namespace coldforge::sim::test
