#include "tests/rtl_bench/scalar/programs.h"

#include <initializer_list>

#include "sim/base/random.h"
#include "sim/run.h"

namespace coldforge::rtl_bench {
namespace {

using Word = std::uint32_t;

constexpr Word kHandler = 0x40, kInstructions = 400;
// Registers that hold something for the whole program: bases, small numbers of descriptors.
constexpr Word kDtcm = 5, kDram = 6, kItcm = 7, kCode = 9, kSmall = 20, kTrap = 30;
constexpr Word kMepc = 0x341, kMcause = 0x342, kMtval = 0x343, kMtvec = 0x305;

class Writer {
 public:
  Writer(const isa::Isa& isa, std::uint64_t seed, std::uint64_t number)
      : isa_(isa), random_(seed, number), code_(kEntry / 4) {}

  std::vector<Word> program() {
    if (random_.below(5) != 0) write_handler();
    for (Word r = 1; r < 32; ++r) constant(r, draw_value());
    constant(kDtcm, sim::kDtcmBase + 0x800);
    constant(kDram, sim::kDramBase + 0x1000);
    constant(kItcm, 0x200);
    for (Word i = 0; i < 6; ++i) constant(kSmall + i, i);
    here_is_code();
    if (handled_) constant(kTrap, kHandler), csr(1, 0, kTrap, kMtvec);
    while (code_.size() < kEntry / 4 + kInstructions) instruction();
    return std::move(code_);
  }

