// A language model of mixed quality drives the whole loop, and its recording drives it again.
#include "tests/system/synth_llm/scripted_run.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "memory/store.h"
#include "sim/base/digest.h"

using namespace coldforge;
using namespace coldforge::testing;
using nlohmann::json;

namespace {

/// Rewards as the method has them, from the records alone.
double expected_reward(const json& record, double best_before) {
  const json& verdict = record.at("verdict");
  const bool pass = verdict.at("verdict") == "pass";
  if (record.at("stage") == "draft") return pass ? 1.0 : -1.0;
  return pass ? std::tanh(std::log(best_before) - std::log(verdict.at("cycles").get<double>()))
              : -1.0;
}

/// Digests of all exchanges, in any order: answers come as they come, and after as many attempts as
/// the network takes (which may be charged).
std::multiset<std::string> exchanges_of(const std::string& text) {
  std::multiset<std::string> digests;
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    json line = json::parse(text.substr(at, end - at));
    for (const char* key : {"attempts", "prompt_tokens", "completion_tokens"}) line.erase(key);
    digests.insert(digest_of(line.dump()));
  }
  return digests;
}

}  // namespace

TEST_CASE("a scripted model drives the whole loop for five tasks, and its recording again",
          "[synth][llm]") {
  Author author;
  ScriptedRun run(author);
  const Finished finished = run.ask("llm");
  INFO(finished.err);
  REQUIRE(finished.exit_code == 0);
  const json document = json::parse(finished.out);
  for (const json& task : document.at("tasks")) {
    CHECK(task.at("correct") == true);
    CHECK(task.at("candidates") == 12);
    CHECK(task.at("best_cycles") <= task.at("first_correct_cycles"));
  }

  // Stages, gates, rewards, contexts, and what is known of each answer.
  const std::vector<json> records = run.records();
  REQUIRE(records.size() == 60);
  std::map<std::string, int> stages, gates, best_cycles;
  int without_kernel = 0, repaired = 0;
  for (const json& record : records) {
    const std::string task = record.at("task");
    ++stages[record.at("stage")];
    ++gates[record.at("verdict").at("verdict")];
    CHECK(record.at("reward").get<double>() ==
          Approx(expected_reward(record, best_cycles[task])).margin(1e-9));
    best_cycles[task] = record.at("best_cycles");
    const json& kernel = record.at("kernel");
    const json& writing = kernel.at("writing");
    CHECK(writing.at("prompt_tokens") > 10000);
    CHECK(writing.at("prompt_tokens") <= 32000);
    repaired += writing.at("exchanges").size() == 2 ? 1 : 0;
    if (kernel.at("source") != "") continue;
    ++without_kernel;
    CHECK(kernel.at("failure").get<std::string>().find("no usable answer: ") == 0);
    CHECK(record.at("verdict").at("reason").get<std::string>().find(
              "the generator wrote no kernel: no usable answer") == 0);
  }
  CHECK(stages["draft"] > 0);
  CHECK(stages["refine"] > 0);
  for (const char* gate : {"pass", "hack", "compile"}) CHECK(gates[gate] > 0);
  CHECK(gates["pass"] + gates["hack"] + gates["compile"] < 60);  // those that compute nothing
  CHECK(without_kernel > 0);
  CHECK(repaired > without_kernel);
  CHECK(author.server.call_count() == 60 + repaired);
  CHECK(document.at("spent").at("calls") == 60 + repaired);

  // Values: one outcome a candidate, folded into Q of what was shown; `verify` folds them anew.
  CHECK(run.bank_is_sound());
  memory::StoreOptions reading;
  reading.mode = memory::OpenMode::Read;
  memory::ReadRequest everything;
  everything.values = true;
  const memory::BankSlice bank =
      memory::open_store(run.folder / "bank.db", reading)->read(everything);
  std::vector<double> rewards;
  std::size_t credits = 0;
  for (const memory::StoredRound& round : bank.rounds) {
    for (const memory::Outcome& outcome : round.batch.outcomes) rewards.push_back(outcome.reward);
    for (const memory::StoredFold& fold : round.folds) credits += fold.credits.size();
  }
  REQUIRE(rewards.size() == records.size());
  std::size_t shown = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    CHECK(rewards[i] == Approx(records[i].at("reward").get<double>()).margin(1e-12));
    shown += records[i].at("context").size();
  }
  CHECK(shown > 0);
  CHECK(credits >= shown);  // for the key, and for all keys together
  CHECK_FALSE(bank.values.rows().empty());

  {  // The recording gives the same run, bit for bit, without a server.
    const int calls = author.server.call_count();
    ScriptedRun again(author);
    const Finished replay =
        run_coldforge(again.command("replay", {"--exchanges", run.folder / "run"}));
    INFO(replay.err);
    REQUIRE(replay.exit_code == 0);
    CHECK((again.file("records.jsonl") == run.file("records.jsonl")));
    CHECK(again.file("run.json") == run.file("run.json"));
    CHECK(author.server.call_count() == calls);
    CHECK(json::parse(replay.out).at("spent").at("calls") == 0);  // nothing was asked
  }
  {  // Asked anew, the same model gives the same run.
    ScriptedRun again(author);
    REQUIRE(again.ask("llm").exit_code == 0);
    CHECK((again.file("records.jsonl") == run.file("records.jsonl")));
    CHECK(exchanges_of(again.file("exchanges.jsonl")) == exchanges_of(run.file("exchanges.jsonl")));
  }
  {  // A recording that lacks an answer says which.
    std::string text = run.file("exchanges.jsonl");
    const std::size_t begin = text.find('\n') + 1;
    const json first = json::parse(text.substr(begin, text.find('\n', begin) - begin));
    text.erase(begin, text.find('\n', begin) + 1 - begin);
    write_file_atomic(run.folder / "cut.jsonl", text);
    ScriptedRun again(author);
    const Finished replay =
        run_coldforge(again.command("replay", {"--exchanges", run.folder / "cut.jsonl"}));
    CHECK(replay.exit_code == 2);
    const std::string what = "no answer is recorded for request " +
                             first.at("request").get<std::string>().substr(0, 12) + " (" +
                             first.at("task").get<std::string>() + ", candidate " +
                             std::to_string(first.at("candidate").get<int>()) + ", " +
                             first.at("step").get<std::string>() + ")";
    INFO(replay.err);
    CHECK(replay.err.find(what) != std::string::npos);
  }
  {  // The estimate comes close without a question.
    const int calls = author.server.call_count();
    ScriptedRun dry(author);
    const Finished said = dry.ask("llm", {"--estimate"});
    INFO(said.err);
    REQUIRE(said.exit_code == 0);
    CHECK(author.server.call_count() == calls);
    const json estimate = json::parse(said.out).at("estimate");
    const json spent = document.at("spent");
    for (const char* what : {"calls", "prompt_tokens", "cost_usd"}) {
      INFO(what << ": " << estimate.at(what) << " of " << spent.at(what));
      CHECK(std::abs(estimate.at(what).get<double>() / spent.at(what).get<double>() - 1) < 0.25);
    }
    WARN("estimate " << estimate.dump() << " of " << spent.dump());
  }
}

