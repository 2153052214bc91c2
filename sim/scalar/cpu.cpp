#include "sim/scalar/cpu.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sim/base/error.h"

namespace coldforge::sim {
namespace {

constexpr std::uint64_t kWordBytes = 4;

std::int64_t extra(Cycles cycles) { return cycles.count - 1; }

std::uint32_t sign_extend(std::uint32_t bits, std::uint32_t bytes) {
  const std::uint32_t unused = 32 - 8 * bytes;
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(bits << unused) >> unused);
}

}  // namespace

void poison(std::uint8_t* bytes, std::size_t size, std::uint64_t seed) {
  // SplitMix64 (Steele et al., OOPSLA 2014): cheap, and no two words alike.
  std::uint64_t state = seed;
  for (std::size_t i = 0; i < size; i += 8) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15ull);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    z ^= z >> 31;
    std::memcpy(bytes + i, &z, size - i < 8 ? size - i : 8);
  }
}

Cpu::Cpu(const isa::Isa& isa, const isa::Arch& arch, const std::vector<TilePlan>& plans,
         const IssueCheck& check, const Program& program, std::uint64_t poison_seed, bool profile)
    : isa_(isa),
      plans_(plans),
      check_(check),
      mul_extra_(extra(arch.scalar.mul_cycles)),
      div_extra_(extra(arch.scalar.div_cycles)),
      jump_extra_(extra(arch.scalar.taken_branch_cycles)),
      itcm_(static_cast<std::size_t>(arch.scalar.itcm_bytes)),
      dtcm_(static_cast<std::size_t>(arch.scalar.dtcm_bytes)),
      pc_(program.entry) {
  poison(dtcm_.data(), dtcm_.size(), poison_seed);
  for (const Segment& segment : program.segments) {
    if (segment.address >= kDramBase) continue;
    std::vector<std::uint8_t>& memory = segment.address >= kDtcmBase ? dtcm_ : itcm_;
    const std::size_t offset =
        segment.address - (segment.address >= kDtcmBase ? kDtcmBase : kItcmBase);
    CF_CHECK(offset + segment.size_bytes <= memory.size(), "the loader checks segments");
    std::memset(memory.data() + offset, 0, segment.size_bytes);
    if (!segment.bytes.empty()) {
      std::memcpy(memory.data() + offset, segment.bytes.data(), segment.bytes.size());
    }
  }
  std::size_t words = 0;  // up to the last segment of the ITCM: small programs touch little memory
  for (const Segment& segment : program.segments) {
    if (segment.address >= kDtcmBase) continue;
    words = std::max(words, (segment.address + segment.size_bytes + kWordBytes - 1) / kWordBytes);
  }
  words = std::min(words, itcm_.size() / kWordBytes);
  code_end_ = static_cast<std::uint32_t>(words * kWordBytes);
  decoded_.resize(words + 2);
  for (std::size_t i = 0; i < words; ++i) {
    std::uint32_t w;
    std::memcpy(&w, itcm_.data() + i * kWordBytes, kWordBytes);
    if (w != 0) decoded_[i] = decode_word(isa, w);
  }
  decoded_[words + 1].op = Op::FetchFault;
  legal_stamps_.resize(words);
  if (profile) pc_cycles_.resize(words);
}

std::uint32_t Cpu::word() const {
  std::uint32_t w = 0;
  if (pc_ + kWordBytes <= itcm_.size()) std::memcpy(&w, itcm_.data() + pc_, kWordBytes);
  return w;
}

const TilePlan& Cpu::plan() const {
  return plans_[static_cast<std::size_t>(decoded_[pc_ / kWordBytes].imm)];
}

const std::uint8_t* Cpu::memory(std::uint32_t address, std::uint32_t bytes) const {
  if (std::uint64_t{address} + bytes <= itcm_.size()) return itcm_.data() + address;
  if (address >= kDtcmBase && std::uint64_t{address} - kDtcmBase + bytes <= dtcm_.size()) {
    return dtcm_.data() + (address - kDtcmBase);
  }
  return nullptr;
}

