#include "agent/generator/llm/provider_error.h"

#include <catch2/catch.hpp>

using namespace coldforge::agent::llm;

TEST_CASE("errors of all servers are read", "[llm]") {
  const ProviderError openai =
      parse_error(R"({"error": {"message": "bad", "type": "t", "param": "seed", "code": "c"}})");
  CHECK(openai.message == "bad");
  CHECK(openai.code == "c");
  CHECK(openai.param == "seed");
  CHECK(parse_error(R"({"error": {"message": "m", "type": "t", "code": null}})").code == "t");
  CHECK(parse_error(R"({"error": {"code": 500, "message": "m"}})").code == "500");
  CHECK(parse_error(R"({"error": "no such model"})").message == "no such model");
  CHECK(parse_error(R"({"object": "error", "message": "vllm"})").message == "vllm");
  CHECK(parse_error(R"({"detail": "Not Found"})").message == "Not Found");
  CHECK(parse_error(R"([{"error": {"message": "gemini", "code": 400}}])").message == "gemini");
  const ProviderError fast_api =
      parse_error(R"({"detail": [{"loc": ["body", "seed"], "msg": "not permitted"}]})");
  CHECK(fast_api.message == "not permitted");
  CHECK(fast_api.param == "seed");
}

TEST_CASE("an error that is none of these is shown as it came", "[llm]") {
  for (const char* body : {"Bad Gateway", "", "{", "[]", "[1]", "{\"error\": 5}", "7", "null"})
    CHECK(parse_error(body).message == body);
}

TEST_CASE("text of others becomes one short line without the key", "[llm]") {
  CHECK(clean_text("a\r\n\tb\0c  d \n", "") == "a b");
  CHECK(clean_text(std::string("a\0\x1b[31mb\x7f", 8), "") == "a [31mb");
  CHECK(clean_text("key sk-123456789 and sk-123456789", "sk-123456789") == "key *** and ***");
  CHECK(clean_text("an EMPTY text", "EMPTY") == "an EMPTY text");
  CHECK(clean_text("bad \xFF byte", "") == "bad \xEF\xBF\xBD byte");
  const std::string euros = clean_text(std::string(100, 'x') + "\xE2\x82\xAC", "", 101);
  CHECK(euros == std::string(100, 'x') + "...");
  CHECK(clean_text(std::string(1'000'000, 'x'), "").size() == 303);
}

TEST_CASE("a key is blotted out even where a text is cut", "[llm]") {
  const std::string key = "sk-0123456789";
  for (std::size_t before = 0; before < 400; ++before) {
    const std::string text = clean_text(std::string(before, 'x') + key, key);
    CHECK(text.find("sk-") == std::string::npos);
  }
}
