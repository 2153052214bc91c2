// Runs that stop at a cap, are killed, or meet a server that is gone, and go on.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/system/synth_llm/scripted_run.h"

using namespace coldforge;
using namespace coldforge::testing;
using nlohmann::json;

namespace {

struct SmallRun : ScriptedRun {
  explicit SmallRun(const Author& of) : ScriptedRun(of) {
    tasks = {"relu", "softmax"};
    slots = "4";
  }
};

}  // namespace

TEST_CASE("a run stops at each cap with whole rounds and goes on with a higher one",
          "[synth][llm]") {
  Author author;
  SmallRun whole(author);
  REQUIRE(whole.ask("llm").exit_code <= 1);
  const int calls = author.server.call_count();
  const json spent = json::parse(whole.ask("llm").out).at("spent");
  CHECK(author.server.call_count() == calls);  // a finished run asks nothing

  const std::vector<std::vector<std::string>> caps = {
      {"--max-calls", "9"},
      {"--max-tokens", "150000"},
      {"--max-cost", "0.5"},
  };
  for (const std::vector<std::string>& cap : caps) {
    INFO(cap[0]);
    SmallRun run(author);
    const int before = author.server.call_count();
    const Finished stopped = run.ask("llm", cap);
    INFO(stopped.err);
    CHECK(stopped.exit_code == 1);
    const json document = json::parse(stopped.out);
    CHECK(document.at("stopped").get<std::string>().find(cap[0] + " ") == 0);
    CHECK(stopped.err.find("give the same command with a higher cap to go on") !=
          std::string::npos);
    const json& so_far = document.at("spent");
    CHECK(so_far.at("calls") > 0);
    CHECK(so_far.at("calls") == author.server.call_count() - before);
    if (cap[0] == "--max-calls") CHECK(so_far.at("calls") == 9);
    if (cap[0] == "--max-tokens")
      CHECK(so_far.at("prompt_tokens").get<int>() + so_far.at("completion_tokens").get<int>() <=
            150000);
    if (cap[0] == "--max-cost") CHECK(so_far.at("cost_usd") <= 0.5);
    CHECK(run.records().size() % 4 == 0);
    CHECK(run.bank_is_sound());
    CHECK(run.ask("llm", cap).exit_code == 1);  // nothing more fits
    CHECK(so_far.at("calls") == author.server.call_count() - before);

    REQUIRE(run.ask("llm").exit_code <= 1);
    CHECK((run.file("records.jsonl") == whole.file("records.jsonl")));
    CHECK(author.server.call_count() - before == calls);  // nothing was asked twice
  }
}

TEST_CASE("a run that is killed again and again asks little twice and ends the same",
          "[synth][llm]") {
  Author author(kFiveTasks, {}, /*hold_s=*/0.1);
  SmallRun whole(author);
  REQUIRE(whole.ask("llm").exit_code <= 1);
  const int calls = author.server.call_count();
  SmallRun killed(author);
  for (const int delay_us : {300'000, 500'000, 800'000, 1'200'000})
    start_and_kill(killed.command("llm", {"--llm-config", author.config()}), delay_us);
  const Finished finished = killed.ask("llm");
  INFO(finished.err);
  REQUIRE(finished.exit_code <= 1);
  CHECK((killed.file("records.jsonl") == whole.file("records.jsonl")));
  CHECK(killed.bank_is_sound());
  // At most what was under way at each kill: four slots.
  CHECK(author.server.call_count() <= 2 * calls + 4 * 4);
}

TEST_CASE("a server that answers nothing stops the run, which goes on when it answers again",
          "[synth][llm]") {
  Author author;
  SmallRun run(author);
  json config = json::parse(read_file(author.config()));
  config["retries"] = 0;
  write_file_atomic(author.config(), config.dump());
  author.is_down = true;
  const Finished stopped = run.ask("llm");
  INFO(stopped.err);
  CHECK(stopped.exit_code == 1);
  CHECK(stopped.err.find("the model answers nothing: no answer: ") != std::string::npos);
  CHECK(stopped.err.find("give the same command again to go on") != std::string::npos);
  author.is_down = false;
  const Finished finished = run.ask("llm");
  INFO(finished.err);
  REQUIRE(finished.exit_code <= 1);
  // The outage left no trace in the result.
  SmallRun whole(author);
  REQUIRE(whole.ask("llm").exit_code == finished.exit_code);
  CHECK((run.file("records.jsonl") == whole.file("records.jsonl")));
}

TEST_CASE("a cap holds for the vectors of an embedding model, too", "[synth][llm]") {
  Author author;
  author.offer_embeddings();
  SmallRun run(author);
  const Finished stopped = run.ask("llm", {"--embeddings", "--max-tokens", "10"});
  INFO(stopped.err);
  CHECK(stopped.exit_code == 1);
  CHECK(json::parse(stopped.out).at("stopped").get<std::string>().find("--max-tokens 10: ") == 0);
  CHECK(author.server.call_count() == 0);
}

TEST_CASE("the key reaches the server and nothing else", "[synth][llm]") {
  LlmServerOptions options;
  options.key = "sk-secret-of-the-test";
  Author author(kFiveTasks, options);
  json config = json::parse(read_file(author.config()));
  config["key_variable"] = "COLDFORGE_TEST_KEY";
  write_file_atomic(author.config(), config.dump());
  SmallRun run(author);
  run.budget = "2";
  const std::vector<std::string> command = run.command("llm", {"--llm-config", author.config()});
  const Finished refused = run_coldforge(command, ".", {"COLDFORGE_TEST_KEY=sk-other-secret"});
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("COLDFORGE_TEST_KEY") != std::string::npos);
  const Finished finished = run_coldforge(command, ".", {"COLDFORGE_TEST_KEY=" + options.key});
  INFO(finished.err);
  REQUIRE(finished.exit_code <= 1);
  CHECK((refused.out + refused.err + finished.out + finished.err).find("secret") ==
        std::string::npos);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(run.folder.path())) {
    if (!entry.is_regular_file()) continue;
    INFO(entry.path());
    CHECK(read_file(entry.path()).find("secret") == std::string::npos);
  }
}

TEST_CASE("misuse of model options is said in one line", "[synth][llm]") {
  ScratchFolder here;
  const auto error_of = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"synth", "relu"};
    words.insert(words.end(), more.begin(), more.end());
    const Finished finished = run_coldforge(words, here.path());
    CHECK(finished.exit_code == 2);
    return finished.err;
  };
  CHECK(error_of({"--estimate"}) == "coldforge: --estimate: generator composer asks nobody\n");
  CHECK(error_of({"--generator", "replay"}) ==
        "coldforge: --generator replay: give the recording with --exchanges PATH\n");
  CHECK(error_of({"--generator", "replay", "--exchanges", "nowhere"}) ==
        "coldforge: nowhere: no recorded exchanges here\n");
  write_file_atomic(here / "free.json", R"({"base_url": "http://localhost:1/v1", "model": "m"})");
  CHECK(error_of({"--generator", "llm", "--llm-config", "free.json", "--max-cost", "1"}) ==
        "coldforge: --max-cost: no price of m is known; add it to `prices` of the provider's "
        "configuration\n");
  const std::string missing =
      error_of({"--generator", "llm", "--offline", "--llm-config", "free.json", "--budget", "1"});
  CHECK(missing.find("no answer is recorded for request ") != std::string::npos);
}