std::uint8_t* Cpu::writable_memory(std::uint32_t address, std::uint32_t bytes) {
  if (address < kDtcmBase || std::uint64_t{address} - kDtcmBase + bytes > dtcm_.size())
    return nullptr;
  return dtcm_.data() + (address - kDtcmBase);
}

Command Cpu::capture() const {
  Command command;
  command.instruction = plan().instruction;
  command.pc = pc_;
  const std::uint32_t w = word();
  int i = 0;
  for (const isa::Operand& operand : command.instruction->operands) {
    const std::uint32_t number = isa::field_value(w, operand.field);
    if (operand.kind == isa::OperandKind::Tile) command.tile[i] = descriptors_.tile(number);
    if (operand.kind == isa::OperandKind::View && number < kViewRegisters) {
      command.view = descriptors_.view(number);
    }
    if (operand.kind == isa::OperandKind::X) command.x[i] = x_[number];
    ++i;
  }
  return command;
}

bool Cpu::known_legal() const {
  const std::uint64_t checked = legal_stamps_[pc_ / kWordBytes];
  if (checked == 0) return false;
  const std::uint32_t w = word();
  for (const isa::Operand& operand : plan().instruction->operands) {
    if (operand.kind == isa::OperandKind::X) continue;
    const std::uint32_t number = isa::field_value(w, operand.field);
    const std::uint64_t written = operand.kind == isa::OperandKind::Tile
                                      ? descriptors_.tile_stamp(number)
                                      : descriptors_.view_stamp(number % kViewRegisters);
    if (written >= checked) return false;
  }
  return true;
}

void Cpu::note_legal() {
  if (plan().cacheable) legal_stamps_[pc_ / kWordBytes] = descriptors_.stamp() + 1;
}

bool Cpu::has_bad_view() const {
  for (const isa::Operand& operand : plan().instruction->operands) {
    if (operand.kind == isa::OperandKind::View &&
        isa::field_value(word(), operand.field) >= kViewRegisters) {
      return true;
    }
  }
  return false;
}

void Cpu::complete(std::int64_t next) {
  if (!pc_cycles_.empty()) pc_cycles_[pc_ / kWordBytes] += next - cycle_;
  pc_ += kWordBytes;
  cycle_ = next;
  ++steps_;
}

void Cpu::write_load(const Decoded& d, std::uint32_t bits) {
  switch (d.op) {
    case Op::Lb:
      bits = sign_extend(bits, 1);
      break;
    case Op::Lh:
      bits = sign_extend(bits, 2);
      break;
    case Op::Lbu:
      bits &= 0xff;
      break;
    case Op::Lhu:
      bits &= 0xffff;
      break;
    default:
      break;
  }
  x_[d.rd] = bits;
}

void Cpu::finish_load(std::uint32_t bits, std::int64_t next) {
  write_load(decoded_[pc_ / kWordBytes], bits);
  complete(next);
}

bool Cpu::trap(Cause cause, std::uint32_t value, std::string message) {
  const std::uint32_t handler = csrs_.handler();
  const bool handled = handler != 0 && !(cause == Cause::FetchFault && pc_ == handler);
  ++steps_;
  ++not_retired_;
  if (!handled) {
    trap_ = TrapInfo{cause, pc_, value, std::move(message)};
    return false;
  }
  csrs_.enter_trap(cause, pc_, value);
  if (!pc_cycles_.empty() && pc_ / kWordBytes < pc_cycles_.size()) {
    pc_cycles_[pc_ / kWordBytes] += jump_extra_ + 1;
  }
  cycle_ += jump_extra_ + 1;
  pc_ = handler;
  return true;
}

bool Cpu::raise(Cause cause, std::uint32_t value, const char* what, Stop& stop) {
  stop = Stop::Trap;
  std::string message = fmt::format("{} at pc 0x{:08x}", name_of(cause), pc_);
  if (what != nullptr) message += fmt::format(": {}", what);
  return trap(cause, value, std::move(message));
}