TEST_CASE("an auditor's objection is a verdict, and is replayed", "[synth][llm]") {
  Author author;
  ScriptedRun run(author);
  run.tasks = {"relu", "softmax"};
  run.slots = "8";
  const Finished finished = run.ask("llm", {"--audit"});
  INFO(finished.err);
  REQUIRE(finished.exit_code <= 1);
  int objections = 0, passed = 0;
  for (const json& record : run.records()) {
    const std::string reason = record.at("verdict").at("reason");
    const std::string source = record.at("kernel").at("source");
    const bool is_trick = source.find(ScriptedAuthor::kTrick) != std::string::npos;
    if (reason == "the auditor objects: it uses a trick of the trade") {
      CHECK(is_trick);
      CHECK(record.at("verdict").at("verdict") == "hack");
      CHECK(record.at("reward") == -1.0);
      ++objections;
    }
    if (record.at("verdict").at("verdict") == "pass") {
      CHECK_FALSE(is_trick);
      ++passed;
    }
  }
  CHECK(objections > 0);
  CHECK(passed > 0);
  CHECK(run.bank_is_sound());
  ScriptedRun again(author);
  again.tasks = run.tasks;
  again.slots = run.slots;
  const Finished replay =
      run_coldforge(again.command("replay", {"--exchanges", run.folder / "run"}));
  INFO(replay.err);
  CHECK(replay.exit_code == finished.exit_code);
  CHECK((again.file("records.jsonl") == run.file("records.jsonl")));
  // The same run without the auditor is another run.
  ScriptedRun unaudited(author);
  unaudited.tasks = run.tasks;
  unaudited.slots = run.slots;
  REQUIRE(unaudited.ask("llm").exit_code <= 1);
  CHECK(unaudited.file("run.json") != run.file("run.json"));
}

