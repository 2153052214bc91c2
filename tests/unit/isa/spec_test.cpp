// The built-in description as a whole.
#include <catch2/catch.hpp>
#include <set>

#include "isa/emit.h"
#include "isa/json_file.h"
#include "tests/unit/isa/isa_fixture.h"

using namespace coldforge::isa;

TEST_CASE("the built-in description has the instructions of the programming model", "[isa]") {
  const Isa isa = Isa::load();
  for (const char* name : {"tnew",         "tbase",
                           "tstride",      "tshape",
                           "tsubview",     "vnew",
                           "vbase",        "vlevel",
                           "vwindow",      "vbound",
                           "vinsert",      "vstride",
                           "tset.scalar",  "twait.vector",
                           "tbarrier",     "tgets",
                           "tload",        "tstore",
                           "tmov",         "tmov.t",
                           "tmov.view",    "tmov.scale_bias_relu",
                           "tmov.requant", "tmatmul",
                           "tmatmul.acc",  "tadd",
                           "tdiv",         "tfma",
                           "tsel",         "tcmp.ge",
                           "tshls",        "taxpy",
                           "texpands",     "texp",
                           "tlog",         "tsqrt",
                           "trsqrt",       "trecip",
                           "ttanh",        "tsigmoid",
                           "terf",         "tcvt",
                           "tcvt.trunc",   "tquant",
                           "tquant.col",   "trowsum",
                           "tcolargmin",   "tscan.max.x",
                           "tci",          "ttrans",
                           "tgather"}) {
    INFO(name);
    CHECK(isa.find(name) != nullptr);
  }
  CHECK(isa.find("tfoo") == nullptr);
}

TEST_CASE("instructions are ordered by group and name, ids are positions", "[isa]") {
  const Isa isa = Isa::load();
  for (std::size_t i = 0; i < isa.instructions().size(); ++i) {
    const Instruction& instruction = isa.instructions()[i];
    CHECK(instruction.id == static_cast<int>(i));
    CHECK(isa.find(instruction.name) == &instruction);
    if (i == 0) continue;
    const Instruction& before = isa.instructions()[i - 1];
    CHECK(std::make_pair(before.group, before.name) <
          std::make_pair(instruction.group, instruction.name));
  }
}

TEST_CASE("every operation of the vocabulary is used by an instruction", "[isa]") {
  const Isa isa = Isa::load();
  std::set<std::string> used;
  for (const Instruction& instruction : isa.instructions()) {
    for (const Result& result : instruction.results) {
      for (const ExprNode& node : result.nodes) used.insert(node.op);
    }
  }
  for (const Operation& operation : isa.operations()) {
    INFO(operation.name);
    CHECK(used.count(operation.name) == 1);
    CHECK(isa.find_operation(operation.name) == &operation);
  }
}

TEST_CASE("tiles are written by the unit that owns their memory", "[isa]") {
  // Acc belongs to the matrix unit, Left and Right are filled by load and move, Vec by all but
  // matrix and store.
  const Isa isa = Isa::load();
  for (const Instruction& instruction : isa.instructions()) {
    if (instruction.unit == Unit::Scalar) continue;
    for (const Operand& operand : instruction.operands) {
      if (operand.kind != OperandKind::Tile || operand.access == Access::Read) continue;
      INFO(instruction.name);
      const bool acc = operand.memories >> static_cast<int>(Memory::Acc) & 1;
      CHECK(acc == (instruction.unit == Unit::Matrix));
      CHECK(instruction.unit != Unit::Store);
      if (instruction.unit == Unit::Vector)
        CHECK(operand.memories == 1U << static_cast<int>(Memory::Vec));
    }
  }
}

TEST_CASE("the same description gives the same digest", "[isa]") {
  CHECK(Isa::load().digest() == Isa::load().digest());
  CHECK(Isa::load().digest().size() == 64);
}

TEST_CASE("API items speak of an instruction without naming it", "[isa]") {
  const Isa isa = Isa::load();
  const auto items = emit_api_items(isa);
  REQUIRE(items.size() == isa.instructions().size());
  for (const ApiItem& item : items) {
    INFO(item.name);
    const auto content = nlohmann::json::parse(item.content);
    CHECK(content.contains("exec") != content.contains("results"));
    CHECK(item.call.rfind("npu::", 0) == 0);
    if (content.contains("results"))
      CHECK(item.content.find("\"" + item.name + "\"") == std::string::npos);
  }
  const auto gets =
      std::find_if(items.begin(), items.end(), [](const ApiItem& i) { return i.name == "tgets"; });
  CHECK(gets->call == "npu::tgets(ts, row, col)");
}

TEST_CASE("the example of isa/README.md is the instruction itself", "[isa]") {
  const std::string readme = coldforge::read_file(COLDFORGE_SOURCE_DIR "/isa/README.md");
  const auto begin = readme.find("```json\n") + 8;
  const std::string block = readme.substr(begin, readme.find("```", begin) - begin);
  const auto example = nlohmann::ordered_json::parse("{" + block + "}");
  const auto spec = read_json(share_dir() + "/isa/spec/move.json", "move.json");
  auto entry = spec["tmov.scale"];
  entry["operands"]["scale"].erase("summary");
  CHECK(example["tmov.scale"] == entry);
}