bool Cpu::load_slow(std::uint32_t address, std::uint32_t bytes, Stop& stop) {
  if (address % bytes != 0) return raise(Cause::LoadMisaligned, address, nullptr, stop);
  if (address >= kDramBase) {
    access_ = Access{address, bytes, 0};
    stop = Stop::DramLoad;
    return false;
  }
  const std::uint8_t* source = memory(address, bytes);
  if (source == nullptr) {
    const std::string what = fmt::format("address 0x{:08x} is in no memory", address);
    return raise(Cause::LoadFault, address, what.c_str(), stop);
  }
  std::uint32_t bits = 0;
  std::memcpy(&bits, source, bytes);
  finish_load(bits, cycle_ + 1);
  return true;
}

bool Cpu::store_slow(std::uint32_t address, std::uint32_t bytes, std::uint32_t value, Stop& stop) {
  if (address % bytes != 0) return raise(Cause::StoreMisaligned, address, nullptr, stop);
  if (address >= kDramBase) {
    access_ = Access{address, bytes, value};
    stop = Stop::DramStore;
    return false;
  }
  std::uint8_t* target = writable_memory(address, bytes);
  if (target == nullptr) {
    const std::string what =
        memory(address, bytes) != nullptr
            ? fmt::format("address 0x{:08x} is in the ITCM, which is read-only", address)
            : fmt::format("address 0x{:08x} is in no memory", address);
    return raise(Cause::StoreFault, address, what.c_str(), stop);
  }
  std::memcpy(target, &value, bytes);
  complete(cycle_ + 1);
  return true;
}

bool Cpu::csr_write_value(const Decoded& d, std::uint32_t old, std::uint32_t& value) const {
  const std::uint32_t funct3 = word() >> 12 & 7;
  const std::uint32_t source = (funct3 & 4) != 0 ? d.rs1 : x_[d.rs1];
  switch (funct3 & 3) {
    case 1:
      value = source;
      return true;
    case 2:
      value = old | source;
      return d.rs1 != 0;
    default:
      value = old & ~source;
      return d.rs1 != 0;
  }
}

bool Cpu::csr(const Decoded& d, Stop& stop) {
  const auto number = static_cast<std::uint32_t>(d.imm);
  std::uint32_t old = 0, value = 0;
  if (is_npu_counter(number) && !csr_write_value(d, 0, value)) {
    access_ = Access{number, 0, 0};
    stop = Stop::Counter;
    return false;
  }
  const bool exists = csrs_.read(number, cycle_, retired(), old) || is_npu_counter(number);
  const bool writes = csr_write_value(d, old, value);
  if (!exists || (writes && !csrs_.write(number, value, cycle_, retired()))) {
    const std::string what = exists ? fmt::format("CSR 0x{:03x} is read-only", number)
                                    : fmt::format("there is no CSR 0x{:03x}", number);
    return raise(Cause::Illegal, word(), what.c_str(), stop);
  }
  x_[d.rd] = old;
  complete(cycle_ + 1);
  return true;
}

void Cpu::finish_value(std::uint32_t value, std::int64_t next) {
  x_[decoded_[pc_ / kWordBytes].rd] = value;
  complete(next);
}

bool Cpu::config(const Decoded& d, Stop& stop) {
  const TilePlan& p = plans_[static_cast<std::size_t>(d.imm)];
  const std::uint32_t w = word();
  Command command;
  command.instruction = p.instruction;
  std::uint32_t target = 0, source = 0;
  int i = 0;
  for (const isa::Operand& operand : p.instruction->operands) {
    const std::uint32_t number = isa::field_value(w, operand.field);
    if (operand.kind == isa::OperandKind::X)
      command.x[i] = x_[number];
    else
      (i == 0 ? target : source) = number;
    if (operand.kind == isa::OperandKind::View && number >= kViewRegisters) {
      return raise(Cause::Illegal, w, "view registers are v0 to v7", stop);
    }
    ++i;
  }
  const std::string problem = check_.problem(p, command);
  if (!problem.empty()) {
    const std::string what = fmt::format("{}: {}", isa::disassemble(isa_, w, pc_), problem);
    return raise(Cause::IllegalTile, w, what.c_str(), stop);
  }
  descriptors_.apply(p.action, target, source, command.x);
  complete(cycle_ + 1);
  return true;
}

}  // namespace coldforge::sim
