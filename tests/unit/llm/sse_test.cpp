#include "agent/generator/llm/sse.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "sim/base/random.h"

using coldforge::Random;
using coldforge::agent::llm::SseParser;

namespace {

using Events = std::vector<std::string>;

Events events_of(const std::vector<std::string>& pieces, std::size_t bytes_max = 1 << 20) {
  Events events;
  SseParser parser([&](std::string_view data) { events.emplace_back(data); }, bytes_max);
  for (const std::string& piece : pieces) parser.feed(piece);
  return events;
}

}  // namespace

TEST_CASE("events end at empty lines, whatever ends a line", "[llm]") {
  CHECK(events_of({"data: a\n\ndata: b\n\n"}) == Events{"a", "b"});
  CHECK(events_of({"data: a\r\n\r\ndata: b\r\n\r\n"}) == Events{"a", "b"});
  CHECK(events_of({"data: a\r\rdata: b\r\r"}) == Events{"a", "b"});
  CHECK(events_of({"data: never ended\n"}).empty());
}

TEST_CASE("the data of an event is all its data lines", "[llm]") {
  CHECK(events_of({"data: a\ndata:b\ndata:  c\ndata\n\n"}) == Events{"a\nb\n c\n"});
  CHECK(events_of({"data:\n\n"}) == Events{""});
}

TEST_CASE("comments, other fields and a byte order mark are skipped", "[llm]") {
  CHECK(events_of({": ping\n\nevent: x\nid: 1\nretry: 5\n\n"}).empty());
  CHECK(events_of({"\xEF\xBB\xBF"
                   "data: a\n: inside\nevent: x\n\n"}) == Events{"a"});
  CHECK(events_of({"database: no\ndata: a\n\n"}) == Events{"a"});
}

TEST_CASE("how the bytes are cut changes nothing", "[llm]") {
  const std::string stream =
      "\xEF\xBB\xBF: hello\r\n\r\ndata: {\"a\": \"\xE2\x82\xAC \xF0\x9F\x94\xA5\"}\r\n\r\n"
      "event: x\rdata: 1\rdata: 2\r\rdata: \xC3\xBC\n\ndata: [DONE]\n\n";
  const Events whole = events_of({stream});
  REQUIRE(whole.size() == 4);
  Random random(1, 2);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t bytes = 1 + random.below(round % 2 == 0 ? 3 : 20);
      pieces.push_back(stream.substr(at, bytes));
      at += bytes;
    }
    REQUIRE(events_of(pieces) == whole);
  }
}

TEST_CASE("an event that is too large stops the reading", "[llm]") {
  int count = 0;
  SseParser parser([&](std::string_view) { ++count; }, 16);
  CHECK(parser.feed("data: 0123456\n\n"));
  CHECK(count == 1);
  CHECK(parser.feed("data: 01234"));
  CHECK_FALSE(parser.feed("56789abcdef"));
  CHECK_FALSE(parser.feed("\n\ndata: 1\n\n"));
  CHECK(count == 1);

  SseParser many_lines([](std::string_view) {}, 16);
  bool ok = true;
  for (int i = 0; i < 100 && ok; ++i) ok = many_lines.feed("data: xx\n");
  CHECK_FALSE(ok);
}
