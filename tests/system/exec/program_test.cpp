#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "sim/base/file.h"
#include "sim/run.h"

namespace coldforge::sim::test {
namespace {

/// Builds a C program with the kernel toolchain and reads it back.
class Built {
 public:
  explicit Built(const std::string& source) {
    folder_ =
        std::filesystem::temp_directory_path() / ("coldforge_exec_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    write("p.c", source);
    write("p.ld",
          "ENTRY(_start)\nPHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); dram PT_LOAD "
          "FLAGS(6); }\n"
          "SECTIONS { . = 0; .text : { *(.text.start) *(.text*) } :text\n"
          "  . = 0x10000000; .data : { *(.rodata*) *(.srodata*) *(.data*) *(.sdata*) *(.bss*) "
          "*(.sbss*) } :data\n"
          "  . = 0x80000000; .dram : { *(.dram*) } :dram }\n");
    run("clang-19 --target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 -O1 -ffreestanding "
        "-fno-builtin "
        "-nostdlib -c p.c -o p.o");
    run("ld.lld-19 -T p.ld p.o -o p.elf");
  }
  ~Built() { std::filesystem::remove_all(folder_); }

  Program load(const isa::Arch& arch) const {
    const std::string file = read_file(folder_ / "p.elf");
    return load_elf("p.elf", {file.begin(), file.end()}, arch);
  }

 private:
  void write(const char* name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  void run(const std::string& command) {
    const std::string line = "cd '" + folder_.string() + "' && " + command;
    REQUIRE(std::system(line.c_str()) == 0);
  }
  std::filesystem::path folder_;
};

constexpr char kStart[] =
    "__attribute__((naked, section(\".text.start\"))) void _start(void) {\n"
    "  asm(\"lui sp, 0x10010\\n call run\\n li a7, 93\\n ecall\"); }\n"
    "static void print(const char* s, unsigned n) {\n"
    "  register unsigned a0 asm(\"a0\") = 1; register const char* a1 asm(\"a1\") = s;\n"
    "  register unsigned a2 asm(\"a2\") = n; register unsigned a7 asm(\"a7\") = 64;\n"
    "  asm volatile(\"ecall\" : \"+r\"(a0) : \"r\"(a1), \"r\"(a2), \"r\"(a7) : \"memory\"); }\n";

}  // namespace

TEST_CASE("a compiled program runs, prints, uses all memories and leaves its signature",
          "[sim][exec]") {
  const Machine machine(isa::Isa::load(), isa::load_arch("edge"));
  const Built built(
      std::string(kStart) +
      "__attribute__((section(\".dram\"))) int table[4] = {1, 2, 3, 4};\n"
      "unsigned begin_signature[4]; unsigned end_signature[0];\n"
      "static unsigned gcd(unsigned a, unsigned b) { return b == 0 ? a : gcd(b, a % b); }\n"
      "unsigned run(void) {\n"
      "  print(\"hello\\n\", 6);\n"
      "  for (int i = 0; i < 4; ++i) table[i] *= 10;\n"
      "  for (int i = 0; i < 4; ++i) begin_signature[i] = gcd(table[i], 12);\n"
      "  return begin_signature[0] + table[3]; }\n");
  const Program program = built.load(machine.arch());
  const RunResult result = machine.run(program, {}, RunOptions());
  INFO(result.message);
  CHECK(result.outcome == Outcome::Exited);
  CHECK(result.printed == "hello\n");
  CHECK(result.exit_code == 2 + 40);
  // gcd of 10, 20, 30, 40 with 12; end_signature follows.
  REQUIRE(result.signature.size() == 16);
  CHECK(result.signature[0] == 2);
  CHECK(result.signature[4] == 4);
  CHECK(result.signature[8] == 6);
  CHECK(result.signature[12] == 4);
  const RunResult again = machine.run(program, {}, RunOptions());
  CHECK(again.cycles == result.cycles);
  CHECK(again.instructions == result.instructions);
}

TEST_CASE("a wild pointer is a trap with its address, not a crash", "[sim][exec]") {
  const Machine machine(isa::Isa::load(), isa::load_arch("edge"));
  const Built built(
      std::string(kStart) +
      "unsigned run(void) { print(\"\", 0); return *(volatile unsigned*)0x90000000; }\n");
  const RunResult result = machine.run(built.load(machine.arch()), {}, RunOptions());
  CHECK(result.outcome == Outcome::Trap);
  CHECK(result.trap_cause == "load access fault");
  CHECK(result.fault_address == 0x9000'0000);
}

}  // namespace coldforge::sim::test
