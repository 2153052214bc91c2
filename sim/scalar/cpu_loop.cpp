// The interpreter's loop. It keeps pc, cycle and step count in locals and writes them back before
// anything that needs them; the common instructions never leave it.
#include <fmt/format.h>

#include <cstring>

#include "sim/scalar/cpu.h"

namespace coldforge::sim {
namespace {

std::int32_t s32(std::uint32_t v) { return static_cast<std::int32_t>(v); }
std::uint32_t u32(std::int32_t v) { return static_cast<std::uint32_t>(v); }

std::uint32_t mulh(std::int64_t a, std::int64_t b) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(a * b) >> 32);
}

// Division by zero and overflow as the M extension defines them: no traps.
std::uint32_t divide(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return ~0u;
  if (a == 0x8000'0000u && b == ~0u) return a;
  return u32(s32(a) / s32(b));
}
std::uint32_t remainder(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return a;
  if (a == 0x8000'0000u && b == ~0u) return 0;
  return u32(s32(a) % s32(b));
}

}  // namespace

template <class T>
bool Cpu::load_fast(std::uint32_t address, T& value) const {
  const std::uint64_t offset = std::uint64_t{address} - kDtcmBase;  // huge if below
  if (offset > dtcm_.size() - sizeof(T) || address % sizeof(T) != 0) return false;
  std::memcpy(&value, dtcm_.data() + offset, sizeof(T));
  return true;
}

template <class T>
bool Cpu::store_fast(std::uint32_t address, T value) {
  const std::uint64_t offset = std::uint64_t{address} - kDtcmBase;
  if (offset > dtcm_.size() - sizeof(T) || address % sizeof(T) != 0) return false;
  std::memcpy(dtcm_.data() + offset, &value, sizeof(T));
  return true;
}

Cpu::Stop Cpu::run(std::uint64_t instructions, std::int64_t cycle_limit) {
  const std::uint64_t last = steps_ + instructions;
  return pc_cycles_.empty() ? run_loop<false>(last, cycle_limit)
                            : run_loop<true>(last, cycle_limit);
}

/// Index of the entry for an address behind the code.
std::size_t Cpu::behind_code(std::uint32_t pc) const {
  return code_end_ / 4 + (pc < itcm_.size() ? 0 : 1);
}

template <bool kProfile>
Cpu::Stop Cpu::run_loop(std::uint64_t last_step, std::int64_t cycle_limit) {
  std::uint32_t* const x = x_;
  const Decoded* const decoded = decoded_.data();
  const std::uint32_t code_end = code_end_;
  std::uint32_t pc = pc_;
  std::int64_t cycle = cycle_;
  std::uint64_t steps = steps_;
  Stop stop = Stop::Limit;
  const auto write_back = [&] {
    pc_ = pc;
    cycle_ = cycle;
    steps_ = steps;
  };
  const auto read_again = [&] {
    pc = pc_;
    cycle = cycle_;
    steps = steps_;
  };

  for (;;) {
    if (steps >= last_step || cycle >= cycle_limit) {
      write_back();
      return Stop::Limit;
    }
    const Decoded& d = decoded[pc < code_end ? pc / 4 : behind_code(pc)];
    std::int64_t cost = 1;
    std::uint32_t target = 0;
    std::uint8_t byte = 0;
    std::uint16_t half = 0;
    switch (d.op) {
      case Op::Lui:
        x[d.rd] = u32(d.imm);
        break;
      case Op::Auipc:
        x[d.rd] = pc + u32(d.imm);
        break;
      case Op::Jal:
        target = pc + u32(d.imm);
        if (target % 4 != 0) goto misaligned;
        x[d.rd] = pc + 4;
        goto jump;
      case Op::Jalr:
        target = (x[d.rs1] + u32(d.imm)) & ~1u;
        if (target % 4 != 0) goto misaligned;
        x[d.rd] = pc + 4;
        goto jump;
      case Op::Beq:
        if (x[d.rs1] == x[d.rs2]) goto branch;
        break;
      case Op::Bne:
        if (x[d.rs1] != x[d.rs2]) goto branch;
        break;
      case Op::Blt:
        if (s32(x[d.rs1]) < s32(x[d.rs2])) goto branch;
        break;
      case Op::Bge:
        if (s32(x[d.rs1]) >= s32(x[d.rs2])) goto branch;
        break;
      case Op::Bltu:
        if (x[d.rs1] < x[d.rs2]) goto branch;
        break;
      case Op::Bgeu:
        if (x[d.rs1] >= x[d.rs2]) goto branch;
        break;
      case Op::Lb:
        if (!load_fast(x[d.rs1] + u32(d.imm), byte)) goto slow;
        x[d.rd] = u32(static_cast<std::int8_t>(byte));
        break;
      case Op::Lbu:
        if (!load_fast(x[d.rs1] + u32(d.imm), byte)) goto slow;
        x[d.rd] = byte;
        break;
      case Op::Lh:
        if (!load_fast(x[d.rs1] + u32(d.imm), half)) goto slow;
        x[d.rd] = u32(static_cast<std::int16_t>(half));
        break;
      case Op::Lhu:
        if (!load_fast(x[d.rs1] + u32(d.imm), half)) goto slow;
        x[d.rd] = half;
        break;
      case Op::Lw:
        if (!load_fast(x[d.rs1] + u32(d.imm), x[d.rd])) goto slow;
        break;
      case Op::Sb:
        if (!store_fast(x[d.rs1] + u32(d.imm), static_cast<std::uint8_t>(x[d.rs2]))) goto slow;
        break;
      case Op::Sh:
        if (!store_fast(x[d.rs1] + u32(d.imm), static_cast<std::uint16_t>(x[d.rs2]))) goto slow;
        break;
      case Op::Sw:
        if (!store_fast(x[d.rs1] + u32(d.imm), x[d.rs2])) goto slow;
        break;
      case Op::Addi:
        x[d.rd] = x[d.rs1] + u32(d.imm);
        break;
      case Op::Slti:
        x[d.rd] = s32(x[d.rs1]) < d.imm;
        break;
      case Op::Sltiu:
        x[d.rd] = x[d.rs1] < u32(d.imm);
        break;
      case Op::Xori:
        x[d.rd] = x[d.rs1] ^ u32(d.imm);
        break;
      case Op::Ori:
        x[d.rd] = x[d.rs1] | u32(d.imm);
        break;
      case Op::Andi:
        x[d.rd] = x[d.rs1] & u32(d.imm);
        break;
      case Op::Slli:
        x[d.rd] = x[d.rs1] << d.imm;
        break;
      case Op::Srli:
        x[d.rd] = x[d.rs1] >> d.imm;
        break;
      case Op::Srai:
        x[d.rd] = u32(s32(x[d.rs1]) >> d.imm);
        break;
      case Op::Add:
        x[d.rd] = x[d.rs1] + x[d.rs2];
        break;
      case Op::Sub:
        x[d.rd] = x[d.rs1] - x[d.rs2];
        break;
      case Op::Sll:
        x[d.rd] = x[d.rs1] << (x[d.rs2] & 31);
        break;
      case Op::Slt:
        x[d.rd] = s32(x[d.rs1]) < s32(x[d.rs2]);
        break;
      case Op::Sltu:
        x[d.rd] = x[d.rs1] < x[d.rs2];
        break;
      case Op::Xor:
        x[d.rd] = x[d.rs1] ^ x[d.rs2];
        break;
      case Op::Srl:
        x[d.rd] = x[d.rs1] >> (x[d.rs2] & 31);
        break;
      case Op::Sra:
        x[d.rd] = u32(s32(x[d.rs1]) >> (x[d.rs2] & 31));
        break;
      case Op::Or:
        x[d.rd] = x[d.rs1] | x[d.rs2];
        break;
      case Op::And:
        x[d.rd] = x[d.rs1] & x[d.rs2];
        break;
      case Op::Mul:
        x[d.rd] = x[d.rs1] * x[d.rs2];
        cost += mul_extra_;
        break;
      case Op::Mulh:
        x[d.rd] = mulh(s32(x[d.rs1]), s32(x[d.rs2]));
        cost += mul_extra_;
        break;
      case Op::Mulhsu:
        x[d.rd] = mulh(s32(x[d.rs1]), x[d.rs2]);
        cost += mul_extra_;
        break;
      case Op::Mulhu:
        x[d.rd] = static_cast<std::uint32_t>(std::uint64_t{x[d.rs1]} * x[d.rs2] >> 32);
        cost += mul_extra_;
        break;
      case Op::Div:
        x[d.rd] = divide(x[d.rs1], x[d.rs2]);
        cost += div_extra_;
        break;
      case Op::Divu:
        x[d.rd] = x[d.rs2] == 0 ? ~0u : x[d.rs1] / x[d.rs2];
        cost += div_extra_;
        break;
      case Op::Rem:
        x[d.rd] = remainder(x[d.rs1], x[d.rs2]);
        cost += div_extra_;
        break;
      case Op::Remu:
        x[d.rd] = x[d.rs2] == 0 ? x[d.rs1] : x[d.rs1] % x[d.rs2];
        cost += div_extra_;
        break;
      // Accesses block until they are visible and code cannot be written: nothing is left to order.
      // There are no interrupts to wait for.
      case Op::Fence:
      case Op::FenceI:
      case Op::Wfi:
        break;
      default:
        goto slow;
    }
    if constexpr (kProfile) pc_cycles_[pc / 4] += cost;
    cycle += cost;
    pc += 4;
    ++steps;
    continue;

  branch:
    target = pc + u32(d.imm);
    if (target % 4 != 0) goto misaligned;
  jump:
    if constexpr (kProfile) pc_cycles_[pc / 4] += jump_extra_ + 1;
    cycle += jump_extra_ + 1;
    pc = target;
    ++steps;
    continue;

  misaligned:
    write_back();
    if (!raise(Cause::FetchMisaligned, target, nullptr, stop)) return stop;
    read_again();
    continue;

  slow:
    write_back();
    if (!slow_step(d, stop)) return stop;
    read_again();
  }
}

bool Cpu::slow_step(const Decoded& d, Stop& stop) {
  const std::uint32_t address = x_[d.rs1] + u32(d.imm);
  switch (d.op) {
    case Op::Lb:
    case Op::Lbu:
      return load_slow(address, 1, stop);
    case Op::Lh:
    case Op::Lhu:
      return load_slow(address, 2, stop);
    case Op::Lw:
      return load_slow(address, 4, stop);
    case Op::Sb:
      return store_slow(address, 1, x_[d.rs2], stop);
    case Op::Sh:
      return store_slow(address, 2, x_[d.rs2], stop);
    case Op::Sw:
      return store_slow(address, 4, x_[d.rs2], stop);
    case Op::Csr:
      return csr(d, stop);
    case Op::TileConfig:
      return config(d, stop);
    case Op::TileOther:
      stop = Stop::Tile;
      return false;
    case Op::Ecall:
      stop = Stop::Ecall;
      return false;
    case Op::Ebreak:
      return raise(Cause::Breakpoint, pc_, nullptr, stop);
    case Op::Mret:
      csrs_.leave_trap();
      if (!pc_cycles_.empty()) pc_cycles_[pc_ / 4] += jump_extra_ + 1;
      pc_ = csrs_.exception_pc();
      cycle_ += jump_extra_ + 1;
      ++steps_;
      return true;
    case Op::FetchFault:
      return raise(Cause::FetchFault, pc_, "code must lie in the ITCM", stop);
    default: {
      const std::string what = fmt::format("0x{:08x}", word());
      return raise(Cause::Illegal, word(), what.c_str(), stop);
    }
  }
}

}  // namespace coldforge::sim
