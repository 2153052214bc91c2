#include "tests/lockstep/random/program.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"
#include "sim/base/random.h"
#include "tests/lockstep/random/order.h"
#include "tests/lockstep/random/registers.h"

namespace coldforge::lockstep {
namespace {

namespace rv = sim::test;
using rv::Word;
using R = Registers;

constexpr Word kMtvec = 0x305, kMepc = 0x341, kMcause = 0x342, kMtval = 0x343;
constexpr Word kHandler = 16;  ///< bytes; address 0 stands for none
constexpr Word kLogBytes =
    0x4000;  ///< of the DTCM, from kDtcmBase on; scalar code uses 2 KiB behind

class Assembler {
 public:
  Assembler(const World& world, const Scenario& scenario)
      : world_(world), scenario_(scenario), registers_(world, out_.words) {}

  Assembled take() {
    begin();
    const std::vector<Event> events = in_order(world_, scenario_);
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (i >= set_up_) set_up(events, i);
      event(events[i]);
    }
    end();
    CF_CHECK(4 * static_cast<std::int64_t>(code().size()) <= world_.arch.scalar.itcm_bytes,
             "a scenario fits the ITCM");
    out_.program = rv::program_of(code());
    out_.program.entry = entry_;
    return std::move(out_);
  }

 private:
  rv::Code& code() { return out_.words; }
  void emit(Word word) { code().push_back(word); }
  Word here() { return static_cast<Word>(4 * code().size()); }

  void begin() {
    for (Word at = 0; at < kHandler; at += 4) emit(rv::kNop);
    for (const Word csr : {kMcause, kMtval}) {
      emit(rv::csrrs(R::kTrap, csr, 0));
      emit(rv::sw(R::kLog, R::kTrap, 0));
      emit(rv::addi(R::kLog, R::kLog, 4));
    }
    emit(rv::csrrs(R::kTrap, kMepc, 0));
    emit(rv::addi(R::kTrap, R::kTrap, 4));
    emit(rv::csrrw(0, kMepc, R::kTrap));
    emit(rv::kMret);
    entry_ = here();
    rv::li(code(), R::kLog, sim::kDtcmBase);
    rv::li(code(), R::kData, sim::kDtcmBase + kLogBytes);
    for (Word i = 0; i < 4; ++i)
      rv::li(code(), R::kFree + i, static_cast<Word>(scenario_.seed) ^ i);
    if (scenario_.handler) {
      emit(rv::addi(R::kTrap, 0, kHandler));
      emit(rv::csrrw(0, kMtvec, R::kTrap));
    }
  }

  void end() {
    if (scenario_.drain) barrier((1u << isa::kUnits) - 2);
    for (Word i = 0; i < 4; ++i) log(R::kFree + i);
    rv::append(code(), rv::exit_with(0));
  }

  void log(Word reg) {
    emit(rv::sw(R::kLog, reg, 0));
    emit(rv::addi(R::kLog, R::kLog, 4));
  }

  /// Descriptors and numbers of the next instructions, so that they follow each other closely.
  void set_up(const std::vector<Event>& events, std::size_t first) {
    registers_.unpin();
    std::uint32_t count = 0;
    std::size_t i = first;
    for (; i < events.size() && count < scenario_.burst && registers_.has_room(); ++i) {
      if (events[i].kind != Event::Kind::Op) continue;
      const Op& op = scenario_.ops[events[i].op];
      if (op.kind != Op::Kind::Issue) continue;
      ++count;
      Random style(op.style, stream_key("descriptors"));
      const isa::Instruction& instruction = *op.command.instruction;
      std::vector<int> numbers;
      for (std::size_t o = 0; o < instruction.operands.size(); ++o) {
        numbers.push_back(operand(instruction.operands[o], op.command, o, style));
      }
      words_[events[i].op] = isa::encode(instruction, numbers);
    }
    set_up_ = i;
  }

  int operand(const isa::Operand& operand, const sim::Command& command, std::size_t number,
              Random& style) {
    if (operand.kind == isa::OperandKind::Tile) return registers_.tile(command.tile[number], style);
    if (operand.kind == isa::OperandKind::View) return registers_.view(command.view, style);
    if (operand.access != isa::Access::Read) return R::kScratch;
    return registers_.number(command.x[number], /*pin=*/true);
  }

  void event(const Event& event) {
    switch (event.kind) {
      case Event::Kind::Set:
      case Event::Kind::Wait:
        return flag(event.unit, event.number, event.kind == Event::Kind::Wait);
      case Event::Kind::Barrier:
        return barrier(event.number);
      case Event::Kind::Op:
        return op(event.op);
    }
  }

