// A person writes the kernels.
#include <catch2/catch.hpp>

#include "tests/system/synth_llm/scripted_run.h"

using namespace coldforge;
using namespace coldforge::testing;
using nlohmann::json;

TEST_CASE("a run waits for a person's kernels, one after the other", "[synth][llm]") {
  ScratchFolder here;
  const std::vector<std::string> command = {
      "synth",    "relu",           "--generator", "manual",     "--budget", "2",
      "--memory", here / "bank.db", "--out",       here / "run", "--json"};
  const std::string stem = here / "run/questions/relu-";
  const Finished waiting = run_coldforge(command);
  INFO(waiting.err);
  REQUIRE(waiting.exit_code == 1);
  CHECK(json::parse(waiting.out).at("stopped") ==
        "relu, candidate 0, draft: the question is in " + stem +
            "000-draft.md; put the kernel into " + stem +
            "000-draft.cpp and give the same command again");
  CHECK(read_file(stem + "000-draft.md").find("y = Relu(x)") != std::string::npos);
  CHECK(run_coldforge(command).exit_code == 1);

  const std::string kernel =
      read_file(std::string(COLDFORGE_SOURCE_DIR) + "/kernels/reference/relu.cpp");
  write_file_atomic(stem + "000-draft.cpp", kernel);
  const Finished next = run_coldforge(command);
  CHECK(next.exit_code == 1);
  CHECK(json::parse(next.out).at("stopped").get<std::string>().find("relu, candidate 1, refine") ==
        0);
  CHECK(read_file(stem + "001-refine.md").find("It is correct and takes") != std::string::npos);

  write_file_atomic(stem + "001-refine.cpp", "void kernel() { no }\n");
  const Finished finished = run_coldforge(command);
  INFO(finished.err);
  REQUIRE(finished.exit_code == 0);
  const json task = json::parse(finished.out).at("tasks").at(0);
  CHECK(task.at("correct") == true);
  CHECK(task.at("candidates") == 2);

  // What a person wrote is a recording like any other.
  const Finished replay =
      run_coldforge({"synth", "relu", "--generator", "replay", "--exchanges", here / "run",
                     "--budget", "2", "--memory", here / "new.db", "--out", here / "again"});
  INFO(replay.err);
  CHECK(replay.exit_code == 0);
  CHECK(read_file(here / "again/records.jsonl") == read_file(here / "run/records.jsonl"));
}
