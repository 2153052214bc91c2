#include <array>
#include <cstdio>

#include "isa/isa.h"
#include "isa/json_file.h"
#include "isa/riscv.h"
#include "sim/base/error.h"

namespace coldforge::isa {

namespace {

constexpr std::array<int, 4> kShift = {7, 15, 20, 27};

constexpr char prefix_of(OperandKind kind) {
  return kind == OperandKind::Tile ? 't' : kind == OperandKind::View ? 'v' : 'x';
}

constexpr int register_count(OperandKind kind) { return kind == OperandKind::View ? 8 : 32; }

std::string range_text(OperandKind kind) {
  const std::string p(1, prefix_of(kind));
  return p + "0 to " + p + std::to_string(register_count(kind) - 1);
}

std::string syntax_of(const Instruction& instruction) {
  std::string text = instruction.name;
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    text += (i == 0 ? " " : ", ") + instruction.operands[i].name;
  }
  return text;
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// -1 if the text is no register of that kind.
int register_number(const std::string& text, OperandKind kind) {
  if (text.size() < 2 || text.size() > 3 || text[0] != prefix_of(kind)) return -1;
  if (text.find_first_not_of("0123456789", 1) != std::string::npos) return -1;
  const int number = std::stoi(text.substr(1));
  return number < register_count(kind) ? number : -1;
}

}  // namespace

std::uint32_t encode(const Instruction& instruction, const std::vector<int>& registers) {
  if (registers.size() != instruction.operands.size()) {
    throw UserError(instruction.name, "takes " + std::to_string(instruction.operands.size()) +
                                          " operands (" + syntax_of(instruction) + "), not " +
                                          std::to_string(registers.size()));
  }
  std::uint32_t word = instruction.match;
  for (std::size_t i = 0; i < registers.size(); ++i) {
    const Operand& operand = instruction.operands[i];
    if (registers[i] < 0 || registers[i] >= register_count(operand.kind)) {
      throw UserError(instruction.name + ": " + operand.name + " = " + std::to_string(registers[i]),
                      "must be one of " + range_text(operand.kind));
    }
    word |= static_cast<std::uint32_t>(registers[i]) << kShift[static_cast<int>(operand.field)];
  }
  return word;
}

std::uint32_t assemble(const Isa& isa, const std::string& text) {
  const std::string line = trimmed(text);
  const auto space = line.find_first_of(" \t");
  const std::string name = line.substr(0, space);
  const Instruction* instruction = isa.find(name);
  if (instruction == nullptr) {
    throw UserError(text, "unknown instruction \"" + name + "\" (`coldforge isa list` shows all)");
  }
  std::vector<int> registers;
  std::string rest = space == std::string::npos ? "" : line.substr(space);
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const std::string token = trimmed(rest.substr(0, comma));
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
    const std::size_t i = registers.size();
    if (i == instruction->operands.size()) {
      throw UserError(text, "too many operands; it is " + syntax_of(*instruction));
    }
    const Operand& operand = instruction->operands[i];
    const int number = register_number(token, operand.kind);
    if (number < 0) {
      throw UserError(text, "operand " + operand.name + " = \"" + token + "\" must be one of " +
                                range_text(operand.kind));
    }
    registers.push_back(number);
  }
  if (registers.size() != instruction->operands.size()) {
    throw UserError(text, "operands are missing; it is " + syntax_of(*instruction));
  }
  return encode(*instruction, registers);
}

std::string disassemble(const Isa& isa, std::uint32_t word, std::uint32_t pc) {
  if (const Instruction* instruction = isa.decode(word)) {
    std::string text = instruction->name;
    for (std::size_t i = 0; i < instruction->operands.size(); ++i) {
      const Operand& operand = instruction->operands[i];
      text += i == 0 ? " " : ", ";
      text += prefix_of(operand.kind) + std::to_string(field_value(word, operand.field));
    }
    return text;
  }
  std::string text = disassemble_riscv(word, pc);
  if (!text.empty()) return text;
  char raw[32];
  std::snprintf(raw, sizeof raw, ".word 0x%08x", word);
  return raw;
}

}  // namespace coldforge::isa
