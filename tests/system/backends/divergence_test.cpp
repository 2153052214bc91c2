// What a user sees of RTL that differs from the model: where first, in which line, and a waveform.
// Not a part of ctest, for it builds the RTL twice (with a fault, then with waveforms, a minute
// each):
//   tests/system/backends/system_backends "[planted]"
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/file.h"
#include "tests/support/program.h"

using namespace coldforge;
using coldforge::testing::Finished;
using coldforge::testing::run_coldforge;
using coldforge::testing::ScratchFolder;

namespace {

namespace fs = std::filesystem;

/// A copy of the RTL in which a taken branch costs a cycle more.
void plant_fault(const std::string& folder) {
  fs::copy(COLDFORGE_SOURCE_DIR "/rtl", folder, fs::copy_options::recursive);
  const std::string file = folder + "/scalar/cf_scalar_core.sv";
  std::string text = read_file(file);
  const std::string right = "SCALAR_TAKEN_BRANCH_CYCLES - 1)";
  const std::size_t at = text.find(right);
  REQUIRE(at != std::string::npos);
  write_file_atomic(file, text.replace(at, right.size(), "SCALAR_TAKEN_BRANCH_CYCLES)"));
}

const std::vector<std::string> kRelu = {"--task", "relu", "--shape", "x=8x64", "--arch", "tiny"};

std::vector<std::string> with_relu(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), kRelu.begin(), kRelu.end());
  return arguments;
}

}  // namespace

TEST_CASE("a planted fault is found, with its line and a waveform around it", "[.][planted]") {
  ScratchFolder here;
  plant_fault(here / "rtl");
  const Finished made = run_coldforge({"synth", "relu", "--shape", "x=8x64", "--arch", "tiny",
                                       "--budget", "1", "--out", "run", "--memory", "bank.db"},
                                      here.path());
  REQUIRE(made.exit_code == 0);
  const Finished run = run_coldforge(
      with_relu({"run", "run/relu/best.cpp", "--backend", "both", "--rtl", "rtl", "--json"}),
      here.path());
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  const auto document = nlohmann::json::parse(run.out);
  CHECK(document.at("verdict") == "run");
  const std::string reason = document.at("reason");
  CHECK(reason.find("divergence in trial 1") == 0);
  CHECK(reason.find("issue of ") != std::string::npos);
  CHECK(reason.find("\nat line ") != std::string::npos);
  CHECK(document.at("diverged_at").get<std::int64_t>() > 0);
  CHECK(document.at("wave") == "diverged.fst");
  CHECK(fs::file_size(here / "diverged.fst") > 1000);

  const Finished confirm =
      run_coldforge({"synth", "relu", "--shape", "x=8x64", "--arch", "tiny", "--budget", "1",
                     "--out", "run", "--memory", "bank.db", "--confirm", "--rtl", "rtl"},
                    here.path());
  CHECK(confirm.exit_code == 1);
  CHECK(confirm.err.find("is not accepted: divergence in trial 1") != std::string::npos);
  CHECK(fs::exists(here / "run/relu/diverged.cpp"));
}
