#include <catch2/catch.hpp>

#include "sim/base/random.h"
#include "tests/unit/isa/isa_fixture.h"

using namespace coldforge::isa;

TEST_CASE("every instruction survives encode, decode and disassemble", "[isa]") {
  const Isa isa = Isa::load({"exp_rowsum"});
  coldforge::Random random(/*seed=*/7, coldforge::stream_key("encoding"));
  for (const Instruction& instruction : isa.instructions()) {
    for (int round = 0; round < 20; ++round) {
      std::vector<int> registers;
      std::string text = instruction.name;
      for (const Operand& operand : instruction.operands) {
        const bool is_view = operand.kind == OperandKind::View;
        registers.push_back(static_cast<int>(random.below(is_view ? 8 : 32)));
        const char prefix = is_view ? 'v' : operand.kind == OperandKind::Tile ? 't' : 'x';
        text += (registers.size() == 1 ? " " : ", ") + (prefix + std::to_string(registers.back()));
      }
      const std::uint32_t word = encode(instruction, registers);
      INFO(text);
      REQUIRE(isa.decode(word) == &instruction);
      CHECK(disassemble(isa, word) == text);
      CHECK(assemble(isa, text) == word);
      for (std::size_t i = 0; i < registers.size(); ++i) {
        CHECK(field_value(word, instruction.operands[i].field) ==
              static_cast<std::uint32_t>(registers[i]));
      }
    }
  }
}

TEST_CASE("a word decodes to one instruction, the one whose fixed bits it has", "[isa]") {
  const Isa isa = Isa::load();
  coldforge::Random random(/*seed=*/8, coldforge::stream_key("decoding"));
  constexpr std::uint32_t kOpcodes[] = {0x0b, 0x2b, 0x5b, 0x7b, 0x33};
  int decoded = 0;
  for (int round = 0; round < 50000; ++round) {
    std::uint32_t word = (random.next_u32() & ~0x7fU) | kOpcodes[random.below(5)];
    if (round % 2 == 0) word &= 0x01fff07f;  // funct7 0 and rd 0, so that tight encodings are met
    const Instruction* found = isa.decode(word);
    int matches = 0;
    for (const Instruction& instruction : isa.instructions()) {
      if ((word & instruction.mask) != instruction.match) continue;
      ++matches;
      CHECK(found == &instruction);
    }
    CHECK(matches == (found != nullptr ? 1 : 0));
    decoded += matches;
  }
  CHECK(decoded > 1000);
}

TEST_CASE("fields without use must be zero", "[isa]") {
  const Isa isa = Isa::load();
  const std::uint32_t word = assemble(isa, "texp t3, t1");
  CHECK(isa.decode(word) == isa.find("texp"));
  CHECK(isa.decode(word | 1U << 20) == nullptr);  // rs2
  const std::uint32_t load = assemble(isa, "tload t3, v7");
  CHECK(isa.decode(load) == isa.find("tload"));
  CHECK(isa.decode(load | 1U << 18) == nullptr);  // v15 does not exist
}

TEST_CASE("an unsound line of assembly is refused with what would be right", "[isa]") {
  const Isa isa = Isa::load();
  const auto error = [&](const std::string& text) {
    return error_of([&] { assemble(isa, text); });
  };
  CHECK(assemble(isa, "  tadd\tt3 ,t1,  t2 ") == 0x0020b18b);
  CHECK(error("tplus t1, t2, t3") ==
        "tplus t1, t2, t3: unknown instruction \"tplus\" (`coldforge isa list` shows all)");
  CHECK(error("tadd t1, t2") == "tadd t1, t2: operands are missing; it is tadd dst, a, b");
  CHECK(error("tadd t1, t2, t3, t4") ==
        "tadd t1, t2, t3, t4: too many operands; it is tadd dst, a, b");
  CHECK(error("tadd t1, t2, t32") ==
        "tadd t1, t2, t32: operand b = \"t32\" must be one of t0 to t31");
  CHECK(error("tadds t1, t2, t3") ==
        "tadds t1, t2, t3: operand s = \"t3\" must be one of x0 to x31");
  CHECK(error("tload t1, v8") == "tload t1, v8: operand v = \"v8\" must be one of v0 to v7");
  CHECK(error("tload t1, v-1") == "tload t1, v-1: operand v = \"v-1\" must be one of v0 to v7");
}

TEST_CASE("encode refuses wrong counts and numbers", "[isa]") {
  const Isa isa = Isa::load();
  const Instruction& load = *isa.find("tload");
  CHECK(error_of([&] { encode(load, {1}); }) == "tload: takes 2 operands (tload td, v), not 1");
  CHECK(error_of([&] { encode(load, {1, 8}); }) == "tload: v = 8: must be one of v0 to v7");
  CHECK(error_of([&] { encode(load, {-1, 0}); }) == "tload: td = -1: must be one of t0 to t31");
}
