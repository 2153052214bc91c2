#include "memory/retrieval.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "memory/api_retrieval.h"
#include "sim/base/error.h"
#include "tests/unit/memory/bank_fixture.h"

using namespace coldforge;
using namespace coldforge::memory;
using namespace coldforge::memory::test;

namespace {

/// 40 items; k7 and k9 have good values, k3 a bad one.
std::unique_ptr<Store> filled_store() {
  StoreOptions options;
  options.backend = "ram";
  auto store = open_store("bank", options);
  RoundBatch batch;
  batch.round_id = "fill";
  for (int i = 0; i < 40; ++i)
    batch.items.push_back(make_item("k" + std::to_string(i), kDraft, i % 4 == 0 ? 100 + i : 0));
  const auto reward = [&](int item, double value) {
    Outcome outcome;
    outcome.event_id = "e" + std::to_string(batch.outcomes.size());
    outcome.reward = value;
    outcome.used = {item_digest(batch.items[static_cast<std::size_t>(item)])};
    outcome.key = "reduce";
    batch.outcomes.push_back(outcome);
  };
  reward(7, 1.0);
  reward(7, 1.0);
  reward(9, 1.0);
  reward(3, -1.0);
  store->commit(batch);
  return store;
}

RetrievalRequest request_for(const std::string& code) {
  RetrievalRequest request;
  request.query = embed(EmbeddingInput{{{"op:Softmax", 1.0}}, code, ""});
  request.key = "reduce";
  return request;
}

std::vector<std::string> names_of(const Snapshot& snapshot, const Retrieval& retrieval) {
  std::vector<std::string> names;
  for (const Choice& choice : retrieval.choices) names.push_back(snapshot.item(choice.id).name);
  return names;
}

}  // namespace

TEST_CASE("value retrieval shows the best values of the pool", "[memory][retrieval]") {
  const auto store = filled_store();
  const Snapshot snapshot(*store);
  RetrievalConfig config;
  config.epsilon = 0.0;
  config.lambda = 30;  // the pool is the whole bank
  Random random(1, 1);
  const Retrieval retrieval = retrieve(snapshot, request_for("k1"), config, random);
  CHECK(retrieval.pool_size == 40);
  const std::vector<std::string> names = names_of(snapshot, retrieval);
  REQUIRE(names.size() == 6);
  CHECK(names[0] == "k7");
  CHECK(names[1] == "k9");
  CHECK(std::find(names.begin(), names.end(), "k3") == names.end());
  CHECK(retrieval.choices[0].propensity == 1.0);
  CHECK(retrieval.choices[0].reason.substr(0, 26) == "best of 40 by value: score");
}

TEST_CASE("a small pool keeps what is not similar out, however valuable", "[memory][retrieval]") {
  const auto store = filled_store();
  const Snapshot snapshot(*store);
  RetrievalConfig config;
  config.epsilon = 0.0;
  config.context_items = 2;
  config.lambda = 1;
  Random random(1, 1);
  RetrievalRequest request = request_for("");
  request.query = embed(snapshot.item(20));
  const Retrieval retrieval = retrieve(snapshot, request, config, random);
  CHECK(retrieval.pool_size == 2);
  CHECK(names_of(snapshot, retrieval)[0] == "k20");
  CHECK(retrieval.choices[0].similarity == Approx(1.0).epsilon(0.05));
}

TEST_CASE("retrieval is a function of snapshot, request and random stream", "[memory][retrieval]") {
  const auto store = filled_store();
  const Snapshot snapshot(*store);
  for (const std::string_view policy : retrieval_policies()) {
    RetrievalConfig config;
    config.policy = policy;
    config.epsilon = 0.5;
    Random first(3, 4), second(3, 4), third(3, 5);
    const auto a = names_of(snapshot, retrieve(snapshot, request_for("k1"), config, first));
    const auto b = names_of(snapshot, retrieve(snapshot, request_for("k1"), config, second));
    const auto c = names_of(snapshot, retrieve(snapshot, request_for("k1"), config, third));
    CHECK(a == b);
    CHECK(first.next_u32() == second.next_u32());
    if (policy != "none") CHECK(a != c);
    CHECK(std::set<std::string>(a.begin(), a.end()).size() == a.size());
  }
}

