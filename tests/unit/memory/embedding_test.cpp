#include "memory/embedding.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "memory/tokens.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "tests/unit/memory/bank_fixture.h"

using namespace coldforge;
using namespace coldforge::memory;
using namespace coldforge::memory::test;

namespace {

std::string bytes_of(const Embedding& embedding) { return {embedding.begin(), embedding.end()}; }

double cosine(const Embedding& a, const Embedding& b) { return similarity(a, b) / kFullSimilarity; }

}  // namespace

TEST_CASE("the built-in space is the one that banks were made with", "[memory][embedding]") {
  // A change here makes every stored vector worthless: give the new space another name.
  CHECK(builtin_space().id == "coldforge-hash-1/512");
  CHECK(builtin_space().dims == 512);
  CHECK(builtin_space().probe ==
        "999281c6e77b078c067861da26a8fbc250d83218775cd781271c9ea7696b2579");
}

TEST_CASE("embedding is a function of its input alone", "[memory][embedding]") {
  const Item item = make_item("a");
  CHECK(embed(item) == embed(item));
  EmbeddingInput input;
  input.facts = {{"op:MatMul", 1.0}, {"op:Relu", 1.0}};
  EmbeddingInput swapped;
  swapped.facts = {{"op:Relu", 1.0}, {"op:MatMul", 1.0}};
  CHECK(embed(input) == embed(swapped));
}

TEST_CASE("every vector that is not empty has length 127, up to rounding", "[memory][embedding]") {
  for (const char* code :
       {"a", "int x = 0;", "for (int i = 0; i < n; ++i) total += tile_sum(row[i]);"}) {
    const Embedding vector = embed(EmbeddingInput{{{"op:Softmax", 2.0}}, code, "some prose"});
    CHECK(std::sqrt(double(similarity(vector, vector))) == Approx(127.0).epsilon(0.03));
  }
  const Embedding nothing = embed(EmbeddingInput{});
  CHECK(similarity(nothing, nothing) == 0);
}

TEST_CASE("facts weigh more than code", "[memory][embedding]") {
  const std::string left = "void softmax_rows() { load(a); max(a); exp(a); }";
  const std::string right = "int conv(); struct Window { long k; };";
  const Embedding query = embed(EmbeddingInput{{{"op:Softmax", 1.0}}, left, ""});
  const Embedding same_fact = embed(EmbeddingInput{{{"op:Softmax", 1.0}}, right, ""});
  const Embedding same_code = embed(EmbeddingInput{{{"op:Conv", 1.0}}, left, ""});
  CHECK(cosine(query, same_fact) > cosine(query, same_code));
  CHECK(cosine(query, same_code) > 0.15);
}

TEST_CASE("comments and layout do not move a vector", "[memory][embedding]") {
  const Embedding plain = embed(EmbeddingInput{{}, "load(a);\nstore(b);", ""});
  const Embedding commented =
      embed(EmbeddingInput{{}, "load( a ) ; /* x */ store(b); // ignore", ""});
  CHECK(bytes_of(plain) == bytes_of(commented));
}

TEST_CASE("identifiers fall into the words they are made of", "[memory][embedding]") {
  CHECK(sub_words_of("loadTile2d_async") ==
        std::vector<std::string>{"load", "tile", "2", "d", "async"});
  CHECK(sub_words_of("DMA_WAIT") == std::vector<std::string>{"dma", "wait"});
  CHECK(sub_words_of("__") == std::vector<std::string>{});
}

TEST_CASE("tokens end where the language ends them, even in broken code", "[memory][embedding]") {
  CHECK(tokens_of("a+=1.5f;//x\n\"s\\\"t\"/*") ==
        std::vector<std::string_view>{"a", "+", "=", "1.5f", ";", "\"s\\\"t\""});
  CHECK(tokens_of("\"open\nx") == std::vector<std::string_view>{"\"open", "x"});
  CHECK(tokens_of("'\\") == std::vector<std::string_view>{"'\\"});
  CHECK(tokens_of("").empty());
}

TEST_CASE("an item survives a round trip through its canonical text", "[memory][item]") {
  Item item = make_item("x", kRefine, 123);
  item.blamed_holes = {"tile_rows", "tail"};
  const std::string content = item_content(item);
  const Item back = item_from_content(content, "bank");
  CHECK(item_content(back) == content);
  CHECK(back.roofline_fraction == item.roofline_fraction);
  CHECK(back.fragments[0].condition == "axis=inner");
  CHECK(item_digest(make_item("x", kRefine, 124)) != item_digest(item));
  Item same = item;
  same.seed = 5;
  CHECK(item_digest(same) == item_digest(item));
}

TEST_CASE("a text that is no item is refused in one line", "[memory][item]") {
  CHECK(message_of<UserError>([] { item_from_content("{", "bank: item 12"); }) ==
        "bank: item 12: is not a memory item: no JSON");
  CHECK(
      message_of<UserError>([] { item_from_content(R"({"kind":"song"})", "bank"); }) ==
      "bank: unknown item kind 'song': known are api, trace_draft, trace_refine, summary_success, "
      "summary_failure, best_practice");
}
