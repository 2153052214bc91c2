#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "agent/generator/llm/model_vectors.h"
#include "memory/store.h"
#include "sim/base/error.h"
#include "sim/base/file.h"
#include "tests/support/program.h"
#include "tests/system/llm/client.h"

using namespace coldforge;
using namespace coldforge::testing;
using namespace coldforge::agent::llm;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

Provider embedding_provider(const LlmServer& server) {
  Provider provider = provider_at(server.base_url());
  provider.embedding_model = "test-embedder";
  provider.retries = 1;
  return provider;
}

/// A folder with a bank of some items and a configuration.
struct Work {
  ScratchFolder folder;
  Work() {
    const auto store = memory::open_store(folder / "bank.db");
    memory::RoundBatch batch;
    batch.round_id = "round";
    for (int i = 0; i < 40; ++i) {
      memory::Item item;
      item.name = "item " + std::to_string(i);
      item.source = "void kernel() {}";
      batch.items.push_back(item);
    }
    store->commit(batch);
  }
  void configure(const LlmServer& server, json config = json::object()) {
    config["base_url"] = server.base_url();
    config["model"] = "test-model";
    config["name"] = "test";
    config["proxy"] = "none";
    config["retries"] = 0;
    if (!config.contains("embedding_model")) config["embedding_model"] = "test-embedder";
    write_file_atomic(folder / "llm.json", config.dump());
  }
  Finished embed(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"memory", "--bank",       folder / "bank.db",
                                          "embed",  "--llm-config", folder / "llm.json",
                                          "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_coldforge(arguments, folder.path());
  }
};

}  // namespace

TEST_CASE("an embedding model's vectors come in the order of the texts", "[llm]") {
  LlmServer server;
  FakeClock clock;
  OpenAiEmbedder embedder(make_endpoint(embedding_provider(server), "", clock));
  CHECK(embedder.name() == "test/test-embedder");
  const EmbedAnswer both = embedder.embed({"a", "b"});
  REQUIRE(both.status == ChatStatus::Answered);
  REQUIRE(both.vectors.size() == 2);
  CHECK(both.vectors[0] == embedder.embed({"a"}).vectors[0]);
  CHECK(both.vectors[1] == embedder.embed({"b"}).vectors[0]);
  CHECK(both.usage.prompt_tokens == 2);
  const json sent = json::parse(server.calls().at(0).body);
  CHECK(sent.at("model") == "test-embedder");
  CHECK(sent.at("input") == json{"a", "b"});
  CHECK_FALSE(sent.contains("dimensions"));
}

TEST_CASE("embeddings fail as chats do, and refused parameters are learnt", "[llm]") {
  LlmServer server([](const Call& call) {
    const json body = json::parse(call.body);
    if (body.contains("encoding_format"))
      return error_reply(400, "Unknown parameter: encoding_format", "", "encoding_format");
    if (body.at("input").at(0) == "one too few") return embeddings_reply({});
    return hash_vectors(call, 100);
  });
  FakeClock clock;
  Provider provider = embedding_provider(server);
  provider.embedding_dims = 100;
  OpenAiEmbedder embedder(make_endpoint(provider, "", clock));
  CHECK(embedder.name() == "test/test-embedder/100");
  const EmbedAnswer good = embedder.embed({"a"});
  CHECK(good.status == ChatStatus::Answered);
  CHECK(good.attempts == 2);
  const EmbedAnswer bad = embedder.embed({"one too few"});
  CHECK(bad.status == ChatStatus::Failed);
  CHECK(bad.attempts == 2);
  CHECK_THAT(bad.reason, Contains("one vector for each text"));
  CHECK(json::parse(server.calls().back().body).at("dimensions") == 100);

  ModelVectors vectors(embedder);
  CHECK(vectors.space().id == "test/test-embedder/100");
  CHECK(vectors.space().dims == 128);
  CHECK(vectors.make({"a", "b"}).at(1).size() == 128);
  CHECK_THROWS_WITH(vectors.make({"one too few"}), Contains("no embeddings: test: "));
  provider.embedding_model.clear();
  CHECK_THROWS_WITH(OpenAiEmbedder(make_endpoint(provider, "", clock)),
                    Contains("embedding_model"));
}

TEST_CASE("memory embed gives every item a vector, once", "[llm]") {
  LlmServer server;
  Work work;
  work.configure(server);
  Finished finished = work.embed();
  INFO(finished.err);
  REQUIRE(finished.exit_code == 0);
  json report = json::parse(finished.out);
  CHECK(report.at("items") == 40);
  CHECK(report.at("added") == 40);
  CHECK(report.at("space") == "test/test-embedder");
  CHECK(report.at("dims") == 64);
  const int calls = server.call_count();
  CHECK(json::parse(work.embed().out).at("added") == 0);
  CHECK(server.call_count() == calls + 1);  // the probe
  CHECK(json::parse(work.embed({"--again"}).out).at("added") == 40);

  finished = run_coldforge({"memory", "--bank", work.folder / "bank.db", "stats", "--json"});
  const json spaces = json::parse(finished.out).at("spaces");
  REQUIRE(spaces.size() == 2);
  CHECK(spaces[1].at("space") == "test/test-embedder");
  CHECK(spaces[1].at("vectors") == 40);
  CHECK(run_coldforge({"memory", "--bank", work.folder / "bank.db", "verify"}).exit_code == 0);
}

TEST_CASE("memory embed refuses a model that changed under its name", "[llm]") {
  Work work;
  {
    LlmServer server;
    work.configure(server);
    REQUIRE(work.embed().exit_code == 0);
  }
  LlmServer changed([](const Call& call) { return hash_vectors(call, 128); });
  work.configure(changed);
  Finished finished = work.embed();
  CHECK(finished.exit_code == 2);
  CHECK_THAT(finished.err, Contains("another model of that name") && Contains("--again"));
  finished = work.embed({"--again"});
  CHECK(json::parse(finished.out).at("dims") == 128);
}

TEST_CASE("memory embed says what is missing", "[llm]") {
  LlmServer server([](const Call&) { return error_reply(503, "loading the model"); });
  Work work;
  work.configure(server);
  Finished finished = work.embed();
  CHECK(finished.exit_code == 1);
  CHECK_THAT(finished.err, Contains("no embeddings: test: status 503: loading the model"));
  work.configure(server, {{"embedding_model", ""}});
  finished = work.embed();
  CHECK(finished.exit_code == 2);
  CHECK_THAT(finished.err, Contains("embedding_model"));
  for (const Finished& failed : {work.embed(), finished}) {
    CHECK(failed.out.empty());
    CHECK(std::count(failed.err.begin(), failed.err.end(), '\n') == 1);
  }
}
