// The same run gives the same bytes, whatever the number of jobs and however often it is killed.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/file.h"
#include "sim/base/random.h"
#include "tests/support/program.h"

using coldforge::read_file;
using coldforge::testing::Finished;
using coldforge::testing::run_coldforge;
using coldforge::testing::ScratchFolder;
using coldforge::testing::start_and_kill;

namespace {

std::vector<std::string> synth(const std::string& folder, int jobs) {
  return {"synth",
          "relu",
          "matmul_square",
          "--arch",
          "edge",
          "--budget",
          "6",
          "--slots",
          "4",
          "--jobs",
          std::to_string(jobs),
          "--memory",
          folder + "/bank.db",
          "--out",
          folder + "/run"};
}

}  // namespace

TEST_CASE("records are the same bytes for one job, two jobs, and a run killed again and again",
          "[synth]") {
  ScratchFolder one, two, killed;
  REQUIRE(run_coldforge(synth(one.path(), 1)).exit_code <= 1);
  REQUIRE(run_coldforge(synth(two.path(), 2)).exit_code <= 1);
  const std::string records = read_file(one / "run/records.jsonl");
  CHECK(std::count(records.begin(), records.end(), '\n') == 12);
  CHECK(read_file(two / "run/records.jsonl") == records);

  coldforge::Random random(1, coldforge::stream_key("kill"));
  for (int kill = 0; kill < 5; ++kill)
    start_and_kill(synth(killed.path(), 2), 50'000 + random.below(900'000));
  REQUIRE(run_coldforge(synth(killed.path(), 2)).exit_code <= 1);
  CHECK(read_file(killed / "run/records.jsonl") == records);
  for (const ScratchFolder* folder : {&one, &two, &killed}) {
    CHECK(run_coldforge({"memory", "verify", "--bank", folder->path() + "/bank.db"}).exit_code ==
          0);
  }
}

TEST_CASE("a finished run is shown again without work", "[synth]") {
  ScratchFolder here;
  const Finished first = run_coldforge(synth(here.path(), 2));
  const Finished second = run_coldforge(synth(here.path(), 2));
  CHECK(first.out == second.out);
}

TEST_CASE("shared verdicts change no record and spare the judging", "[synth]") {
  ScratchFolder plain, first, second, verdicts;
  REQUIRE(run_coldforge(synth(plain.path(), 2)).exit_code <= 1);
  const std::string records = read_file(plain / "run/records.jsonl");
  const auto sharing = [&](const ScratchFolder& folder) {
    std::vector<std::string> command = synth(folder.path(), 2);
    command.insert(command.end(), {"--verdicts", verdicts.path()});
    return command;
  };
  REQUIRE(run_coldforge(sharing(first)).exit_code <= 1);
  CHECK(read_file(first / "run/records.jsonl") == records);
  const auto newest = [&] {
    std::filesystem::file_time_type latest{};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(verdicts.path()))
      if (entry.is_regular_file()) latest = std::max(latest, entry.last_write_time());
    return latest;
  };
  const auto before = newest();
  REQUIRE(run_coldforge(sharing(second)).exit_code <= 1);
  CHECK(read_file(second / "run/records.jsonl") == records);
  CHECK(newest() == before);  // nothing was judged, so nothing was stored
}
