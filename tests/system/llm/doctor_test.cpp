#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/file.h"
#include "tests/support/llm_server.h"
#include "tests/support/program.h"

using namespace coldforge;
using namespace coldforge::testing;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

const std::string kKey = "sk-doctor-0123456789";

/// `coldforge doctor --llm` with that configuration and key.
Finished doctor(json config, const std::string& base_url, const std::string& key = kKey) {
  ScratchFolder folder;
  config["base_url"] = base_url;
  config["proxy"] = "none";
  config["retries"] = 0;
  if (!config.contains("model")) config["model"] = "test-model";
  write_file_atomic(folder / "llm.json", config.dump());
  Finished finished =
      run_coldforge({"doctor", "--llm", "--llm-config", folder / "llm.json", "--json"},
                    folder.path(), {"TEST_LLM_KEY=" + key});
  CHECK_THAT(finished.out + finished.err, !Contains(key));
  return finished;
}

/// Findings by their last word: "language model: key" -> "key".
std::map<std::string, std::pair<bool, std::string>> findings_of(const Finished& finished) {
  INFO(finished.err);
  std::map<std::string, std::pair<bool, std::string>> findings;
  const json document = json::parse(finished.out);
  for (const json& finding : document.at("findings")) {
    const std::string what = finding.at("what");
    findings[what.substr(what.rfind(' ') + 1)] = {finding.at("ok"), finding.at("detail")};
  }
  return findings;
}

LlmServerOptions strict() {
  LlmServerOptions options;
  options.model = "test-model";
  options.key = kKey;
  return options;
}

}  // namespace

TEST_CASE("doctor --llm finds a good server good", "[llm]") {
  LlmServer server(
      [](const Call& call) {
        if (call.path == "/v1/embeddings") return hash_vectors(call, 64);
        return reply_as_asked(call, "ready", {10, 2, 0});
      },
      strict());
  json config = {{"key_variable", "TEST_LLM_KEY"}};
  Finished finished = doctor(config, server.base_url());
  CHECK(finished.exit_code == 0);
  auto findings = findings_of(finished);
  for (const char* what : {"address", "key", "model", "streaming", "usage"}) {
    INFO(what << ": " << findings[what].second);
    CHECK(findings[what].first);
  }
  CHECK(findings.count("embeddings") == 0);
  config["model"] = "test-model";
  config["embedding_model"] = "test-model";  // the only one that this server knows
  CHECK_THAT(findings_of(doctor(config, server.base_url()))["embeddings"].second,
             Contains("64 dimensions"));
}

TEST_CASE("doctor --llm says what to do about a server that is not good", "[llm]") {
  const json with_key = {{"key_variable", "TEST_LLM_KEY"}};
  LlmServer server({}, strict());

  Finished finished = doctor(with_key, server.base_url(), "sk-another-key");
  CHECK(finished.exit_code == 1);
  REQUIRE(findings_of(finished).count("key") == 1);
  CHECK_FALSE(findings_of(finished)["key"].first);
  CHECK_THAT(findings_of(finished)["key"].second, Contains("TEST_LLM_KEY"));
  CHECK(findings_of(finished).count("model") == 0);

  json wrong_model = with_key;
  wrong_model["model"] = "no-such";
  finished = doctor(wrong_model, server.base_url());
  CHECK(finished.exit_code == 1);
  CHECK_THAT(findings_of(finished)["model"].second,
             Contains("no-such") && Contains("the server lists: test-model"));

  std::string gone;
  {
    LlmServer stopped;
    gone = stopped.base_url();
  }
  finished = doctor(with_key, gone);
  CHECK(finished.exit_code == 1);
  CHECK_THAT(findings_of(finished)["address"].second, Contains("cannot be reached"));
}

TEST_CASE("doctor --llm tells what a server does not do", "[llm]") {
  LlmServer server([](const Call& call) {
    if (json::parse(call.body).contains("seed"))
      return error_reply(400, "Unrecognized request argument supplied: seed");
    return raw_reply(R"({"choices": [{"message": {"content": "ready"}}]})");
  });
  const Finished finished = doctor({{"stream", true}}, server.base_url());
  CHECK(finished.exit_code == 1);
  auto findings = findings_of(finished);
  CHECK(findings["model"].first);
  CHECK_FALSE(findings["streaming"].first);
  CHECK_THAT(findings["streaming"].second, Contains("set stream to false"));
  CHECK_FALSE(findings["usage"].first);
  CHECK_THAT(findings["parameters"].second, Contains("seed"));
}

TEST_CASE("doctor --llm with a wrong configuration is one line and exit code 2", "[llm]") {
  ScratchFolder folder;
  write_file_atomic(folder / "llm.json", R"({"base_url": "http://localhost/v1"})");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"doctor", "--llm", "--llm-config", folder / "llm.json"},
        {"doctor", "--llm", "--llm-config", folder / "missing.json"},
        {"doctor", "--llm"},
        {"doctor", "--llm-config", "x"}}) {
    const Finished finished = run_coldforge(arguments, folder.path());
    INFO(finished.err);
    CHECK(finished.exit_code == 2);
    CHECK(finished.out.empty());
    CHECK(std::count(finished.err.begin(), finished.err.end(), '\n') == 1);
  }
  write_file_atomic(
      folder / "llm.json",
      R"({"base_url": "http://localhost/v1", "model": "m", "key_variable": "NO_KEY"})");
  const Finished finished =
      run_coldforge({"doctor", "--llm", "--llm-config", folder / "llm.json"}, folder.path());
  CHECK(finished.exit_code == 2);
  CHECK_THAT(finished.err, Contains("environment variable NO_KEY"));
}
