// Runs that retrieve by vectors of an embedding model; who writes the kernels is the composer.
#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/base/file.h"
#include "tests/support/llm_server.h"
#include "tests/support/program.h"

using namespace coldforge;
using namespace coldforge::testing;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

/// A folder for runs and banks, and a server that embeds.
struct Embedded {
  ScratchFolder folder;
  std::unique_ptr<LlmServer> server = std::make_unique<LlmServer>();

  Embedded() {
    const json config = {{"base_url", server->base_url()}, {"model", "any"}, {"name", "test"},
                         {"embedding_model", "embedder"},  {"retries", 0},   {"proxy", "none"}};
    write_file_atomic(folder / "llm.json", config.dump());
  }
  Finished synth(const std::string& name, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"synth",
                                      "relu",
                                      "softmax",
                                      "--budget",
                                      "4",
                                      "--slots",
                                      "4",
                                      "--memory",
                                      folder / (name + ".db"),
                                      "--out",
                                      folder / name,
                                      "--verdicts",
                                      folder / "verdicts",
                                      "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return run_coldforge(words, folder.path());
  }
  Finished embedded(const std::string& name, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"--embeddings", "--llm-config", folder / "llm.json"});
    return synth(name, more);
  }
  std::string records(const std::string& name) const {
    return read_file(folder / (name + "/records.jsonl"));
  }
};

}  // namespace

TEST_CASE("a run by embeddings is recorded and replays without the model", "[synth][llm]") {
  Embedded work;
  REQUIRE(work.synth("builtin").exit_code <= 1);
  Finished finished = work.embedded("first");
  INFO(finished.err);
  REQUIRE(finished.exit_code <= 1);
  CHECK(work.records("first") != work.records("builtin"));
  const int calls = work.server->call_count();
  CHECK(work.embedded("first").out == finished.out);  // a finished run asks nothing
  CHECK(work.server->call_count() == calls);
  REQUIRE(work.embedded("second").exit_code <= 1);  // items of the bank, and the model, anew
  CHECK(work.records("second") == work.records("first"));

  work.server.reset();
  finished =
      work.synth("replayed", {"--embeddings", "--offline", "--exchanges", work.folder / "first"});
  INFO(finished.err);
  CHECK(finished.exit_code <= 1);
  CHECK(work.records("replayed") == work.records("first"));
  const json stats = json::parse(
      run_coldforge({"memory", "--bank", work.folder / "replayed.db", "stats", "--json"}).out);
  CHECK(stats.at("spaces").at(1).at("space") == "test/embedder");
  CHECK(run_coldforge({"memory", "--bank", work.folder / "replayed.db", "verify"}).exit_code == 0);
}

TEST_CASE("what stands in the way of a run by embeddings is said in one line", "[synth][llm]") {
  Embedded work;
  // The run's folder holds one of another space.
  REQUIRE(work.synth("builtin").exit_code <= 1);
  Finished other = work.embedded("builtin");
  CHECK(other.exit_code == 2);
  // Nothing is recorded.
  const Finished offline = work.embedded("offline", {"--offline"});
  CHECK(offline.exit_code == 2);
  CHECK_THAT(offline.err, Contains("no vector is recorded"));
  // The model is away.
  work.server.reset();
  const Finished away = work.embedded("away");
  CHECK(away.exit_code == 2);
  CHECK_THAT(away.err, Contains("test: cannot be reached"));
  // No model is named.
  const Finished nameless = run_coldforge({"synth", "relu", "--embeddings"}, work.folder.path());
  CHECK(nameless.exit_code == 2);
  CHECK_THAT(nameless.err, Contains("base_url"));
  for (const Finished& failed : {other, offline, away, nameless}) {
    INFO(failed.err);
    CHECK(failed.out.empty());
  }
}
