// The proofs of the loader, message by message.
#include <catch2/catch.hpp>

#include "tests/unit/isa/isa_fixture.h"

using namespace coldforge::isa;

namespace {

/// A patch of one member of tadd.
std::string tadd(const std::string& member) {
  return R"~({"instructions":{"tadd":{)~" + member + "}}}";
}

/// A second instruction, like tadd but for `member`.
std::string second(const std::string& member) {
  auto patch = nlohmann::ordered_json::object();
  auto& entry = patch["instructions"]["tsub"];
  entry = small_description()["instructions"]["tadd"];
  entry.merge_patch(nlohmann::ordered_json::parse("{" + member + "}"));
  return patch.dump();
}

}  // namespace

TEST_CASE("the small description of the tests is sound", "[isa]") {
  CHECK(error_of_patch("{}").empty());
  CHECK(patched("{}").instructions().size() == 1);
}

TEST_CASE("two encodings that overlap are refused", "[isa]") {
  CHECK(error_of_patch(second("")) ==
        "spec: tsub: its encoding (custom-0, funct3 3, funct7 0) overlaps that of tadd (custom-0, "
        "funct3 3, funct7 0)");
  CHECK(error_of_patch(second(R"~("match":{"funct7":1})~")).empty());
}

TEST_CASE("a four-field word takes all the function codes that its register hides", "[isa]") {
  const std::string four = R"~("match":{"opcode":"custom-0","funct3":3,"funct7":null,"funct2":%},
                              "operands":{"c":{"field":"rs3","kind":"x","summary":"unused"}})~";
  const auto with = [&](const std::string& funct2) {
    std::string text = four;
    text.replace(text.find('%'), 1, funct2);
    return second(text);
  };
  CHECK(error_of_patch(with("0")) ==
        "spec: tsub: its encoding (custom-0, funct3 3, funct2 0) overlaps that of tadd (custom-0, "
        "funct3 3, funct7 0)");
  CHECK(error_of_patch(with("1")).empty());
}

TEST_CASE("every bit of a word is used once", "[isa]") {
  CHECK(error_of_patch(tadd(R"~("operands":{"b":{"field":"rs1"}})~")) ==
        "spec: tadd: operands: \"a\" and \"b\" both use field rs1");
  CHECK(error_of_patch(tadd(R"~("operands":{"b":{"field":"rs3"}})~")) ==
        "spec: tadd: operands: \"b\" uses field rs3, which needs funct2 instead of funct7");
  CHECK(error_of_patch(tadd(R"~("match":{"funct7":null,"funct2":0})~")) ==
        "spec: tadd: match: funct2 leaves bits 27 to 31 without use; take funct7, or an operand in "
        "rs3");
  CHECK(error_of_patch(tadd(R"~("match":{"funct7":null})~")) ==
        "spec: tadd: match: needs either funct7 (three fields) or funct2 (four fields)");
  CHECK(error_of_patch(tadd(R"~("match":{"funct2":0})~")) ==
        "spec: tadd: match: needs either funct7 (three fields) or funct2 (four fields)");
  CHECK(error_of_patch(tadd(R"~("match":{"funct3":8})~")) ==
        "spec: tadd: match: funct3 = 8: must be an integer from 0 to 7");
  CHECK(error_of_patch(tadd(R"~("match":{"opcode":"custom-4"})~")) ==
        "spec: tadd: match: opcode: unknown opcode \"custom-4\"; known are custom-0, custom-1, "
        "custom-2, custom-3");
}

TEST_CASE("names that do not resolve list the known ones", "[isa]") {
  CHECK(error_of_patch(tadd(R"~("unit":"tensor")~")) ==
        "spec: tadd: unit: unknown unit \"tensor\"; known are scalar, load, store, move, matrix, "
        "vector");
  CHECK(error_of_patch(tadd(R"~("timing":"fast")~")) ==
        "spec: tadd: timing: unknown timing class \"fast\"; known are config, sync, load, store, "
        "move, matmul, "
        "elementwise, fill, row_reduce, col_reduce, scan, transpose, gather, gets");
  CHECK(error_of_patch(tadd(R"~("operands":{"a":{"field":"rs9"}})~")) ==
        "spec: tadd: operands: a: field: unknown field \"rs9\"; known are rd, rs1, rs2, rs3");
  CHECK(
      error_of_patch(tadd(R"~("operands":{"a":{"memory":"Vec|Cache"}})~")) ==
      "spec: tadd: operands: a: memory: unknown memory \"Cache\"; known are Vec, Left, Right, Acc");
  CHECK(error_of_patch(tadd(R"~("operands":{"a":{"types":"fp64"}})~")) ==
        "spec: tadd: operands: a: types: unknown element type \"fp64\"; known are fp32, fp16, "
        "bf16, int8, uint8, "
        "int32, int64, bool");
  CHECK(error_of_patch(tadd(R"~("operands":{"a":{"types":"int64"}})~")) ==
        "spec: tadd: operands: a: types: element type \"int64\" cannot stand here");
  CHECK(error_of_patch(tadd(R"~("operands":{"a":{"same_type_as":"c"}})~")) ==
        "spec: tadd: operands: a: same_type_as: \"c\" is no other tile operand");
  CHECK(error_of_patch(tadd(R"~("operand":{})~")) ==
        "spec: tadd: operand: unknown; known are summary, prose, group, unit, match, operands, "
        "legal, results, exec, "
        "timing, latency_cycles");
}

