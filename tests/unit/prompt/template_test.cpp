#include "agent/prompt/template.h"

#include <catch2/catch.hpp>

#include "agent/prompt/tokens.h"
#include "sim/base/error.h"

using namespace coldforge;
using namespace coldforge::agent::prompt;

TEST_CASE("a place is filled, and what it is filled with is text", "[prompt]") {
  CHECK(Template("a {{x}} b {{x}}", "t").fill({{"x", "{{y}}"}}) == "a {{y}} b {{y}}");
  CHECK(Template("", "t").fill({}).empty());
  CHECK(Template("no places }} {", "t").fill({}) == "no places }} {");
}

TEST_CASE("a section goes with its value, and takes its lines along", "[prompt]") {
  const Template text("head\n{{#x}}\n## {{x}}\n{{#y}}\nboth\n{{/y}}\n{{/x}}\ntail", "t");
  CHECK(text.fill({{"x", "1"}, {"y", "2"}}) == "head\n## 1\nboth\ntail");
  CHECK(text.fill({{"x", "1"}, {"y", ""}}) == "head\n## 1\ntail");
  CHECK(text.fill({{"x", ""}, {"y", "2"}}) == "head\ntail");
  CHECK(Template("a{{#x}} b {{x}}{{/x}}.", "t").fill({{"x", ""}}) == "a.");
}

TEST_CASE("a mistake in a text is the user's to mend", "[prompt]") {
  CHECK_THROWS_WITH(Template("{{z}}", "f.md").fill({{"x", ""}, {"y", ""}}),
                    "f.md: {{z}}: no such place; known are x, y");
  CHECK_THROWS_WITH(Template("{{#x}}", "f.md").fill({{"x", "1"}}), "f.md: {{#x}}: never ends");
  CHECK_THROWS_WITH(Template("{{/x}}", "f.md").fill({{"x", "1"}}),
                    "f.md: {{/x}}: ends a section that is not open here");
}

TEST_CASE("no code ends the fence around it", "[prompt]") {
  CHECK(fenced("a", "cpp") == "```cpp\na\n```");
  CHECK(fenced("a\n", "") == "```\na\n```");
  CHECK(fenced("// ```` \n", "cpp") == "`````cpp\n// ```` \n`````");
}

TEST_CASE("tokens are counted high and add up", "[prompt]") {
  CHECK(most_tokens("") == 0);
  CHECK(most_tokens("abc") == 1);
  CHECK(most_tokens("abcd") == 2);
  CHECK(most_tokens("a b") == 2);      // a single blank costs nothing
  CHECK(most_tokens("\n    a") == 3);  // line feed, indentation, word
  CHECK(most_tokens("x[12];") == 6);   // digits and marks one each
  CHECK(most_tokens("\xE2\x82\xAC") == 3);
  CHECK(likely_tokens("abc def ghi jkl mno") < most_tokens("abc def ghi jkl mno"));
}