TEST_CASE("mixed: the composer drafts, the model refines", "[synth][llm]") {
  Author author;
  ScriptedRun run(author);
  run.tasks = {"relu", "sum_dim"};
  run.slots = "8";
  const Finished finished = run.ask("mixed");
  INFO(finished.err);
  REQUIRE(finished.exit_code == 0);
  int drafts = 0, refined = 0;
  for (const json& record : run.records()) {
    const json& kernel = record.at("kernel");
    if (record.at("stage") == "draft") {
      CHECK_FALSE(kernel.contains("writing"));
      CHECK_FALSE(kernel.at("fragments").empty());
      ++drafts;
    } else {
      CHECK(kernel.contains("writing"));
      ++refined;
    }
  }
  CHECK(drafts > 0);
  CHECK(refined > 0);
  CHECK(author.server.call_count() >= refined);
  ScriptedRun again(author);
  again.tasks = run.tasks;
  again.slots = run.slots;
  REQUIRE(run_coldforge(again.command("replay", {"--exchanges", run.folder / "run"})).exit_code ==
          0);
  CHECK((again.file("records.jsonl") == run.file("records.jsonl")));
}

TEST_CASE("an embedding model says what is similar, and its vectors are replayed", "[synth][llm]") {
  Author author;
  author.offer_embeddings();
  ScriptedRun run(author);
  run.tasks = {"relu", "sum_dim"};
  run.slots = "8";
  const Finished finished = run.ask("llm", {"--embeddings"});
  INFO(finished.err);
  REQUIRE(finished.exit_code <= 1);
  CHECK(run.bank_is_sound());
  // Items of the last round have no vector yet: nobody has looked for them.
  const memory::StoreOptions reading = {"sqlite", memory::OpenMode::Read};
  const auto spaces = memory::open_store(run.folder / "bank.db", reading)->spaces();
  REQUIRE(spaces.size() == 2);
  CHECK(spaces[1].space.id == "test/author-embedder");
  CHECK(spaces[1].vectors > 100);
  int embedded = 0;
  for (const Call& call : author.server.calls()) embedded += call.path == "/v1/embeddings" ? 1 : 0;
  CHECK(embedded > 1);

  ScriptedRun plain(author);
  plain.tasks = run.tasks;
  plain.slots = run.slots;
  REQUIRE(plain.ask("llm").exit_code <= 1);
  CHECK(plain.file("run.json") != run.file("run.json"));

  ScriptedRun again(author);
  again.tasks = run.tasks;
  again.slots = run.slots;
  const int calls = author.server.call_count();
  const Finished replay =
      run_coldforge(again.command("replay", {"--exchanges", run.folder / "run"}));
  INFO(replay.err);
  CHECK(replay.exit_code == finished.exit_code);
  CHECK((again.file("records.jsonl") == run.file("records.jsonl")));
  CHECK(author.server.call_count() == calls);
}
