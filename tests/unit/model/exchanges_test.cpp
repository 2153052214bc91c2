#include "agent/generator/model/exchanges.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "tests/unit/model/scripted_model.h"

using namespace coldforge;
using namespace coldforge::agent;
using namespace coldforge::agent::test;
using llm::ChatStatus;

TEST_CASE("a question is named by everything that may change its answer", "[exchanges]") {
  const llm::ChatRequest base = question("a");
  const std::string name = request_digest(base);
  CHECK(request_digest(question("a")) == name);
  llm::ChatRequest other = base;
  other.messages[0].role = "system";
  CHECK(request_digest(other) != name);
  other = base;
  other.messages = {{"user", ""}, {"user", "a"}};
  CHECK(request_digest(other) != name);
  other = base;
  other.max_tokens = 51;
  CHECK(request_digest(other) != name);
  other = base;
  other.temperature = 0.8;
  CHECK(request_digest(other) != name);
  other = base;
  other.seed = 1;
  CHECK(request_digest(other) != name);
}

TEST_CASE("what is recorded is found again, by this process and the next", "[exchanges]") {
  testing::ScratchFolder folder;
  const std::string file = folder / "exchanges.jsonl";
  llm::ChatAnswer cut = answered("caf\xC3\xA9 \n\"x\" \\ " + std::string(1, '\0'), 7, 5);
  cut.status = ChatStatus::Truncated;
  cut.usage.reasoning_tokens = 3;
  {
    Exchanges exchanges(file, kHead);
    exchanges.add("d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1", {"softmax", 4, "draft", 0}, question("q"),
                  answered("one"));
    exchanges.add("d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1", {"softmax", 4, "draft", 1}, question("q"),
                  answered("two"));
    exchanges.add("d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2", {"relu", 0, "repair", 0}, question("q"), cut);
    CHECK(exchanges.find("d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1", 1)->answer.text == "two");
  }
  Exchanges exchanges(file, kHead);
  CHECK(exchanges.find("d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1", 0)->answer.text == "one");
  CHECK(exchanges.find("d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1", 1)->answer.text == "two");
  CHECK_FALSE(exchanges.find("d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1", 2).has_value());
  const llm::ChatAnswer again = exchanges.find("d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2", 0)->answer;
  CHECK(again.text == cut.text);
  CHECK(again.status == ChatStatus::Truncated);
  CHECK(again.model == "scripted-1");
  CHECK(again.usage.reasoning_tokens == 3);
  CHECK(exchanges.spent().calls == 3);
  CHECK(exchanges.spent().prompt_tokens == 207);
  CHECK(exchanges.spent().completion_tokens == 25);
}

TEST_CASE("a line that was cut off is no exchange and does no harm", "[exchanges]") {
  testing::ScratchFolder folder;
  const std::string file = folder / "exchanges.jsonl";
  {
    Exchanges(file, kHead)
        .add("d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1", {}, question("q"), answered("one"));
  }
  const std::string whole = read_file(file);
  write_file_atomic(file, whole + "{\"request\":\"d2\",\"ord");
  {
    Exchanges exchanges(file, kHead);
    CHECK(exchanges.spent().calls == 1);
    exchanges.add("d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3", {}, question("q"), answered("three"));
    CHECK(exchanges.find("d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3", 0)->answer.text == "three");
  }
  CHECK(Exchanges(file, kHead).find("d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3", 0)->answer.text == "three");
  CHECK(read_file(file).substr(0, whole.size()) == whole);
}

TEST_CASE("damage and other recordings are the user's to mend", "[exchanges]") {
  testing::ScratchFolder folder;
  const std::string file = folder / "exchanges.jsonl";
  CHECK_THROWS_WITH(Exchanges::read_head(file), file + ": no recorded exchanges here");
  { Exchanges unused(file, kHead); }
  CHECK_FALSE(std::filesystem::exists(file));  // nothing was asked
  { Exchanges(file, kHead).add("dd", {}, question("q"), answered("one")); }
  CHECK_THROWS_WITH(
      Exchanges(file, RecordingHead{"mixed", "m", "{}", true, "e"}),
      file +
          ": was recorded with generator llm, model test/scripted, settings {}, wanted now is "
          "generator mixed, model m, settings {}, audits, embeddings of e; give another --out, or "
          "--fresh to "
          "begin anew");
  append_file(file, "{}\n");
  CHECK_THROWS_WITH(Exchanges(file, kHead),
                    file + ":3: is no recorded exchange; start the run anew with --fresh");
  write_file_atomic(file, "{}\n");
  CHECK_THROWS_WITH(Exchanges(file, kHead),
                    file + ": is no recording: its first line must say \"coldforge exchanges 1\"");
}

TEST_CASE("answers of another run are taken after one's own", "[exchanges]") {
  testing::ScratchFolder folder;
  {
    Exchanges other(folder / "other.jsonl", kHead);
    other.add("d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1", {}, question("q"), answered("theirs"));
    other.add("d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2", {}, question("q"), answered("theirs"));
  }
  Exchanges own(folder / "own.jsonl", kHead);
  own.add("d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1", {}, question("q"), answered("own"));
  own.also_read(folder / "other.jsonl");
  CHECK(own.find("d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1", 0)->answer.text == "own");
  CHECK(own.find("d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2", 0)->answer.text == "theirs");
  CHECK(own.spent().calls == 1);
}

TEST_CASE("the newest answer counts, and failures are counted", "[exchanges]") {
  testing::ScratchFolder folder;
  Exchanges exchanges(folder / "e.jsonl", kHead);
  for (int i = 1; i <= 2; ++i) {
    exchanges.add("dd", {}, question("q"), failed(ChatStatus::Failed, "503"));
    CHECK(exchanges.find("dd", 0)->failures == i);
  }
  exchanges.add("dd", {}, question("q"), answered("at last"));
  CHECK(exchanges.find("dd", 0)->answer.text == "at last");
  Exchanges again(folder / "e.jsonl", kHead);
  CHECK(again.find("dd", 0)->failures == 2);
}