 private:
  void emit(Word word) { code_.push_back(word); }
  void r_type(Word opcode, Word funct3, Word funct7, Word rd, Word rs1, Word rs2) {
    emit(opcode | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct7 << 25);
  }
  void i_type(Word opcode, Word funct3, Word rd, Word rs1, Word imm) {
    emit(opcode | rd << 7 | funct3 << 12 | rs1 << 15 | imm << 20);
  }
  void addi(Word rd, Word rs1, Word imm) { i_type(0x13, 0, rd, rs1, imm); }
  void csr(Word funct3, Word rd, Word rs1, Word number) { i_type(0x73, funct3, rd, rs1, number); }
  void constant(Word rd, Word value) {
    emit(0x37 | rd << 7 | ((value + 0x800) & 0xffff'f000));
    addi(rd, rd, value & 0xfff);
  }
  void here_is_code() { emit(0x17 | kCode << 7); }

  void write_handler() {
    handled_ = true;
    std::vector<Word> rest;
    rest.swap(code_);
    code_.resize(kHandler / 4);
    csr(2, kTrap + 1, 0, kMcause);  // into registers, which are compared
    csr(2, kTrap - 2, 0, kMtval);
    csr(2, kTrap, 0, kMepc);
    addi(kTrap, kTrap, 4);
    csr(1, 0, kTrap, kMepc);
    emit(0x3020'0073);
    code_.resize(rest.size());
  }

  bool one_in(Word n) { return random_.below(n) == 0; }
  Word any() { return random_.below(32); }
  Word source() { return any(); }
  Word target() {  // rarely a register that the rest of the program builds on
    for (;;) {
      const Word rd = any();
      const bool kept = (rd >= kDtcm && rd <= kItcm) || rd == kCode || (rd >= kSmall && rd < kTrap);
      if (!kept || one_in(40)) return rd;
    }
  }
  Word draw_value() {
    constexpr Word kCorners[] = {0, 1, 0xffff'ffff, 0x8000'0000, 0x7fff'ffff, 64, 93};
    return one_in(2) ? kCorners[random_.below(7)] : random_.next_u32();
  }

  void instruction() {
    const Word kind = random_.below(100);
    if (kind < 24) return arithmetic();
    if (kind < 32) return r_type(0x33, random_.below(8), 1, target(), source(), source());
    if (kind < 47) return access();
    if (kind < 55) return branch();
    if (kind < 58) return jump();
    if (kind < 66) return control();
    if (kind < 68) return emit(one_in(2) ? 0x0ff0'000f : one_in(2) ? 0x100f : 0x1050'0073);
    if (kind < 70) return call();
    if (kind < 71) return emit(one_in(2) ? 0x10'0073 : 0x3020'0073);
    if (kind < 72) return emit(random_.next_u32());
    if (kind < 73) return emit((random_.next_u32() & ~0x7fu) | 0x0b | random_.below(4) << 5);
    if (kind < 82) return descriptor();
    const isa::Instruction& instruction = tile_instruction();
    kind < 92 && instruction.exec != "tgets" ? tile(instruction) : prepared(instruction);
  }

  void arithmetic() {
    const Word funct3 = random_.below(8);
    const bool shifts = funct3 == 1 || funct3 == 5;
    if (one_in(2)) {
      const Word funct7 = one_in(30) ? random_.below(128) : one_in(2) ? 0 : 32;
      return r_type(0x33, funct3, funct3 == 0 || funct3 == 5 || one_in(20) ? funct7 : 0, target(),
                    source(), source());
    }
    Word imm = random_.below(4096);
    if (shifts && !one_in(20)) imm = random_.below(32) | (funct3 == 5 && one_in(2) ? 0x400 : 0);
    if (one_in(10))
      return emit((one_in(2) ? 0x37 : 0x17) | target() << 7 | random_.next_u32() << 12);
    i_type(0x13, funct3, target(), source(), imm);
  }

  void access() {
    const Word kind = random_.below(16);
    const Word base = kind < 9 ? kDtcm : kind < 13 ? kDram : kind < 15 ? kItcm : source();
    const Word size = random_.below(3);
    Word offset = random_.below(256) & ~((1u << size) - 1);
    if (one_in(20)) offset = random_.below(4096);
    if (one_in(2)) {
      const Word funct3 = size | (size < 2 && one_in(2) ? 4 : 0);
      return i_type(0x03, one_in(40) ? random_.below(8) : funct3, target(), base, offset);
    }
    const Word funct3 = one_in(40) ? random_.below(8) : size;
    emit(0x23 | (offset & 31) << 7 | funct3 << 12 | base << 15 | source() << 20 |
         (offset >> 5 & 127) << 25);
  }

  Word distance() {  // of a jump, in bytes; forward, as a rule
    if (one_in(30)) return 2 + 4 * random_.below(8);
    return one_in(6) ? 0u - 4 * (1 + random_.below(12)) : 4 + 4 * random_.below(12);
  }
  void branch() {
    const Word d = distance(), funct3 = one_in(40) ? random_.below(8) : (random_.below(4) ^ 6) & 5;
    emit(0x63 | (d >> 11 & 1) << 7 | (d >> 1 & 15) << 8 | (one_in(2) ? funct3 : funct3 ^ 1) << 12 |
         source() << 15 | source() << 20 | (d >> 5 & 63) << 25 | (d >> 12 & 1) << 31);
  }
  void jump() {
    const Word d = distance();
    if (one_in(2)) {
      return emit(0x6f | target() << 7 | (d >> 12 & 255) << 12 | (d >> 11 & 1) << 20 |
                  (d >> 1 & 1023) << 21 | (d >> 20 & 1) << 31);
    }
    if (one_in(6)) return i_type(0x67, 0, target(), source(), random_.below(4096));
    here_is_code();
    i_type(0x67, 0, target(), kCode, (d + 4 + (one_in(8) ? 1 : 0)) & 0xfff);
  }

  void control() {
    constexpr Word kNumbers[] = {0x300, 0x301, 0x304, 0x305, 0x310, 0x340, 0x341, 0x342, 0x343,
                                 0x344, 0xb00, 0xb02, 0xb80, 0xb82, 0xc00, 0xc01, 0xc02, 0xc80,
                                 0xc81, 0xc82, 0xf11, 0xf12, 0xf13, 0xf14, 0xf15, 0xfc0, 0xfc3,
                                 0xfc5, 0xfc8, 0xfcd, 0xfd0, 0xfd1, 0xfe2, 0xfe9, 0xff0, 0xff1};
    Word number = kNumbers[random_.below(36)];
    if (one_in(12)) number = random_.below(4096);
    if (one_in(12)) number = 0xfc0 + random_.below(64);
    Word funct3 = random_.below(8);
    if (one_in(2)) funct3 = 2;
    if (number == kMtvec && !one_in(6)) funct3 = 2;
    const bool reads = funct3 == 2 && !one_in(4);
    csr(funct3, target(), reads || (number == kMtvec && funct3 == 2) ? 0 : source(), number);
  }

  void call() {
    addi(17, 0, one_in(3) ? 64 : one_in(12) ? 93 : one_in(2) ? 64 : random_.below(200));
    emit(0x73);
  }

  Word word_of(const isa::Instruction& instruction, std::initializer_list<Word> fields) {
    constexpr int kLsb[] = {7, 15, 20, 27};
    Word word = instruction.match;
    std::size_t i = 0;
    for (const Word field : fields) {
      if (i < instruction.operands.size()) {
        word |= field << kLsb[static_cast<int>(instruction.operands[i].field)];
      }
      ++i;
    }
    return word;
  }
  Word small() { return kSmall + random_.below(6); }
  Word tile_register() { return random_.below(5); }

  void descriptor() {
    static const char* const kNames[] = {"tnew",    "tnew",     "tnew",   "tbase",   "tstride",
                                         "tshape",  "tsubview", "vnew",   "vbase",   "vinsert",
                                         "vstride", "vlevel",   "vlevel", "vwindow", "vbound"};
    const std::string name = kNames[random_.below(15)];
    const isa::Instruction& instruction = *isa_.find(name);
    const bool is_view = name[0] == 'v';
    const Word number = is_view ? random_.below(one_in(30) ? 8 : 2) : tile_register();
    const Word kSelf = 29;
    if (name == "tnew") {
      addi(kSelf, 0, (one_in(3) ? random_.below(4) : 0) + 16 * (one_in(2) ? random_.below(6) : 0));
      const Word extents = kSmall + 1 + random_.below(3);
      return emit(word_of(instruction, {number, kSelf, extents, one_in(2) ? extents : small()}));
    }
    if (name == "tbase" || name == "vbase") {
      addi(kSelf, 0, random_.below(one_in(20) ? 2048 : 60) * (one_in(12) ? 1 : 16) & 0x7ff);
      return emit(word_of(instruction, {number, kSelf}));
    }
    if (name == "tsubview") {
      return emit(
          word_of(instruction, {number, tile_register(), small(), one_in(20) ? any() : small()}));
    }
    const auto value = [&] { return one_in(12) ? any() : small(); };
    const Word first = value(), second = value();
    emit(word_of(instruction, {number, first, second, value()}));
  }

  const isa::Instruction& tile_instruction() {
    static const char* const kOfCore[] = {"tset.scalar", "twait.scalar", "tbarrier", "tgets"};
    static const char* const kWithView[] = {"tload", "tstore", "tmov.view"};
    if (one_in(3)) return *isa_.find(kOfCore[random_.below(4)]);
    if (one_in(4)) return *isa_.find(kWithView[random_.below(3)]);
    for (;;) {
      const auto& all = isa_.instructions();
      const auto& chosen = all[random_.below(static_cast<std::uint32_t>(all.size()))];
      if (chosen.timing != "config") return chosen;
    }
  }

  void tile(const isa::Instruction& instruction) {
    const auto field = [&](std::size_t i) -> Word {
      if (i >= instruction.operands.size()) return 0;
      switch (instruction.operands[i].kind) {
        case isa::OperandKind::Tile:
          return tile_register();
        case isa::OperandKind::View:
          return random_.below(one_in(30) ? 8 : 2);
        default:
          return instruction.exec == "tgets" && i == 0 ? target() : one_in(8) ? any() : small();
      }
    };
    const Word a = field(0), b = field(1), c = field(2);
    emit(word_of(instruction, {a, b, c, field(3)}));
  }

  /// An instruction behind descriptors that fit it: square tiles, far from each other.
  void prepared(const isa::Instruction& instruction) {
    const Word side = 1 + random_.below(5), self = 29;
    Word types[4] = {}, fields[4] = {};
    for (std::size_t i = 0; i < instruction.operands.size() && i < 4; ++i) {
      const isa::Operand& operand = instruction.operands[i];
      const Word number = static_cast<Word>(i);
      if (operand.kind == isa::OperandKind::Tile) {
        fields[i] = number;
        types[i] = operand.same_type_as >= 0 ? types[operand.same_type_as] : member(operand.types);
        addi(self, 0, member(operand.memories) + 16 * types[i]);
        Word rows = side, cols = side;
        for (const isa::Result& result : instruction.results) {
          if (result.operand != static_cast<int>(i) || result.reduce.op.empty() ||
              result.reduce.scan)
            continue;
          (result.reduce.axis == "cols" ? cols : rows) = 1;
        }
        emit(word_of(*isa_.find("tnew"), {number, self, kSmall + rows, kSmall + cols}));
        addi(self, 0, 256 * number + 16 * random_.below(4));
        emit(word_of(*isa_.find("tbase"), {number, self}));
        if (one_in(3)) {
          emit(word_of(*isa_.find("tsubview"), {number, number, small(), small()}));
        }
      } else if (operand.kind == isa::OperandKind::View) {
        emit(word_of(*isa_.find("vnew"), {0, small(), any()}));
        if (one_in(2)) {
          addi(self, 0, side * side);
          emit(word_of(*isa_.find("vlevel"), {0, kSmall, self, kSmall + 1}));
        } else {
          emit(word_of(*isa_.find("vlevel"), {0, kSmall, kSmall + side, small()}));
          emit(word_of(*isa_.find("vlevel"), {0, kSmall + 1, kSmall + side, kSmall + 1}));
        }
      } else {
        fields[i] = instruction.exec == "tgets" && i == 0 ? target() : kSmall + random_.below(2);
      }
    }
    emit(word_of(instruction, {fields[0], fields[1], fields[2], fields[3]}));
  }

  Word member(Word set) {
    for (;;) {
      const Word chosen = random_.below(6);
      if ((set >> chosen & 1) != 0) return chosen;
    }
  }

  const isa::Isa& isa_;
  Random random_;
  std::vector<Word> code_;
  bool handled_ = false;
};

}  // namespace

std::vector<std::uint32_t> random_program(const isa::Isa& isa, std::uint64_t seed,
                                          std::uint64_t number) {
  return Writer(isa, seed, number).program();
}

}  // namespace coldforge::rtl_bench
