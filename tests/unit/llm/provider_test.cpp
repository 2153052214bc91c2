#include "agent/generator/llm/provider.h"

#include <catch2/catch.hpp>
#include <map>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "tests/support/program.h"

using namespace coldforge;
using namespace coldforge::agent::llm;
using Catch::Matchers::Contains;
using coldforge::testing::ScratchFolder;

namespace {

Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

Provider load(const std::string& text, const Environment& environment = environment_of({})) {
  ScratchFolder folder;
  write_file_atomic(folder / "llm.json", text);
  return load_provider(folder / "llm.json", environment);
}

/// The one line that the user reads.
std::string error_of(const std::string& text, const Environment& environment = environment_of({})) {
  try {
    load(text, environment);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

const std::string kLocal = R"("base_url": "http://localhost:11434/v1/", "model": "qwen")";
std::string local_with(const std::string& more) { return "{" + kLocal + ", " + more + "}"; }

}  // namespace

TEST_CASE("a local server needs an address and a model only", "[llm]") {
  const Provider provider = load("{" + kLocal + "}");
  CHECK(provider.base_url == "http://localhost:11434/v1");
  CHECK(provider.model == "qwen");
  CHECK(provider.name == "localhost");
  CHECK(read_key(provider, environment_of({})).empty());
  CHECK_FALSE(provider.price_of("qwen"));
}

TEST_CASE("a hosted service: key variable, prices, limits, extra parameters", "[llm]") {
  const Provider provider = load(R"({
    "base_url": "https://api.example.com/v1", "model": "big", "key_variable": "BIG_KEY",
    "requests_per_minute": 500, "idle_timeout_s": 2.5, "stream": false,
    "prices": {"big": {"prompt": 2.5, "completion": 10}, "*": {"prompt": 1, "completion": 1}},
    "extra_parameters": {"reasoning_effort": "low"}})");
  CHECK(provider.requests_per_minute == 500);
  CHECK(provider.idle_timeout_s == 2.5);
  CHECK_FALSE(provider.stream);
  CHECK(provider.price_of("big")->completion == 10.0);
  CHECK(provider.price_of("other")->prompt == 1.0);
  CHECK(provider.extra_parameters == R"({"reasoning_effort":"low"})");
  CHECK(read_key(provider, environment_of({{"BIG_KEY", "sk-1"}})) == "sk-1");
}

TEST_CASE("the environment overrides the file, and is enough without one", "[llm]") {
  const Environment environment =
      environment_of({{"COLDFORGE_LLM_MODEL", "123"},
                      {"COLDFORGE_LLM_BASE_URL", "http://[::1]:1/v1"},
                      {"COLDFORGE_LLM_RETRIES", "9"},
                      {"COLDFORGE_LLM_STREAM", "false"},
                      {"COLDFORGE_LLM_EXTRA_PARAMETERS", R"({"n":1})"}});
  for (const Provider& provider :
       {load(local_with(R"("retries": 2)"), environment), load_provider({}, environment)}) {
    CHECK(provider.model == "123");
    CHECK(provider.name == "[::1]");
    CHECK(provider.retries == 9);
    CHECK_FALSE(provider.stream);
    CHECK(provider.extra_parameters == R"({"n":1})");
  }
}

TEST_CASE("a file that is named by the environment is read", "[llm]") {
  ScratchFolder folder;
  write_file_atomic(folder / "other.json", "{" + kLocal + "}");
  CHECK(
      load_provider({}, environment_of({{"COLDFORGE_LLM_CONFIG", folder / "other.json"}})).model ==
      "qwen");
}

TEST_CASE("a wrong configuration says where, what, and what would be right", "[llm]") {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"{", {"llm.json", "is not JSON", "line 1"}},
      {"{}", {"needs \"base_url\"", "COLDFORGE_LLM_BASE_URL", "http://"}},
      {R"({"base_url": "http://x/v1"})", {"needs \"model\"", "COLDFORGE_LLM_MODEL"}},
      {local_with(R"("api_key": "sk-secret-1")"), {"api_key", "unknown key", "key_variable"}},
      {local_with(R"("retries": "many")"), {"retries = \"many\"", "whole number from 0 to 100"}},
      {local_with(R"("retries": 1.5)"), {"retries = 1.5", "whole number"}},
      {local_with(R"("concurrency": 0)"), {"concurrency = 0", "from 1 to 1024"}},
      {local_with(R"("total_timeout_s": 0)"), {"total_timeout_s = 0", "0.001"}},
      {local_with(R"("stream": 1)"), {"stream = 1", "true or false"}},
      {local_with(R"("ca_file": 1)"), {"ca_file = 1", "must be a text"}},
      {local_with(R"("ca_file": "/no/such.pem")"), {"ca_file", "/no/such.pem", "no such file"}},
      {local_with(R"("prices": {"m": {"prompt": 1}})"), {"prices: m", "completion", "dollars"}},
      {local_with(R"("prices": {"m": {"prompt": -1, "completion": 1}})"),
       {"prices: m.prompt = -1"}},
      {local_with(R"("extra_parameters": {"model": "x"})"), {"must not set \"model\""}},
      {local_with(R"("extra_parameters": [])"), {"must be an object"}},
      {R"({"base_url": "localhost:80/v1", "model": "m"})", {"localhost:80/v1", "http://HOST/v1"}},
      {R"({"base_url": "ftp://x/v1", "model": "m"})", {"ftp://x/v1", "https://HOST/v1"}},
      {R"({"base_url": "http://x/v1?a=b", "model": "m"})", {"neither blanks nor ?"}},
      {R"({"base_url": "http://far.example/v1", "model": "m", "key_variable": "K"})",
       {"unencrypted", "https", "key_over_plain_http"}},
  };
  for (const auto& [text, words] : cases) {
    const std::string error = error_of(text);
    for (const std::string& word : words) CHECK_THAT(error, Contains(word));
    CHECK(error.find('\n') == std::string::npos);
    CHECK(error.find("secret") == std::string::npos);
  }
  CHECK_THAT(error_of("{" + kLocal + "}", environment_of({{"COLDFORGE_LLM_RETRIES", "x"}})),
             Contains("COLDFORGE_LLM_RETRIES = \"x\""));
}

TEST_CASE("passwords in addresses are refused and not shown", "[llm]") {
  for (const std::string& text :
       {std::string(R"({"base_url": "https://me:hunter2@x/v1", "model": "m"})"),
        local_with(R"("proxy": "http://me:hunter2@proxy:3128")")}) {
    const std::string error = error_of(text);
    CHECK_THAT(error, Contains("no user or password"));
    CHECK(error.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a key that is not there or cannot be one is an error without it", "[llm]") {
  const Provider provider = load(local_with(R"("key_variable": "K")"));
  CHECK_THROWS_WITH(read_key(provider, environment_of({})),
                    Contains("environment variable K") && Contains("is not set"));
  CHECK_THROWS_WITH(read_key(provider, environment_of({{"K", "sk-1\nX-Evil: 1"}})),
                    Contains("printable") && !Contains("sk-1"));
}

TEST_CASE("the configurations of the README are right", "[llm]") {
  const std::string readme =
      read_file(std::string(COLDFORGE_SOURCE_DIR) + "/agent/generator/llm/README.md");
  const std::string begin = "```json\n";
  int count = 0;
  for (std::size_t at = readme.find(begin); at != std::string::npos;
       at = readme.find(begin, at + 1), ++count) {
    const std::size_t from = at + begin.size();
    CHECK_FALSE(load(readme.substr(from, readme.find("```", from) - from)).model.empty());
  }
  CHECK(count == 3);
}
