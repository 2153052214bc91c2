// A disk that is full loses nothing: the command says so, and goes on where it stopped once there
// is room.
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "sim/base/file.h"
#include "tests/support/program.h"

using coldforge::testing::Finished;
using coldforge::testing::run_coldforge;
using coldforge::testing::ScratchFolder;

namespace {

std::vector<std::string> synth(const std::string& folder) {
  return {"synth", "relu",     "--budget",          "12",    "--slots",
          "2",     "--memory", folder + "/bank.db", "--out", folder + "/run"};
}

/// No file of this process and its children may grow beyond `bytes`: write() then fails as on a
/// full disk.
void limit_file_size(rlim_t bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  limit.rlim_cur = bytes;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

}  // namespace

TEST_CASE("a full disk stops a run with a message, and the run goes on afterwards", "[synth]") {
  ScratchFolder whole, full;
  REQUIRE(run_coldforge(synth(whole.path())).exit_code <= 1);
  limit_file_size(600'000);
  const Finished stopped = run_coldforge(synth(full.path()));
  limit_file_size(RLIM_INFINITY);
  INFO(stopped.err);
  CHECK(stopped.exit_code == 1);
  CHECK(run_coldforge({"memory", "verify", "--bank", full / "bank.db"}).exit_code == 0);
  REQUIRE(run_coldforge(synth(full.path())).exit_code <= 1);
  CHECK(coldforge::read_file(full / "run/records.jsonl") ==
        coldforge::read_file(whole / "run/records.jsonl"));
}
