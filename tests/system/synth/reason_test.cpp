#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/program.h"

using namespace coldforge;

TEST_CASE("a task without a kernel ends with exit code 1 and a published reason", "[synth]") {
  const testing::ScratchFolder scratch;
  std::ofstream(scratch / "remainder.onnxtxt")
      << "<ir_version: 8, opset_import: [\"\" : 17]>\n"
         "remainder (float[6,8] x, float[6,8] d) => (float[6,8] y)\n"
         "{\n  y = Mod <fmod = 1> (x, d)\n}\n";
  const testing::Finished run =
      testing::run_coldforge({"synth", "remainder.onnxtxt", "--budget", "2", "--json", "--out",
                              scratch / "run", "--memory", scratch / "bank.db"},
                             scratch.path());
  CHECK(run.exit_code == 1);
  const auto task = nlohmann::json::parse(run.out).at("tasks").at(0);
  CHECK(task.at("reason") == "no_grammar");
  CHECK(task.at("detail") == "operator Mod");
  CHECK(task.at("correct") == false);
}