TEST_CASE("expressions are parsed, and their mistakes named", "[isa]") {
  const auto result = [](const std::string& text) {
    return error_of_patch(tadd(R"~("results":{"dst":")~" + text + "\"}"));
  };
  CHECK(result("add(a, c)") ==
        "spec: tadd: results: dst: unknown operand \"c\"; known are dst, a, b");
  CHECK(
      result("plus(a, b)") ==
      "spec: tadd: results: dst: unknown operation \"plus\"; known are add, and, exp, lt, to_fp32");
  CHECK(result("add(a)") == "spec: tadd: results: dst: operation \"add\" takes 2 arguments, not 1");
  CHECK(result("add(a, b") ==
        "spec: tadd: results: dst: \"add(a, b\": \")\" is missing after add(...");
  CHECK(result("add(a, b) a") == "spec: tadd: results: dst: \"a\" is left over in \"add(a, b) a\"");
  CHECK(result("add(a, )") ==
        "spec: tadd: results: dst: \"add(a, )\": a number, an operand or an operation is missing "
        "at \")\"");
  CHECK(
      result("") ==
      "spec: tadd: results: dst: \"\": a number, an operand or an operation is missing at the end");
  CHECK(result("1x") == "spec: tadd: results: dst: \"1x\" is not a number");
  CHECK(result("dst") == "spec: tadd: results: dst: result \"dst\" depends on itself");
}

TEST_CASE("results that need each other are a circle", "[isa]") {
  const std::string two =
      R"~("operands":{"b":{"same_type_as":null,"access":"write","broadcast":null}},
                             "results":{"dst":"add(a, b)","b":"add(dst, 1)"})~";
  CHECK(error_of_patch(tadd(two)) == "spec: tadd: results: dst: result \"dst\" depends on itself");
}

TEST_CASE("expressions without types are refused, whatever the operands' types", "[isa]") {
  CHECK(error_of_patch(tadd(R"~("results":{"dst":"and(a, b)"})~")) ==
        "spec: tadd: results: dst: \"and(a, b)\": operation \"and\" has no fp32 form (with a fp32, "
        "b fp32)");
  CHECK(error_of_patch(tadd(R"~("results":{"dst":"add(to_fp32(a), b)"})~")) ==
        "spec: tadd: results: dst: \"b\" is int32 where fp32 is needed (with a int32, b int32)");
  CHECK(error_of_patch(tadd(R"~("results":{"dst":"add(a, 0.5)"})~")) ==
        "spec: tadd: results: dst: constant 0.5 is used as int32 (with a int32, b int32)");
  CHECK(
      error_of_patch(tadd(
          R"~("operands":{"dst":{"types":"int32"},"a":{"same_type_as":null}},"results":{"dst":"add(a, b)"})~")) ==
      "spec: tadd: results: dst: \"b\" is int32 where fp32 is needed (with a fp32, b int32)");
}

