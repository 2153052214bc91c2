// Every command answers --help with an example, and --json with one document.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/program.h"

using coldforge::testing::Finished;
using coldforge::testing::run_coldforge;
using coldforge::testing::ScratchFolder;
using nlohmann::json;

TEST_CASE("every command has help with an example", "[cli]") {
  for (const char* command :
       {"synth", "bench", "run", "explain", "exec", "isa", "arch", "tasks", "memory", "doctor"}) {
    INFO(command);
    const Finished help = run_coldforge({command, "--help"});
    CHECK(help.exit_code == 0);
    CHECK(help.out.find(std::string("coldforge ") + command) != std::string::npos);
    CHECK(help.out.find("Example") != std::string::npos);
  }
}

TEST_CASE("JSON output is one document and nothing else", "[cli]") {
  ScratchFolder here;
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"isa", "list"},
                                             {"arch", "list"},
                                             {"arch", "show", "tiny"},
                                             {"tasks", "list"},
                                             {"tasks", "show", "softmax"},
                                             {"doctor"},
                                             {"synth", "relu", "--budget", "2"},
                                             {"memory", "stats"},
                                             {"memory", "verify"}}) {
    INFO(command.front() << " " << command.back());
    std::vector<std::string> arguments = command;
    arguments.push_back("--json");
    const Finished finished = run_coldforge(arguments, here.path());
    CHECK(finished.exit_code <= 1);
    CHECK(json::accept(finished.out));
  }
}

TEST_CASE("synth's JSON has the names that other programs rely on", "[cli]") {
  ScratchFolder here;
  const Finished finished =
      run_coldforge({"synth", "relu", "--budget", "4", "--json"}, here.path());
  const json document = json::parse(finished.out);
  CHECK(document.at("arch") == "edge");
  CHECK(document.at("seed") == 1);
  const json& task = document.at("tasks").at(0);
  for (const char* name : {"task", "correct", "candidates", "first_correct_cycles", "best_cycles",
                           "eager_cycles", "lower_bound_cycles", "kernel"}) {
    INFO(name);
    CHECK(task.contains(name));
  }
}

TEST_CASE("tasks eval writes the golden outputs", "[cli]") {
  ScratchFolder here;
  const Finished finished =
      run_coldforge({"tasks", "eval", "softmax", "--out", "golden", "--json"}, here.path());
  REQUIRE(finished.exit_code == 0);
  CHECK(json::parse(finished.out).at("outputs").size() == 1);
}

TEST_CASE("explain says how far a kernel is from the hand-written one", "[cli]") {
  ScratchFolder here;
  REQUIRE(
      run_coldforge({"synth", "relu", "--budget", "1", "--out", "made"}, here.path()).exit_code ==
      0);
  const Finished finished =
      run_coldforge({"explain", "made/relu/best.cpp", "--task", "relu", "--json"}, here.path());
  REQUIRE(finished.exit_code == 0);
  const json document = json::parse(finished.out);
  CHECK(document.at("reference_cycles").get<std::int64_t>() >=
        document.at("lower_bound_cycles").get<std::int64_t>());
  const Finished text =
      run_coldforge({"explain", "made/relu/best.cpp", "--task", "relu"}, here.path());
  CHECK(text.out.find("the hand-written kernel takes") != std::string::npos);
}
