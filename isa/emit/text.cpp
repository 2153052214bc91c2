#include "isa/emit/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace coldforge::isa {

std::string made_by(const std::string& emitter, const Isa& isa, const Arch& arch) {
  return fmt::format("Made by isa/emit/{} from instruction set {:.12} and machine {} {:.12}.",
                     emitter, isa.digest(), arch.name, arch.digest);
}

std::string cpp_identifier(const std::string& name) {
  // Those that could be a mnemonic or an operand name: lower-case words.
  static constexpr const char* kKeywords[] = {
      "and",      "asm",   "auto",     "bool",      "break",     "case",     "catch",
      "char",     "class", "compl",    "concept",   "const",     "continue", "default",
      "delete",   "do",    "double",   "else",      "enum",      "explicit", "export",
      "extern",   "false", "float",    "for",       "friend",    "goto",     "if",
      "inline",   "int",   "long",     "mutable",   "namespace", "new",      "not",
      "operator", "or",    "private",  "protected", "public",    "register", "requires",
      "return",   "short", "signed",   "sizeof",    "static",    "struct",   "switch",
      "template", "this",  "throw",    "true",      "try",       "typedef",  "typeid",
      "typename", "union", "unsigned", "using",     "virtual",   "void",     "volatile",
      "while",    "word",  "xor"};  // `word` is a type of the intrinsics header
  std::string identifier = name;
  std::replace(identifier.begin(), identifier.end(), '.', '_');
  for (const char* keyword : kKeywords) {
    if (identifier == keyword) return identifier + "_";
  }
  return identifier;
}

std::string pascal_case(const std::string& name) {
  std::string pascal;
  bool up = true;
  for (const char c : name) {
    if (c == '_') {
      up = true;
      continue;
    }
    pascal += up ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    up = false;
  }
  return pascal;
}

std::string upper_case(const std::string& name) {
  std::string upper;
  for (const char c : name) {
    upper += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return upper;
}

std::string types_text(std::uint8_t types) {
  std::string text;
  for (int t = 0; t < kElementTypes; ++t) {
    if ((types >> t & 1) == 0) continue;
    text += (text.empty() ? "" : "|") + std::string(name_of(static_cast<ElementType>(t)));
  }
  return text;
}

std::string memories_text(std::uint8_t memories) {
  std::string text;
  for (int m = 0; m < kMemories; ++m) {
    if ((memories >> m & 1) == 0) continue;
    text += (text.empty() ? "" : "|") + std::string(name_of(static_cast<Memory>(m)));
  }
  return text;
}

std::string result_text(const Result& result) {
  if (result.reduce.op.empty()) return result.text;
  return fmt::format("{}{}{} of ({}) over {}", result.reduce.exclusive ? "exclusive " : "",
                     result.reduce.scan ? "scan " : "", result.reduce.op, result.text,
                     result.reduce.axis);
}

bool orders_memory(const Instruction& instruction) {
  if (instruction.timing == "sync" || instruction.timing == "gets") return true;
  // DRAM is reached through views by the load and store engines.
  return instruction.unit == Unit::Load || instruction.unit == Unit::Store;
}

}  // namespace coldforge::isa
