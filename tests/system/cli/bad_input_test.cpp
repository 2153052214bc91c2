// Bad input gets one clear line on standard error and exit code 2; nothing is left behind.
#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "sim/base/file.h"
#include "tests/support/program.h"

using coldforge::write_file_atomic;
using coldforge::testing::Finished;
using coldforge::testing::run_coldforge;
using coldforge::testing::ScratchFolder;

namespace {

/// The one line that a refused command prints.
std::string complaint(const Finished& finished) {
  CHECK(finished.exit_code == 2);
  CHECK(finished.out.empty());
  CHECK(std::count(finished.err.begin(), finished.err.end(), '\n') == 1);
  return finished.err;
}

constexpr char kHead[] = "<ir_version: 8, opset_import: [\"\" : 17]>\n";

}  // namespace

TEST_CASE("an unknown option is named", "[cli]") {
  ScratchFolder here;
  CHECK(complaint(run_coldforge({"synth", "relu", "--budgt", "3"}, here.path())) ==
        "coldforge synth: The following argument was not expected: --budgt; see `coldforge synth "
        "--help`\n");
}

TEST_CASE("a missing kernel file is named", "[cli]") {
  ScratchFolder here;
  CHECK(complaint(run_coldforge({"run", "nowhere.cpp", "--task", "relu"}, here.path())) ==
        "coldforge: nowhere.cpp: no such file\n");
}

TEST_CASE("a task that does not exist lists what there is", "[cli]") {
  ScratchFolder here;
  const std::string line = complaint(run_coldforge({"synth", "sofmax"}, here.path()));
  CHECK(line.rfind("coldforge: sofmax: no such built-in task: known are attention, conv2d_3x3, ",
                   0) == 0);
}

TEST_CASE("malformed ONNX text is refused with its line", "[cli]") {
  ScratchFolder here;
  write_file_atomic(here / "bad.onnxtxt",
                    std::string(kHead) + "g (float[4] x) => (float[4] y)\n{ y = Relu (x }\n");
  const std::string line = complaint(run_coldforge({"synth", "bad.onnxtxt"}, here.path()));
  CHECK(line.rfind("coldforge: bad.onnxtxt:3: ", 0) == 0);
}

TEST_CASE("unsupported operators are all listed", "[cli]") {
  ScratchFolder here;
  write_file_atomic(here / "odd.onnxtxt",
                    std::string(kHead) +
                        "g (float[4] x) => (float[4] y)\n"
                        "{ a = Bernoulli (x)\n  b = RandomNormalLike (a)\n  y = Bernoulli (b) }\n");
  const std::string line = complaint(run_coldforge({"synth", "odd.onnxtxt"}, here.path()));
  CHECK(line.find("unsupported operators: Bernoulli (2 nodes), RandomNormalLike") !=
        std::string::npos);
  CHECK(run_coldforge({"tasks", "eval", "odd.onnxtxt"}, here.path()).exit_code == 77);
}

TEST_CASE("absurd architecture values are refused by name and range", "[cli]") {
  ScratchFolder here;
  const std::string line =
      complaint(run_coldforge({"synth", "relu", "--set", "vec.banks=3"}, here.path()));
  CHECK(line.find("vec.banks = 3: must be a power of two") != std::string::npos);
  complaint(run_coldforge({"synth", "relu", "--set", "vec.bonks=4"}, here.path()));
  complaint(run_coldforge({"synth", "relu", "--arch", "nowhere.json"}, here.path()));
}

TEST_CASE("a missing compiler is said, with the way to get it", "[cli]") {
  ScratchFolder here;
  const std::string line = complaint(
      run_coldforge({"synth", "relu"}, here.path(), {"COLDFORGE_CLANG=/nowhere/clang++-19"}));
  CHECK(line.find("apt-get install clang-19") != std::string::npos);
}

TEST_CASE("a file that is no bank, and a bank from a newer version, are left as they are",
          "[cli]") {
  ScratchFolder here;
  write_file_atomic(here / "bank.db", "this is no bank");
  complaint(run_coldforge({"synth", "relu", "--budget", "1", "--memory", "bank.db"}, here.path()));
  CHECK(coldforge::read_file(here / "bank.db") == "this is no bank");

  CHECK(run_coldforge({"synth", "relu", "--budget", "1", "--memory", "new.db"}, here.path())
            .exit_code < 2);
  sqlite3* bank = nullptr;
  REQUIRE(sqlite3_open((here / "new.db").c_str(), &bank) == SQLITE_OK);
  REQUIRE(sqlite3_exec(bank, "PRAGMA user_version = 1000", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(bank);
  const std::string line = complaint(
      run_coldforge({"synth", "softmax", "--budget", "1", "--memory", "new.db"}, here.path()));
  CHECK(line.find("use a newer coldforge") != std::string::npos);
}

TEST_CASE("RTL and waveforms are refused where the model runs", "[cli]") {
  ScratchFolder here;
  write_file_atomic(here / "k.cpp", "");
  CHECK(complaint(run_coldforge({"run", "k.cpp", "--task", "relu", "--rtl", "rtl"}, here.path())) ==
        "coldforge: --rtl rtl: is what --backend rtl or both runs\n");
  CHECK(complaint(
            run_coldforge({"run", "k.cpp", "--task", "relu", "--wave", "w.fst"}, here.path())) ==
        "coldforge: --wave w.fst: waveforms come from the RTL: --backend rtl or both\n");
  CHECK(complaint(run_coldforge({"synth", "relu", "--backend", "silicon"}, here.path())) ==
        "coldforge: --backend silicon: unknown; known: model, rtl, both\n");
}
