// The slots of a model's server are kept busy while kernels are compiled and run.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/system/synth_llm/scripted_run.h"

using namespace coldforge;
using namespace coldforge::testing;

TEST_CASE("the slots of a server are kept busy while kernels are judged", "[synth][llm]") {
  // COLDFORGE_HOLD_S=8 is the long form: answers that take eight seconds on average, as a model's
  // do.
  const char* set = std::getenv("COLDFORGE_HOLD_S");
  const double hold_s = set != nullptr ? std::atof(set) : 1.0;
  LlmServerOptions options;
  options.slots = 16;
  options.keep_calls = false;
  const std::vector<std::string> basic = {
      "attention", "conv2d_3x3", "gelu",    "layernorm", "linear_bias_relu", "matmul_irregular",
      "maxpool2d", "relu",       "rmsnorm", "softmax",   "matmul_square",    "sum_dim"};
  Author author(basic, options, hold_s);
  ScriptedRun run(author);
  // Four of them once more under another name: 16 tasks at a time.
  run.tasks = basic;
  for (const char* name : {"relu", "softmax", "sum_dim", "matmul_square"}) {
    const std::string twin = author.folder / (std::string("twin_") + name + ".onnxtxt");
    write_file_atomic(twin, read_file(std::string(COLDFORGE_SOURCE_DIR) + "/kernels/tasks/basic/" +
                                      name + ".onnxtxt"));
    run.tasks.push_back(twin);
  }
  run.budget = set != nullptr ? "16" : "8";
  run.slots = "48";
  author.server.start_sampling();
  const Finished finished = run.ask("llm", {"--overlap", "1"});
  INFO(finished.err);
  REQUIRE(finished.exit_code <= 1);
  const Occupancy occupancy = author.server.occupancy();
  WARN("busy slots on average: " << occupancy.mean_busy << " of 16 over " << occupancy.seconds
                                 << " s, " << author.server.call_count() << " calls");
  CHECK(occupancy.peak_busy == 16);
  // How busy on average is a matter of the machine's load: by command only.
  if (set != nullptr) CHECK(occupancy.mean_busy >= 0.9 * 16);
}