  void flag(isa::Unit unit, std::uint32_t number, bool wait) {
    const int reg = registers_.number(number);
    emit(isa::encode(world_.flag_instruction(unit, wait), {reg}));
  }
  void barrier(std::uint32_t mask) {
    const int reg = registers_.number(mask);
    emit(isa::encode(world_.instruction(sim::Action::Barrier), {reg}));
  }

  void op(std::size_t number) {
    const Op& op = scenario_.ops[number];
    out_.notes[here()] = fmt::format("op {}", number);
    switch (op.kind) {
      case Op::Kind::Issue: {
        out_.op_of_pc[here()] = number;
        emit(words_.at(number));
        const bool gets =
            std::any_of(op.command.instruction->operands.begin(),
                        op.command.instruction->operands.end(), [](const isa::Operand& o) {
                          return o.kind == isa::OperandKind::X && o.access != isa::Access::Read;
                        });
        if (gets) log(R::kScratch);
        return;
      }
      case Op::Kind::Barrier:
        return barrier(op.number);
      case Op::Kind::Flag:
        for (std::uint32_t i = 0; i < op.count; ++i) flag(op.unit, op.number, !op.write);
        return;
      case Op::Kind::Access:
        return access(op);
      case Op::Kind::Scalar:
        return scalar(op);
      case Op::Kind::Order:
        return;
    }
  }

  void access(const Op& op) {
    const Word funct3 = op.count == 1 ? 0 : op.count == 2 ? 1 : 2;
    const auto value = static_cast<Word>(op.write ? registers_.number(op.value) : 0);
    rv::li(code(), R::kAddress, op.number);
    if (op.write) {
      emit(rv::s_type(funct3, R::kAddress, value, 0));
    } else {
      emit(rv::i_type(0x03, funct3, R::kScratch, R::kAddress, 0));
      log(R::kScratch);
    }
  }

  /// Arithmetic, DTCM, jumps over an instruction, prints, counters.
  void scalar(const Op& op) {
    Random random(op.style, stream_key("scalar"));
    const auto reg = [&] { return R::kFree + random.below(4); };
    const auto funct = [&] { return random.below(8); };
    for (std::uint32_t i = 0; i < op.count; ++i) {
      const Word rd = reg(), a = reg(), b = reg();
      switch (random.below(9)) {
        case 0:
        case 1:
          emit(rv::r_type(0x33, funct(), 0, rd, a, b));
          break;
        case 2:
          emit(rv::r_type(0x33, funct(), 1, rd, a, b));  // multiply and divide
          break;
        case 3:
          emit(rv::addi(rd, a, static_cast<std::int32_t>(random.below(4096)) - 2048));
          break;
        case 4:
          emit(rv::sw(R::kData, a, static_cast<std::int32_t>(4 * random.below(64))));
          emit(rv::lw(rd, R::kData, static_cast<std::int32_t>(4 * random.below(64))));
          break;
        case 5:
          emit(rv::branch(random.below(2) | (random.below(2) == 0 ? 0 : 4), a, b, 8));
          emit(rv::addi(rd, rd, 1));
          break;
        case 6:
          emit(rv::jal(rd, 8));
          emit(rv::kNop);
          break;
        case 7:
          if (random.below(4) != 0) break;
          emit(rv::addi(rv::kA1, R::kData, static_cast<std::int32_t>(random.below(200))));
          emit(rv::addi(rv::kA2, 0, static_cast<std::int32_t>(random.below(12))));
          emit(rv::addi(rv::kA7, 0, 64));
          emit(rv::kEcall);
          break;
        default: {
          static constexpr Word kCounters[] = {0xc00, 0xc01, 0xc02, 0xb00, 0xb02, 0xfc0, 0xfc1,
                                               0xfc2, 0xfc3, 0xfc4, 0xfc5, 0xfc8, 0xfc9, 0xfca,
                                               0xfcb, 0xfcc, 0xfcd, 0xfd0, 0xfd1};
          emit(rv::csrrs(R::kScratch, kCounters[random.below(19)], 0));
          log(R::kScratch);
        }
      }
    }
  }

  const World& world_;
  const Scenario& scenario_;
  Assembled out_;
  Registers registers_;
  std::map<std::size_t, Word> words_;  ///< of ops that are set up
  std::size_t set_up_ = 0;             ///< events up to here are
  Word entry_ = 0;
};

}  // namespace

Assembled assemble(const World& world, const Scenario& scenario) {
  return Assembler(world, scenario).take();
}

std::string listing(const World& world, const Assembled& assembled) {
  std::string text;
  for (std::size_t i = 0; i < assembled.words.size(); ++i) {
    const auto pc = static_cast<std::uint32_t>(4 * i);
    const auto note = assembled.notes.find(pc);
    if (note != assembled.notes.end()) text += note->second + ":\n";
    text += fmt::format("  {:05x}  {}\n", pc, isa::disassemble(world.isa, assembled.words[i], pc));
  }
  return text;
}

}  // namespace coldforge::lockstep