TEST_CASE("results, built-in semantics and reductions are checked for sense", "[isa]") {
  CHECK(error_of_patch(tadd(R"~("exec":"tadd")~")) ==
        "spec: tadd: needs either results (expressions) or exec (built-in semantics)");
  CHECK(error_of_patch(tadd(R"~("results":null)~")) ==
        "spec: tadd: needs either results (expressions) or exec (built-in semantics)");
  CHECK(error_of_patch(tadd(R"~("results":{"a":"b"})~")) ==
        "spec: tadd: results: a: must be a tile operand with access write or read_write");
  CHECK(error_of_patch(tadd(R"~("results":{"dst":null})~")) ==
        "spec: tadd: results: must have one or two results");
  CHECK(error_of_patch(tadd(R"~("unit":"load")~")) ==
        "spec: tadd: results: only the vector and the move unit evaluate expressions");
  CHECK(error_of_patch(tadd(R"~("unit":"move","operands":{"b":{"access":"write","broadcast":null}},
                                 "results":{"dst":"a","b":"exp(a)"})~")) ==
        "spec: tadd: results: the move unit writes one result, the vector unit up to two");
  const auto reduce = [](const std::string& members) {
    return error_of_patch(
        tadd(R"~("operands":{"b":{"broadcast":null}},"results":{"dst":{"expr":"a","reduce":{)~" +
             members + "}}}"));
  };
  CHECK(reduce(R"~("op":"add","axis":"cols")~").empty());
  CHECK(reduce(R"~("op":"sum","axis":"cols")~") ==
        "spec: tadd: results: dst: reduce: op: unknown reduction \"sum\"; known are add, mul, max, "
        "min, argmax, argmin");
  CHECK(reduce(R"~("op":"add","axis":"cols","scan":true)~") ==
        "spec: tadd: results: dst: reduce: scan: scans run down the rows with add, mul or max");
  CHECK(reduce(R"~("op":"add","axis":"cols","exclusive":true)~") ==
        "spec: tadd: results: dst: reduce: exclusive: only a scan can be exclusive");
  CHECK(
      reduce(R"~("op":"argmax","axis":"cols")~") ==
      "spec: tadd: results: dst: an index is int32, so the types of the operand must be \"int32\"");
  CHECK(reduce(R"~("op":"max","axis":"cols")~") ==
        "spec: tadd: results: dst: reduction \"max\" has no fp32 form");
}

TEST_CASE("a reduction of broadcast sources only has no extents", "[isa]") {
  CHECK(error_of_patch(
            tadd(R"~("results":{"dst":{"expr":"a","reduce":{"op":"add","axis":"cols"}}})~")) ==
        "spec: tadd: results: no operand gives the extents: a reduction needs a source without "
        "broadcast");
}

TEST_CASE("a stated latency may only be longer than the expression's", "[isa]") {
  CHECK(error_of_patch(tadd(R"~("latency_cycles":2)~")) ==
        "spec: tadd: latency_cycles = 2: must be at least 3, the longest path of its expression");
  CHECK(expression_latency(patched(tadd(R"~("latency_cycles":9)~")),
                           patched(tadd(R"~("latency_cycles":9)~")).instructions()[0]) ==
        coldforge::Cycles(9));
}

TEST_CASE("a value that two results share is one operation of the SFU", "[isa]") {
  const Isa isa = patched(tadd(
      R"~("operands":{"dst":{"types":"fp32"},"a":{"types":"fp32"},"b":{"types":"fp32","same_type_as":null,"access":"write","broadcast":null}},
         "results":{"dst":"exp(exp(a))","b":{"expr":"add(dst, exp(a))","reduce":{"op":"add","axis":"cols"}}})~"));
  const Instruction& instruction = *isa.find("tadd");
  CHECK(sfu_nodes(isa, instruction) == 2);                               // exp(a), exp(exp(a))
  CHECK(expression_latency(isa, instruction) == coldforge::Cycles(19));  // 8 + 8 + 3
  CHECK(instruction.domain == instruction.find_operand("dst"));
}

TEST_CASE("operations of the vocabulary are checked", "[isa]") {
  CHECK(error_of_patch(R"~({"operations":{"lt":{"arity":3}}})~") ==
        "spec: lt: arity: typing \"compare\" takes 2");
  CHECK(error_of_patch(R"~({"operations":{"lt":{"types":"bool"}}})~") ==
        "spec: lt: types: unknown typing \"bool\"; known are lane, compare, select, to_fp32, "
        "to_int32");
  CHECK(error_of_patch(R"~({"operations":{"lt":{"latency_cycles":0}}})~") ==
        "spec: lt: latency_cycles = 0: must be an integer from 1 to 64");
  CHECK(error_of_patch(R"~({"operations":{"lt":{"functions":{"fp16":"lt.f16"}}}})~") ==
        "spec: lt: functions: fp16: unknown; known are fp32, int32");
}

TEST_CASE("mnemonics and operand names can be identifiers of every output", "[isa]") {
  CHECK(error_of_patch(R"~({"instructions":{"T+":{}}})~") ==
        "spec: T+: a mnemonic is made of a-z, 0-9, \".\" and \"_\" and begins with a letter");
  auto keyword = nlohmann::ordered_json::object();
  keyword["instructions"]["and"] = small_description()["instructions"]["tadd"];
  CHECK(error_of_patch(keyword.dump()) == "spec: and: a mnemonic cannot be a keyword of C++");
  auto twins = nlohmann::ordered_json::object();
  for (const char* name : {"tx.y", "tx_y"}) {
    twins["instructions"][name] = small_description()["instructions"]["tadd"];
  }
  twins["instructions"]["tadd"] = nullptr;
  twins["instructions"]["tx_y"]["match"]["funct7"] = 1;
  CHECK(error_of_patch(twins.dump()) == "spec: tx_y: is \"tx_y\" in generated sources, as tx.y");
  CHECK(error_of_patch(tadd(R"~("operands":{"9":{"field":"rd","kind":"x"}})~")) ==
        "spec: tadd: operands: 9: a name is made of a-z, 0-9 and \"_\" and begins with a letter");
}
