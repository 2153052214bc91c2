#include "isa/riscv.h"

#include <catch2/catch.hpp>

using coldforge::isa::disassemble_riscv;

TEST_CASE("RV32IM and machine-mode words are disassembled", "[isa]") {
  // Words as riscv64-unknown-elf-as makes them from the texts.
  CHECK(disassemble_riscv(0x00500513, 0) == "addi x10, x0, 5");
  CHECK(disassemble_riscv(0xfff58593, 0) == "addi x11, x11, -1");
  CHECK(disassemble_riscv(0x00359593, 0) == "slli x11, x11, 3");
  CHECK(disassemble_riscv(0x4035d593, 0) == "srai x11, x11, 3");
  CHECK(disassemble_riscv(0x00b50533, 0) == "add x10, x10, x11");
  CHECK(disassemble_riscv(0x40b50533, 0) == "sub x10, x10, x11");
  CHECK(disassemble_riscv(0x02b50533, 0) == "mul x10, x10, x11");
  CHECK(disassemble_riscv(0x02b57533, 0) == "remu x10, x10, x11");
  CHECK(disassemble_riscv(0xffc12503, 0) == "lw x10, -4(x2)");
  CHECK(disassemble_riscv(0xfea12e23, 0) == "sw x10, -4(x2)");
  CHECK(disassemble_riscv(0xfe059ee3, 0x100) == "bne x11, x0, 0xfc");
  CHECK(disassemble_riscv(0x008000ef, 0x100) == "jal x1, 0x108");
  CHECK(disassemble_riscv(0x00008067, 0) == "jalr x0, 0(x1)");
  CHECK(disassemble_riscv(0x12345537, 0) == "lui x10, 0x12345");
  CHECK(disassemble_riscv(0xb0002573, 0) == "csrrs x10, 0xb00, x0");
  CHECK(disassemble_riscv(0x30545073, 0) == "csrrwi x0, 0x305, 8");
  CHECK(disassemble_riscv(0x00000073, 0) == "ecall");
  CHECK(disassemble_riscv(0x00100073, 0) == "ebreak");
  CHECK(disassemble_riscv(0x30200073, 0) == "mret");
  CHECK(disassemble_riscv(0x0ff0000f, 0) == "fence");
}

TEST_CASE("words that are no instruction give no text", "[isa]") {
  CHECK(disassemble_riscv(0x00000000, 0).empty());
  CHECK(disassemble_riscv(0xffffffff, 0).empty());
  CHECK(disassemble_riscv(0x40359593, 0).empty());  // slli with funct7 0x20
  CHECK(disassemble_riscv(0x00003003, 0).empty());  // ld
  CHECK(disassemble_riscv(0x80b50533, 0).empty());  // no such funct7
}
