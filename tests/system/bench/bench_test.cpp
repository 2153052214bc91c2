// `coldforge bench` end to end: the same bytes for any number of jobs and after interruptions.
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/base/file.h"
#include "tests/support/program.h"

using coldforge::read_file;
using coldforge::testing::Finished;
using coldforge::testing::run_coldforge;
using coldforge::testing::ScratchFolder;
using coldforge::testing::start_and_kill;

namespace {

std::vector<std::string> bench(const std::string& folder, int jobs) {
  return {"bench",   "relu",   "matmul_square",      "--policy", "value,none",
          "--seeds", "1",      "--budget",           "2",        "--slots",
          "2",       "--jobs", std::to_string(jobs), "--out",    folder};
}

}  // namespace

TEST_CASE("bench reports the same bytes for one job, two jobs, and after being killed", "[bench]") {
  ScratchFolder one, two, killed;
  const Finished first = run_coldforge(bench(one / "study", 1));
  REQUIRE(first.exit_code == 0);
  REQUIRE(run_coldforge(bench(two / "study", 2)).exit_code == 0);
  for (const std::int64_t delay_us : {150'000, 400'000, 700'000})
    start_and_kill(bench(killed / "study", 2), delay_us);
  REQUIRE(run_coldforge(bench(killed / "study", 2)).exit_code == 0);
  for (const char* name : {"study/report.json", "study/report.md"}) {
    const std::string expected = read_file(one / name);
    CHECK(read_file(two / name) == expected);
    CHECK(read_file(killed / name) == expected);
  }
  CHECK(first.out.find("| value | 100.0 % |") != std::string::npos);
}

TEST_CASE("bench --json prints the report and nothing else", "[bench]") {
  ScratchFolder folder;
  auto arguments = bench(folder / "study", 2);
  arguments.emplace_back("--json");
  const Finished finished = run_coldforge(arguments);
  REQUIRE(finished.exit_code == 0);
  const auto report = nlohmann::ordered_json::parse(finished.out);
  CHECK(report == nlohmann::ordered_json::parse(read_file(folder / "study/report.json")));
  CHECK(report.at("designs").size() == 2);
  CHECK(report.at("tasks").size() == 2);
}

TEST_CASE("bench refuses what it cannot run with one line", "[bench]") {
  ScratchFolder folder;
  const auto refused = [&](const std::vector<std::string>& arguments) {
    const Finished finished = run_coldforge(arguments, folder.path());
    CHECK(finished.exit_code == 2);
    return finished.err;
  };
  CHECK(refused({"bench"}) == "coldforge: coldforge bench: needs either SUITE or --plan\n");
  CHECK(refused({"bench", "relu", "--design", "both ends"}) ==
        "coldforge: --design both ends: unknown; known are drafting, refining, both\n");
  CHECK(refused({"bench", "relu", "--transfer", "l1-to-l2"}) ==
        "coldforge: --transfer l1-to-l2: needs tasks of level1 to learn from and of level2 to "
        "measure\n");
  CHECK(refused({"bench", "--plan", "nothing"}) ==
        "coldforge: --plan nothing: is no file and no plan of Coldforge; known is ablation\n");
  CHECK(
      refused({"bench", "--plan", "ablation", "--design", "nothing"}) ==
      "coldforge: --design nothing: unknown; known are drafting, refining, controls, lambda, key, "
      "transfer, search\n");
}
