#include "agent/loop/record.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace coldforge::agent;

TEST_CASE("a record line gives the same record and the same line again", "[loop]") {
  CandidateRecord record;
  record.round = 3;
  record.slot = 7;
  record.task = "softmax";
  record.candidate = 12;
  record.stage = Stage::Refine;
  record.context = {"a", "b"};
  record.kernel.source = "void kernel() {}\n// \"quoted\"";
  record.kernel.fragments = {{"tile.rows", "1/4", "extent:large"}};
  record.kernel.reads = {{"a", "tile.rows"}};
  record.verdict.pass = true;
  record.verdict.cycles = 4711;
  record.reward = 0.125;
  const std::string line = record_line(record);
  CHECK(line.find('\n') == std::string::npos);
  const CandidateRecord again = record_from_line(line, "test");
  CHECK(record_line(again) == line);
  CHECK(again.verdict.cycles == 4711);
  CHECK(again.kernel.fragments.front().value == "1/4");
}

TEST_CASE("a damaged record names its line", "[loop]") {
  CHECK_THROWS_WITH(
      record_from_line("{\"round\": ", "runs/x/records.jsonl:4"),
      "runs/x/records.jsonl:4: is no candidate record; start the run anew with --fresh");
}
