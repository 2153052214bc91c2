#include <catch2/catch.hpp>

#include "tests/unit/isa/isa_fixture.h"

using namespace coldforge::isa;

TEST_CASE("an overlay changes a leaf and nothing else", "[isa]") {
  const TemporaryFolder folder;
  const Isa plain = Isa::load();
  const Isa slow =
      Isa::load({folder.write("slow.json", R"~({"operations":{"exp":{"latency_cycles":20}}})~")});
  CHECK(expression_latency(slow, *slow.find("texp")) == coldforge::Cycles(20));
  CHECK(expression_latency(slow, *slow.find("tadd")) ==
        expression_latency(plain, *plain.find("tadd")));
  CHECK(slow.find("texp")->match == plain.find("texp")->match);
  CHECK(slow.digest() != plain.digest());
  CHECK(slow.overlays().size() == 1);
}

TEST_CASE("an overlay adds an instruction made of known operations", "[isa]") {
  const Isa isa = Isa::load({"exp_rowsum"});
  REQUIRE(isa.find("texpsum") != nullptr);
  CHECK(isa.instructions().size() == Isa::load().instructions().size() + 1);
  CHECK(isa.find("texpsum")->group == "overlay");
  CHECK(disassemble(isa, assemble(isa, "texpsum t4, t3, t2, t1")) == "texpsum t4, t3, t2, t1");
  CHECK(isa.decode(assemble(Isa::load(), "tadd t3, t1, t2")) == isa.find("tadd"));
}

TEST_CASE("an overlay renames an instruction; its word stays", "[isa]") {
  const TemporaryFolder folder;
  const std::string path = folder.write("rename.json", R"~({"instructions":{"texp":null,"vexp":{
    "summary":"Exponential.","group":"vector_unary","unit":"vector","match":{"opcode":"custom-0","funct3":5,"funct7":3},
    "operands":{"dst":{"field":"rd","kind":"tile","memory":"Vec","access":"write","types":"fp32"},
                "a":{"field":"rs1","kind":"tile","memory":"Vec","types":"fp32","broadcast":true}},
    "results":{"dst":"exp(a)"},"timing":"elementwise"}}})~");
  const Isa isa = Isa::load({path});
  CHECK(isa.find("texp") == nullptr);
  CHECK(isa.find("vexp")->match == Isa::load().find("texp")->match);
  CHECK(isa.instructions().size() == Isa::load().instructions().size());
}

TEST_CASE("overlays apply in order, and the last one is blamed", "[isa]") {
  const TemporaryFolder folder;
  const std::string first =
      folder.write("first.json", R"~({"operations":{"exp":{"latency_cycles":30}}})~");
  const std::string second =
      folder.write("second.json", R"~({"operations":{"exp":{"latency_cycles":0}}})~");
  CHECK(expression_latency(Isa::load({first}), *Isa::load().find("texp")) == coldforge::Cycles(30));
  CHECK(error_of([&] {
          Isa::load({first, second});
        }) == second + ": exp: latency_cycles = 0: must be an integer from 1 to 64");
}

TEST_CASE("removing what instructions use names one of them", "[isa]") {
  const TemporaryFolder folder;
  const std::string path = folder.write("gone.json", R"~({"operations":{"erf":null}})~");
  CHECK(error_of([&] { Isa::load({path}); })
            .rfind("isa/spec/vector_unary.json: terf: results: dst: unknown operation \"erf\"; "
                   "known are abs, add, ",
                   0) == 0);
}

TEST_CASE("a file that is no overlay is refused in one line", "[isa]") {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& content) {
    const std::string path = folder.write("o.json", content);
    const std::string text = error_of([&] { Isa::load({path}); });
    return text.substr(text.rfind("o.json"));
  };
  CHECK(error_of([] { Isa::load({"/nowhere/o.json"}); }) ==
        "/nowhere/o.json: no such overlay file");
  CHECK(error("[]") == "o.json: must be an object");
  CHECK(error(R"~({"tadd":{}})~") ==
        "o.json: tadd: unknown; known are summary, instructions, operations");
  CHECK(error(R"~({"instructions":{"nope":null}})~") ==
        "o.json: nope: removes what does not exist");
  CHECK(error(R"~({"instructions":{"nope":{}}})~") == "o.json: nope: summary: missing");
  CHECK(error(R"~({"instructions":{"tadd":1}})~") == "o.json: tadd: must be an object");
  CHECK(error(R"~({"instructions":{"tadd":{},"tadd":{}}})~") ==
        "o.json: key \"tadd\" occurs twice in one object");
  CHECK(error(R"~({"operations":{"exp":{"latency_cycles":1e999}}})~") ==
        "o.json: is not JSON: number overflow parsing '1e999'");
  CHECK(error(R"~({"instructions":{"tadd":{"summary":"a\nb"}}})~") ==
        "o.json: tadd: summary: must be one line of text");
  std::string deep = "1";
  deep.insert(0, 100000, '[');
  CHECK(error("{\"instructions\":" + deep + std::string(100000, ']') + "}") ==
        "o.json: is nested deeper than 32 levels");
  CHECK(error("{\n\"instructions\": }").rfind("o.json: is not JSON: line 2, column 17: ", 0) == 0);
}