TEST_CASE("propensities say how often an item is really picked", "[memory][retrieval]") {
  const auto store = filled_store();
  const Snapshot snapshot(*store);
  RetrievalConfig config;
  config.context_items = 1;
  config.lambda = 8;
  config.epsilon = 0.4;
  std::map<std::string, int> picks;
  std::map<std::string, double> propensity;
  constexpr int kRuns = 20000;
  for (int run = 0; run < kRuns; ++run) {
    Random random(5, static_cast<std::uint64_t>(run));
    const Retrieval retrieval = retrieve(snapshot, request_for("k7"), config, random);
    REQUIRE(retrieval.choices.size() == 1);
    const std::string& name = snapshot.item(retrieval.choices[0].id).name;
    ++picks[name];
    propensity[name] = retrieval.choices[0].propensity;
  }
  CHECK(picks.size() == 8);
  double sum = 0.0;
  for (const auto& [name, count] : picks) {
    sum += propensity[name];
    // Five standard deviations of a count.
    const double expected = kRuns * propensity[name];
    CHECK(std::abs(count - expected) < 5 * std::sqrt(expected));
  }
  CHECK(sum == Approx(1.0));
  CHECK(propensity["k7"] == Approx(0.6 + 0.4 / 8));
}

TEST_CASE("without epsilon nothing is drawn and with epsilon one everything is",
          "[memory][retrieval]") {
  const auto store = filled_store();
  const Snapshot snapshot(*store);
  RetrievalConfig config;
  for (const double epsilon : {0.0, 1.0}) {
    config.epsilon = epsilon;
    Random random(6, 1);
    const Retrieval retrieval = retrieve(snapshot, request_for("k1"), config, random);
    for (std::size_t i = 0; i < retrieval.choices.size(); ++i) {
      CHECK(retrieval.choices[i].is_exploration == (epsilon == 1.0));
      const double share = 1.0 / static_cast<double>(30 - i);
      CHECK(retrieval.choices[i].propensity == Approx(epsilon == 1.0 ? share : 1.0));
    }
  }
}

TEST_CASE("each policy ranks the pool by its own rule", "[memory][retrieval]") {
  const auto store = filled_store();
  const Snapshot snapshot(*store);
  RetrievalConfig config;
  config.epsilon = 0.0;
  config.lambda = 30;
  config.context_items = 4;
  const auto choose = [&](const char* policy) {
    config.policy = policy;
    Random random(7, 1);
    return names_of(snapshot, retrieve(snapshot, request_for("k1"), config, random));
  };
  CHECK(choose("recency") == std::vector<std::string>{"k39", "k38", "k37", "k36"});
  CHECK(choose("none").empty());
  CHECK(choose("similarity")[0] == "k1");
  for (const std::string& name : choose("success_first")) {
    CHECK(std::stoi(name.substr(1)) % 4 == 0);
  }
  config.context_items = 37;
  for (const std::string& name : choose("least_used")) {
    CHECK((name != "k7" && name != "k9" && name != "k3"));
  }
}

TEST_CASE("a filter decides what may be shown at all", "[memory][retrieval]") {
  const auto store = filled_store();
  const Snapshot snapshot(*store);
  RetrievalRequest request = request_for("k1");
  request.filter = [](const Item& item) { return item.verdict == "pass"; };
  RetrievalConfig config;
  config.context_items = 40;
  for (const char* policy : {"value", "random", "uniform"}) {
    config.policy = policy;
    Random random(8, 1);
    const Retrieval retrieval = retrieve(snapshot, request, config, random);
    CHECK(retrieval.choices.size() == 10);
    for (const Choice& choice : retrieval.choices)
      CHECK(snapshot.item(choice.id).verdict == "pass");
  }
}

TEST_CASE("an unknown policy is named with those that exist", "[memory][retrieval]") {
  const auto store = filled_store();
  const Snapshot snapshot(*store);
  RetrievalConfig config;
  config.policy = "best";
  Random random(9, 1);
  CHECK(message_of<UserError>([&] { retrieve(snapshot, request_for(""), config, random); }) ==
        "retrieval policy 'best': unknown: known are value, similarity, random, uniform, recency, "
        "least_used, "
        "success_first, per_task, oracle, none");
}

TEST_CASE("a start point is the best by value, equals by cycles", "[memory][retrieval]") {
  StoreOptions options;
  options.backend = "ram";
  const auto store = open_store("bank", options);
  RoundBatch batch;
  batch.round_id = "starts";
  for (const int cycles : {300, 200, 100})
    batch.items.push_back(make_item("c" + std::to_string(cycles), kRefine, cycles));
  store->commit(batch);
  StartPointConfig config;
  config.epsilon = 0.0;
  const std::vector<ItemId> candidates = {0, 1, 2};
  Random random(10, 1);
  {
    const Snapshot snapshot(*store);
    CHECK(choose_start_point(snapshot, candidates, "dram", config, random).id == 2);
  }
  RoundBatch learn;
  learn.round_id = "learn";
  Outcome outcome;
  outcome.event_id = "e";
  outcome.stage = kRefine;
  outcome.reward = 0.5;
  outcome.used = {item_digest(batch.items[1])};
  learn.outcomes = {outcome};
  store->commit(learn);
  const Snapshot snapshot(*store);
  CHECK(choose_start_point(snapshot, candidates, "dram", config, random).id == 1);
  config.policy = "best_cycles";
  CHECK(choose_start_point(snapshot, candidates, "dram", config, random).id == 2);
  config.epsilon = 0.3;
  const Choice choice = choose_start_point(snapshot, {2}, "dram", config, random);
  CHECK(choice.id == 2);
  CHECK(choice.propensity == 1.0);
}

