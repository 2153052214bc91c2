#include "agent/loop/verdict_cache.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/program.h"

using namespace coldforge;

namespace {

agent::Verdict some_verdict() {
  agent::Verdict verdict;
  verdict.pass = true;
  verdict.cycles = 4711;
  verdict.bottleneck = "dram";
  return verdict;
}

}  // namespace

TEST_CASE("a stored verdict is found by its key, by others too", "[loop]") {
  testing::ScratchFolder here;
  const agent::VerdictCache cache(here.path() + "/verdicts");
  CHECK_FALSE(cache.find("abcd"));
  cache.add("abcd", some_verdict());
  const auto found = agent::VerdictCache(here.path() + "/verdicts").find("abcd");
  REQUIRE(found);
  CHECK(agent::to_json(*found) == agent::to_json(some_verdict()));
  CHECK_FALSE(cache.find("abce"));
}

TEST_CASE("half a verdict is none", "[loop]") {
  testing::ScratchFolder here;
  const agent::VerdictCache cache(here.path());
  cache.add("abcd", some_verdict());
  std::filesystem::resize_file(here.path() + "/ab/abcd.json", 20);
  CHECK_FALSE(cache.find("abcd"));
  cache.add("abcd", some_verdict());
  CHECK(cache.find("abcd"));
}

TEST_CASE("a folder that cannot be made is the user's to mend", "[loop]") {
  testing::ScratchFolder here;
  std::ofstream(here.path() + "/file") << "x";
  CHECK_THROWS_WITH(agent::VerdictCache(here.path() + "/file"),
                    here.path() + "/file: cannot be made: Not a directory");
}
