// The intrinsics header under the kernels' compiler, and the words that come out of it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "isa/emit.h"
#include "tests/unit/isa/isa_fixture.h"

using namespace coldforge::isa;

namespace {

constexpr const char* kClang =
    "clang++-19 --target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 -std=c++20 -O2 "
    "-ffreestanding -fno-exceptions "
    "-nostdinc -Wall -Wextra -Werror ";

bool have_clang() { return std::system("clang++-19 --version > /dev/null 2>&1") == 0; }

/// Registers that tell fields apart; an x operand gets the number of its argument register.
int register_for(const Operand& operand, int& next_argument) {
  if (operand.kind == OperandKind::View) return 2 + static_cast<int>(operand.field);
  if (operand.kind == OperandKind::Tile) return 17 + 3 * static_cast<int>(operand.field);
  return operand.access == Access::Read ? 10 + next_argument++ : 10;  // a0, a1, ...; result in a0
}

std::string cpp_name(std::string name) {
  for (char& c : name) c = c == '.' ? '_' : c;
  return name;
}

/// Little-endian words of a raw binary.
std::vector<std::uint32_t> words_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(stream)),
                          std::istreambuf_iterator<char>());
  std::vector<std::uint32_t> words;
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    std::uint32_t word = 0;
    for (int b = 3; b >= 0; --b) word = word << 8 | static_cast<unsigned char>(bytes[i + b]);
    words.push_back(word);
  }
  return words;
}

}  // namespace

TEST_CASE("every intrinsic compiles, and its word decodes back to it", "[isa]") {
  if (!have_clang()) {
    WARN("skipped: clang++-19 is missing");
    return;
  }
  const TemporaryFolder folder;
  const Isa isa = Isa::load({"exp_rowsum"});
  folder.write("npu_intrinsics.h", emit_intrinsics(isa, load_arch("edge")));
  std::string source = "#include \"npu_intrinsics.h\"\n";
  std::vector<std::string> expected;
  for (const Instruction& instruction : isa.instructions()) {
    std::string registers, parameters, arguments;
    std::vector<int> numbers;
    int next_argument = 0;
    bool has_result = false;
    for (const Operand& operand : instruction.operands) {
      const int number = register_for(operand, next_argument);
      numbers.push_back(number);
      if (operand.kind != OperandKind::X) {
        registers += (registers.empty() ? "" : ", ") + std::to_string(number);
      } else if (operand.access == Access::Read) {
        const std::string name = "p" + std::to_string(next_argument);
        parameters += (parameters.empty() ? "" : ", ") + ("npu::isa::word " + name);
        arguments += (arguments.empty() ? "" : ", ") + name;
      } else {
        has_result = true;
      }
    }
    source += std::string("extern \"C\" ") + (has_result ? "npu::isa::word" : "void") + " f" +
              std::to_string(instruction.id) + "(" + parameters + ") { " +
              (has_result ? "return " : "") + "npu::isa::" + cpp_name(instruction.name) +
              (registers.empty() ? "" : "<" + registers + ">") + "(" + arguments + "); }\n";
    expected.push_back(disassemble(isa, encode(instruction, numbers)));
  }
  folder.write("all.cpp", source);
  const std::string build =
      "cd " + folder.path() + " && " + kClang +
      "-c all.cpp -o all.o && ld.lld-19 --oformat=binary -Ttext=0 --entry=f0 all.o -o all.bin";
  REQUIRE(std::system(build.c_str()) == 0);
  std::vector<std::string> found;
  for (const std::uint32_t word : words_of(folder.path() + "/all.bin")) {
    if (isa.decode(word) != nullptr) found.push_back(disassemble(isa, word));
  }
  CHECK(found == expected);
}

TEST_CASE("a register number out of range does not compile", "[isa]") {
  if (!have_clang()) {
    WARN("skipped: clang++-19 is missing");
    return;
  }
  const TemporaryFolder folder;
  folder.write("npu_intrinsics.h", emit_intrinsics(Isa::load(), load_arch("edge")));
  folder.write("bad.cpp", "#include \"npu_intrinsics.h\"\nvoid f() { npu::isa::tload<0, 8>(); }\n");
  const std::string log = folder.path() + "/log";
  const std::string build =
      "cd " + folder.path() + " && " + kClang + "-fsyntax-only bad.cpp > log 2>&1";
  CHECK(std::system(build.c_str()) != 0);
  CHECK(coldforge::read_file(log).find("tload: register number out of range") != std::string::npos);
}