TEST_CASE("a snapshot of the past is what the bank was then", "[memory][retrieval]") {
  StoreOptions options;
  options.backend = "ram";
  const auto store = open_store("bank", options);
  for (int number = 0; number < 3; ++number) store->commit(make_round(number));
  const Snapshot then(*store);
  Snapshot following(*store), in_steps(*store, 1);
  in_steps.refresh(*store, 2);
  in_steps.refresh(*store, 2);
  for (int number = 3; number < 6; ++number) store->commit(make_round(number));
  const Snapshot again(*store, 3), now(*store);
  following.refresh(*store);
  in_steps.refresh(*store, 3);

  const auto is_same = [](const Snapshot& a, const Snapshot& b) {
    if (a.size() != b.size() || a.sequence() != b.sequence()) return false;
    for (ItemId id = 0; id < a.size(); ++id) {
      if (a.digest(id) != b.digest(id)) return false;
    }
    const auto left = a.values().rows(), right = b.values().rows();
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (left[i].entry.q != right[i].entry.q || left[i].entry.n != right[i].entry.n) return false;
    }
    return a.values().normaliser(kRefine).mean == b.values().normaliser(kRefine).mean;
  };
  CHECK(is_same(then, again));
  CHECK(is_same(in_steps, again));
  CHECK(is_same(following, now));
  CHECK_FALSE(is_same(then, now));
  CHECK(now.find(item_digest(make_round(5).items[0])));
  CHECK_FALSE(then.find(item_digest(make_round(5).items[0])));
}

TEST_CASE("API items come by bundle, by name in code, then by similarity", "[memory][retrieval]") {
  StoreOptions options;
  options.backend = "ram";
  const auto store = open_store("bank", options);
  RoundBatch batch;
  batch.round_id = "api";
  for (const char* name : {"npu_load", "npu_exp", "npu_matmul", "npu_old"}) {
    Item item;
    item.kind = ItemKind::Api;
    item.name = name;
    item.text = std::string("Does ") + name;
    item.isa = std::string(name) == "npu_old" ? "isa-0" : "isa-1";
    batch.items.push_back(item);
  }
  batch.items.push_back(make_item("npu_exp"));  // a trace that happens to have an API's name
  store->commit(batch);
  const Snapshot snapshot(*store);
  ApiRequest request;
  request.isa = "isa-1";
  request.bundle = {"npu_load", "npu_unknown"};
  request.codes = {"npu_exp(x); npu_old(y); // npu_matmul"};
  request.query = embed(EmbeddingInput{{}, "", "matmul"});
  const std::vector<ApiChoice> choices = retrieve_api(snapshot, request);
  REQUIRE(choices.size() == 3);
  CHECK(snapshot.item(choices[0].id).name == "npu_load");
  CHECK(choices[0].reason == ApiReason::Bundle);
  CHECK(choices[1].id == 1);
  CHECK(choices[1].reason == ApiReason::NamedInCode);
  CHECK(snapshot.item(choices[2].id).name == "npu_matmul");
  CHECK(choices[2].reason == ApiReason::Similar);
}

TEST_CASE(
    "per-task retrieval sees the task's own items and seed knowledge, the oracle its feasible ones",
    "[memory][retrieval]") {
  StoreOptions options;
  options.backend = "ram";
  const auto store = open_store("bank", options);
  RoundBatch batch;
  batch.round_id = "fill";
  const auto add = [&](const std::string& name, const std::string& task, std::int64_t cycles) {
    batch.items.push_back(make_item(name, kDraft, cycles));
    batch.items.back().task_digest = task;
  };
  add("slow", "mine", 900);
  add("fast", "mine", 100);
  add("wrong", "mine", 0);
  add("practice", "", 0);
  add("other", "yours", 50);
  store->commit(batch);
  const Snapshot snapshot(*store);
  RetrievalRequest request = request_for("");
  request.task = "mine";
  RetrievalConfig config;
  config.epsilon = 0.0;
  Random random(1, 1);
  config.policy = "per_task";
  auto own = names_of(snapshot, retrieve(snapshot, request, config, random));
  std::sort(own.begin(), own.end());
  CHECK(own == std::vector<std::string>{"fast", "practice", "slow", "wrong"});
  config.policy = "oracle";
  config.lambda = 1;
  config.context_items = 2;
  CHECK(names_of(snapshot, retrieve(snapshot, request, config, random)) ==
        std::vector<std::string>{"fast", "slow"});
  request.task = "nobody's";
  CHECK(retrieve(snapshot, request, config, random).choices.empty());
}
