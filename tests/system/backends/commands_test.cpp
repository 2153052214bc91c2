// Candidates on the RTL, and accepted kernels on both backends.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/file.h"
#include "tests/support/program.h"

using coldforge::read_file;
using coldforge::testing::Finished;
using coldforge::testing::run_coldforge;
using coldforge::testing::ScratchFolder;
using nlohmann::json;

namespace {

json synth(const ScratchFolder& here, const std::string& out,
           const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"synth",    "relu",      "--shape", "x=8x64", "--arch",
                                        "tiny",     "--budget",  "2",       "--out",  out,
                                        "--memory", out + ".db", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Finished finished = run_coldforge(arguments, here.path());
  INFO(finished.err);
  REQUIRE(finished.exit_code == 0);
  return json::parse(finished.out);
}

}  // namespace

TEST_CASE("synth judges candidates on the RTL as it does on the model", "[backends]") {
  ScratchFolder here;
  const json model = synth(here, "model", {}), rtl = synth(here, "rtl", {"--backend", "rtl"});
  CHECK(rtl.at("backend") == "rtl");
  const json &m = model.at("tasks").at(0), &r = rtl.at("tasks").at(0);
  for (const char* name : {"correct", "candidates", "first_correct_cycles", "best_cycles"}) {
    INFO(name);
    CHECK(m.at(name) == r.at(name));
  }
}

TEST_CASE("synth --confirm accepts a kernel that model and RTL agree on", "[backends]") {
  ScratchFolder here;
  CHECK(synth(here, "run", {}).at("tasks").at(0).at("confirmed") == false);
  const json document = synth(here, "run", {"--confirm"});
  const json& task = document.at("tasks").at(0);
  CHECK(task.at("confirmed") == true);
  CHECK(task.at("diverged") == "");
  const std::string lines = read_file(here / "run/confirmations.jsonl");
  REQUIRE(std::count(lines.begin(), lines.end(), '\n') == 1);
  const json line = json::parse(lines);
  CHECK(line.at("task") == "relu");
  CHECK(line.at("confirmed") == true);
  CHECK(line.at("verdict").at("cycles") == task.at("best_cycles"));
  CHECK(line.at("verdict").at("trials").at("hidden_passed") == 3);
}

TEST_CASE("a folder without RTL is said before the search begins", "[backends]") {
  ScratchFolder here;
  const Finished finished =
      run_coldforge({"synth", "relu", "--confirm", "--rtl", "here"}, here.path());
  CHECK(finished.exit_code == 2);
  CHECK(finished.err == "coldforge: here: holds no RTL: top/cf_npu.sv is not there\n");
}
