#include "agent/verify/verdict.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"

using namespace coldforge;

TEST_CASE("a verdict survives the way through JSON", "[agent][verify]") {
  agent::Verdict verdict;
  verdict.pass = false;
  verdict.failing = agent::Gate::Correct;
  verdict.reason = "wrong results";
  verdict.lines = {{12, "race", "npu::tload(x, in);"}};
  verdict.trials_run = 3;
  verdict.trials_passed = 1;
  verdict.errors = {"y: 3 of 4 wrong"};
  verdict.cycles = 1234;
  verdict.units[2].cycles[3] = 77;
  verdict.dram.read_bytes = 4096;
  verdict.line_cycles = {{3, 40}, {12, 1000}};
  verdict.class_cycles = {{"scalar", 5}, {"tload", 9}};
  verdict.path = {"load"};
  verdict.cache_key = "k";
  const nlohmann::ordered_json json = to_json(verdict);
  CHECK(json["verdict"] == "correct");
  CHECK(json["engines"]["store"]["cycles"]["hazard"] == 77);
  CHECK(to_json(agent::verdict_from_json(json, "r")).dump() == json.dump());
}

TEST_CASE("what is no verdict is one clear line", "[agent][verify]") {
  nlohmann::ordered_json json = to_json(agent::Verdict());
  json["verdict"] = "perhaps";
  CHECK_THROWS_WITH(
      agent::verdict_from_json(json, "records.jsonl:3"),
      "records.jsonl:3: verdict \"perhaps\": known are pass, hack, compile, run, correct, cycles");
}
