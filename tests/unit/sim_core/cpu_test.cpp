#include "sim/scalar/cpu.h"

#include <catch2/catch.hpp>

#include "tests/unit/sim_core/machine_code.h"

namespace coldforge::sim::test {
namespace {

/// A core alone on a tiny machine.
struct Alone {
  explicit Alone(const Code& code)
      : isa(isa::Isa::load()),
        arch(isa::load_arch("tiny")),
        plans(make_plans(isa)),
        check(arch),
        program(program_of(code)),
        cpu(isa, arch, plans, check, program, 1, false) {}
  Cpu::Stop run() { return cpu.run(10000, 1'000'000); }

  isa::Isa isa;
  isa::Arch arch;
  std::vector<TilePlan> plans;
  IssueCheck check;
  Program program;
  Cpu cpu;
};

/// Register 3 after `word` ran with x1 = a and x2 = b.
std::uint32_t result_of(Word word, Word a, Word b) {
  Code code;
  li(code, 1, a);
  li(code, 2, b);
  code.push_back(word);
  code.push_back(kEcall);
  Alone alone(code);
  REQUIRE(alone.run() == Cpu::Stop::Ecall);
  return alone.cpu.reg(3);
}

std::uint32_t op(Word funct3, Word funct7, Word a, Word b) {
  return result_of(r_type(0x33, funct3, funct7, 3, 1, 2), a, b);
}

constexpr Word kMin = 0x8000'0000, kOnes = 0xffff'ffff;

}  // namespace

TEST_CASE("register arithmetic follows the base instruction set", "[sim][scalar]") {
  CHECK(op(0, 0, 5, kOnes) == 4);             // add
  CHECK(op(0, 32, 5, 7) == kOnes - 1);        // sub
  CHECK(op(1, 0, 1, 33) == 2);                // sll takes five bits
  CHECK(op(2, 0, kOnes, 1) == 1);             // slt is signed
  CHECK(op(3, 0, kOnes, 1) == 0);             // sltu is not
  CHECK(op(4, 0, 0xff00, 0x0ff0) == 0xf0f0);  // xor
  CHECK(op(5, 0, kMin, 31) == 1);             // srl
  CHECK(op(5, 32, kMin, 31) == kOnes);        // sra
  CHECK(op(6, 0, 0xf0, 0x0f) == 0xff);        // or
  CHECK(op(7, 0, 0xf0, 0x3c) == 0x30);        // and
}

TEST_CASE("multiplication and division follow the M extension, corners included", "[sim][scalar]") {
  CHECK(op(0, 1, kOnes, kOnes) == 1);                                  // mul
  CHECK(op(1, 1, kMin, kMin) == 0x4000'0000);                          // mulh
  CHECK(op(2, 1, kOnes, kOnes) == kOnes);                              // mulhsu: -1 * 4294967295
  CHECK(op(3, 1, kOnes, kOnes) == kOnes - 1);                          // mulhu
  CHECK(op(4, 1, static_cast<Word>(-7), 2) == static_cast<Word>(-3));  // div truncates
  CHECK(op(6, 1, static_cast<Word>(-7), 2) == kOnes);  // rem has the dividend's sign
  CHECK(op(4, 1, kMin, kOnes) == kMin);                // overflow
  CHECK(op(6, 1, kMin, kOnes) == 0);
  CHECK(op(4, 1, 9, 0) == kOnes);  // division by zero
  CHECK(op(5, 1, 9, 0) == kOnes);
  CHECK(op(6, 1, 9, 0) == 9);
  CHECK(op(7, 1, 9, 0) == 9);
  CHECK(op(5, 1, kMin, 3) == kMin / 3);
  CHECK(op(7, 1, kMin, 3) == kMin % 3);
}

TEST_CASE("immediate instructions sign-extend", "[sim][scalar]") {
  CHECK(result_of(addi(3, 1, -1), 0, 0) == kOnes);
  CHECK(result_of(i_type(0x13, 2, 3, 1, -1), kMin, 0) == 1);       // slti
  CHECK(result_of(i_type(0x13, 3, 3, 1, -1), 5, 0) == 1);          // sltiu against 0xffffffff
  CHECK(result_of(i_type(0x13, 4, 3, 1, -1), 0x0f, 0) == ~0x0fu);  // xori
  CHECK(result_of(i_type(0x13, 5, 3, 1, 4 + 0x400), kMin, 0) == 0xf800'0000);  // srai 4
  CHECK(result_of(lui(3, 0xabcde), 0, 0) == 0xabcd'e000);
  CHECK(result_of(0x17 | 3 << 7 | 1 << 12, 0, 0) == 0x1000 + 16);  // auipc at 16
}

TEST_CASE("x0 stays zero", "[sim][scalar]") {
  CHECK(result_of(addi(0, 1, 5), 1, 1) == 0);
  Alone alone({addi(0, 0, 5), add(3, 0, 0), kEcall});
  alone.run();
  CHECK(alone.cpu.reg(3) == 0);
}

TEST_CASE("loads and stores of the DTCM are little-endian and extend as asked", "[sim][scalar]") {
  Code code;
  li(code, 1, kDtcmBase);
  li(code, 2, 0x8182'f3f4);
  append(code, {sw(1, 2, 8), i_type(0x03, 0, 3, 1, 8), i_type(0x03, 4, 4, 1, 9),
                i_type(0x03, 1, 5, 1, 10), i_type(0x03, 5, 6, 1, 10), s_type(0, 1, 2, 11),
                s_type(1, 1, 2, 8), lw(7, 1, 8), kEcall});
  Alone alone(code);
  REQUIRE(alone.run() == Cpu::Stop::Ecall);
  CHECK(alone.cpu.reg(3) == 0xffff'fff4);
  CHECK(alone.cpu.reg(4) == 0xf3);
  CHECK(alone.cpu.reg(5) == 0xffff'8182);
  CHECK(alone.cpu.reg(6) == 0x8182);
  CHECK(alone.cpu.reg(7) == 0xf482'f3f4);  // sb of f4 at 11, sh of f3f4 at 8
}

TEST_CASE("branches compare as their names say", "[sim][scalar]") {
  const auto taken = [](Word funct3, Word a, Word b) {
    Code code;
    li(code, 1, a);
    li(code, 2, b);
    append(code, {branch(funct3, 1, 2, 8), kEcall, addi(3, 0, 1), kEcall});
    Alone alone(code);
    REQUIRE(alone.run() == Cpu::Stop::Ecall);
    return alone.cpu.reg(3) == 1;
  };
  CHECK(taken(0, 4, 4));
  CHECK_FALSE(taken(0, 4, 5));
  CHECK(taken(1, 4, 5));
  CHECK(taken(4, kOnes, 0));
  CHECK_FALSE(taken(6, kOnes, 0));
  CHECK(taken(5, 0, kOnes));
  CHECK(taken(7, kOnes, 0));
}

TEST_CASE("jumps link and jalr clears the lowest bit", "[sim][scalar]") {
  Code code = {jal(1, 8), kEcall, addi(2, 0, 17), jalr(3, 2, 0), kEcall};
  Alone alone(code);
  REQUIRE(alone.run() == Cpu::Stop::Ecall);
  CHECK(alone.cpu.reg(1) == 4);
  CHECK(alone.cpu.reg(3) == 16);
  CHECK(alone.cpu.pc() == 16);
}

TEST_CASE("a trap without handler stops with cause, pc and value", "[sim][scalar]") {
  const auto trap_of = [](const Code& code) {
    Alone alone(code);
    REQUIRE(alone.run() == Cpu::Stop::Trap);
    return alone.cpu.trap_info();
  };
  CHECK(trap_of({kNop, 0}).message == "illegal instruction at pc 0x00000004: 0x00000000");
  CHECK(trap_of({kEbreak}).message == "breakpoint at pc 0x00000000");
  CHECK(trap_of({lw(1, 0, 0x801)}).message == "load address misaligned at pc 0x00000000");
  CHECK(trap_of({lui(1, 0x20000), lw(2, 1, 4)}).message ==
        "load access fault at pc 0x00000004: address 0x20000004 is in no memory");
  CHECK(
      trap_of({sw(0, 1, 0)}).message ==
      "store access fault at pc 0x00000000: address 0x00000000 is in the ITCM, which is read-only");
  CHECK(trap_of({lui(1, 0x10010), sw(1, 1, 0)}).message ==
        "store access fault at pc 0x00000004: address 0x10010000 is in no memory");
  CHECK(trap_of({jal(0, 6)}).message == "instruction address misaligned at pc 0x00000000");
  CHECK(trap_of({lui(1, 0x10000), jalr(0, 1, 0)}).message ==
        "instruction access fault at pc 0x10000000: code must lie in the ITCM");
  CHECK(trap_of({csrrw(0, 0x7c0, 1)}).message ==
        "illegal instruction at pc 0x00000000: there is no CSR 0x7c0");
  CHECK(trap_of({csrrw(0, 0xc00, 1)}).message ==
        "illegal instruction at pc 0x00000000: CSR 0xc00 is read-only");
  CHECK(trap_of({csrrw(0, 0xfc1, 1)}).message ==
        "illegal instruction at pc 0x00000000: CSR 0xfc1 is read-only");
}

TEST_CASE("a trap enters the handler and mret comes back", "[sim][scalar]") {
  // Handler at 32: skips the instruction that trapped.
  const Code code = {addi(1, 0, 32),
                     csrrw(0, 0x305, 1),
                     kEbreak,
                     addi(5, 0, 7),
                     kEcall,
                     kNop,
                     kNop,
                     kNop,
                     csrrs(2, 0x342, 0),
                     csrrs(3, 0x341, 0),
                     addi(4, 3, 4),
                     csrrw(0, 0x341, 4),
                     kMret};
  Alone alone(code);
  REQUIRE(alone.run() == Cpu::Stop::Ecall);
  CHECK(alone.cpu.reg(2) == 3);  // breakpoint
  CHECK(alone.cpu.reg(3) == 8);
  CHECK(alone.cpu.reg(5) == 7);
  CHECK(alone.cpu.retired() == 2 + 5 + 1);  // the ebreak does not retire
}

TEST_CASE("a handler that cannot be fetched ends the run instead of trapping for ever",
          "[sim][scalar]") {
  Alone alone({lui(1, 0x10000), csrrw(0, 0x305, 1), kEbreak});
  REQUIRE(alone.run() == Cpu::Stop::Trap);
  CHECK(alone.cpu.trap_info().cause == Cause::FetchFault);
}

TEST_CASE("machine-mode CSRs read and write as the privileged manual says", "[sim][scalar]") {
  const auto csr_after = [](Word csr, Word written) {
    Code code;
    li(code, 1, written);
    append(code, {csrrw(0, csr, 1), csrrs(3, csr, 0), kEcall});
    Alone alone(code);
    REQUIRE(alone.run() == Cpu::Stop::Ecall);
    return alone.cpu.reg(3);
  };
  CHECK(csr_after(0x340, 0x1234'5678) == 0x1234'5678);  // mscratch
  CHECK(csr_after(0x300, kOnes) == 0x1888);             // mstatus: MPP machine, MPIE, MIE
  CHECK(csr_after(0x301, 0) == 0x4000'1100);            // misa: rv32im
  CHECK(csr_after(0x305, 0x103) == 0x100);              // mtvec: direct mode only
  CHECK(csr_after(0x341, 0x102 + 1) == 0x100);          // mepc: aligned
  CHECK(csr_after(0xb02, 100) == 100);    // minstret: the next instruction sees what was written
  CHECK(csr_after(0xb00, 1000) == 1000);  // mcycle likewise
}

TEST_CASE("set and clear forms change only the bits given, and x0 does not write",
          "[sim][scalar]") {
  const Code code = {addi(1, 0, 0x70),
                     csrrw(0, 0x340, 1),
                     i_type(0x73, 6, 2, 3, 0x340),   // csrrsi x2, mscratch, 3
                     i_type(0x73, 7, 3, 16, 0x340),  // csrrci x3, mscratch, 16
                     csrrs(4, 0x340, 0),
                     csrrs(5, 0xc00, 0),
                     kEcall};
  Alone alone(code);
  REQUIRE(alone.run() == Cpu::Stop::Ecall);
  CHECK(alone.cpu.reg(2) == 0x70);
  CHECK(alone.cpu.reg(3) == 0x73);
  CHECK(alone.cpu.reg(4) == 0x63);
  CHECK(alone.cpu.reg(5) == 5);  // cycle: five instructions before
}

TEST_CASE("costs are those of the architecture, on both sides of a branch",
          "[sim][scalar][timing]") {
  const auto cycles_of = [](const Code& code) {
    Alone alone(code);
    alone.run();
    return alone.cpu.cycle();
  };
  const isa::Arch arch = isa::load_arch("tiny");
  CHECK(cycles_of({kNop, kNop, kEcall}) == 2);
  CHECK(cycles_of({mul(1, 1, 1), kEcall}) == arch.scalar.mul_cycles.count);
  CHECK(cycles_of({div(1, 1, 1), kEcall}) == arch.scalar.div_cycles.count);
  CHECK(cycles_of({branch(0, 0, 0, 8), kNop, kEcall}) == arch.scalar.taken_branch_cycles.count);
  CHECK(cycles_of({branch(1, 0, 0, 8), kNop, kEcall}) == 2);  // not taken
  CHECK(cycles_of({jal(1, 8), kNop, kEcall}) == arch.scalar.taken_branch_cycles.count);
}

TEST_CASE("poison depends on the seed only", "[sim][scalar]") {
  std::uint8_t a[20] = {}, b[20] = {}, c[20] = {};
  poison(a, 20, 1);
  poison(b, 20, 1);
  poison(c, 20, 2);
  CHECK(std::equal(a, a + 20, b));
  CHECK_FALSE(std::equal(a, a + 20, c));
}

}  // namespace coldforge::sim::test
