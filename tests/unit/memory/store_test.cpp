#include "memory/store.h"

#include <catch2/catch.hpp>
#include <functional>

#include "memory/verify.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "tests/unit/memory/bank_fixture.h"

using namespace coldforge;
using namespace coldforge::memory;
using namespace coldforge::memory::test;

namespace {

/// Opens a bank of one back end, empty at first.
struct Backend {
  std::string name;
  bool is_persistent;
};

Backend backend() { return GENERATE(values<Backend>({{"ram", false}, {"sqlite", true}})); }

std::unique_ptr<Store> open(const Backend& kind, const Folder& folder) {
  StoreOptions options;
  options.backend = kind.name;
  options.durability = Durability::Normal;
  return open_store(folder / "bank.db", options);
}

}  // namespace

TEST_CASE("a new bank is empty", "[memory][store]") {
  const Folder folder;
  const auto store = open(backend(), folder);
  CHECK(store->sequence() == 0);
  const BankSlice slice = store->read({});
  CHECK(slice.items.empty());
  CHECK(slice.rounds.empty());
  CHECK_FALSE(store->find_round("round-0"));
}

TEST_CASE("a committed round reads back as it was written", "[memory][store]") {
  const Folder folder;
  const auto store = open(backend(), folder);
  const RoundBatch first = make_round(0), second = make_round(1);
  CHECK(store->commit(first).sequence == 1);
  CHECK(store->commit(second).sequence == 2);

  const BankSlice slice = store->read({});
  REQUIRE(slice.sequence == 2);
  REQUIRE(slice.items.size() == 8);
  CHECK(slice.items[5].sequence == 6);
  CHECK(slice.items[5].content == item_content(second.items[1]));
  CHECK(slice.items[5].digest == item_digest(second.items[1]));
  CHECK(slice.items[5].seed == 0xfedcba9876543210ull);
  CHECK(slice.items[5].embedding == embed(second.items[1]));
  REQUIRE(slice.rounds.size() == 2);
  const StoredRound& round = slice.rounds[1];
  CHECK(round.batch.round_id == "round-1");
  CHECK(round.batch.snapshot_sequence == 1);
  CHECK(round.items.size() == 4);
  // Outcomes, retrievals and constants are all in the digest.
  CHECK(round.digest == batch_digest(second));
  CHECK(batch_digest(round.batch, round.items) == round.digest);
  CHECK(store->check_integrity().empty());
}

TEST_CASE("committing a round again changes nothing", "[memory][store]") {
  const Folder folder;
  const auto store = open(backend(), folder);
  store->commit(make_round(0));
  store->commit(make_round(1));
  ReadRequest request;
  request.values = true;
  const std::vector<QRow> before = store->read(request).values.rows();
  const CommitResult again = store->commit(make_round(0));
  CHECK_FALSE(again.is_new);
  CHECK(again.sequence == 1);
  CHECK(store->sequence() == 2);
  CHECK(store->read(request).values.rows().size() == before.size());
  CHECK(store->read(request).items.size() == 8);
}

TEST_CASE("a round of the same name with other contents is refused", "[memory][store]") {
  const Folder folder;
  const auto store = open(backend(), folder);
  store->commit(make_round(0));
  RoundBatch other = make_round(0);
  other.outcomes[0].reward = -other.outcomes[0].reward;
  CHECK(message_of<UserError>([&] { store->commit(other); }) ==
        store->name() +
            ": round round-0 is stored with other contents: start the run anew (--fresh)");
  CHECK(store->sequence() == 1);
}

TEST_CASE("an event counts once", "[memory][store]") {
  const Folder folder;
  const auto store = open(backend(), folder);
  store->commit(make_round(0));
  RoundBatch other = make_round(0);
  other.round_id = "another";
  CHECK(message_of<UserError>([&] { store->commit(other); }) ==
        store->name() + ": event round-0/0 is stored already, by another round");
  CHECK(store->sequence() == 1);
  CHECK(store->read({}).rounds.size() == 1);
}

TEST_CASE("a reward for an item that is not in the bank is refused", "[memory][store]") {
  const Folder folder;
  const auto store = open(backend(), folder);
  RoundBatch batch = make_round(1);
  const std::string missing = batch.outcomes[0].used[0];
  CHECK(message_of<UserError>([&] { store->commit(batch); }) ==
        store->name() + ": round round-1 refers to item " + short_digest(missing) +
            ", which the bank does not have");
  CHECK(store->sequence() == 0);
  CHECK(store->read({}).items.empty());
}

TEST_CASE("an item that the bank knows keeps its place", "[memory][store]") {
  const Folder folder;
  const auto store = open(backend(), folder);
  store->commit(make_round(0));
  RoundBatch batch;
  batch.round_id = "again";
  batch.items = {make_item("new"), make_round(0).items[2]};
  batch.items[1].seed = 7;  // how it was found is no part of what it is
  store->commit(batch);
  const BankSlice slice = store->read({});
  REQUIRE(slice.items.size() == 5);
  CHECK(slice.items[2].seed == 0xfedcba9876543210ull);
  CHECK(slice.rounds[1].items ==
        std::vector<std::string>{slice.items[4].digest, slice.items[2].digest});
}

TEST_CASE("a slice holds what came after one sequence and up to another", "[memory][store]") {
  const Folder folder;
  const auto store = open(backend(), folder);
  for (int number = 0; number < 4; ++number) store->commit(make_round(number));
  ReadRequest request;
  request.after = 1;
  request.up_to = 3;
  const BankSlice slice = store->read(request);
  CHECK(slice.sequence == 3);
  REQUIRE(slice.items.size() == 8);
  CHECK(slice.items.front().sequence == 5);
  REQUIRE(slice.rounds.size() == 2);
  CHECK(slice.rounds[0].sequence == 2);
}

TEST_CASE("stored values are the fold over the log, bit for bit", "[memory][store]") {
  const Folder folder;
  const auto store = open(backend(), folder);
  ValueState expected;
  for (int number = 0; number < 6; ++number) {
    const RoundBatch batch = make_round(number);
    for (const Outcome& outcome : batch.outcomes) expected.apply(outcome, batch.config);
    store->commit(batch);
  }
  ReadRequest request;
  request.values = true;
  const ValueState values = store->read(request).values;
  const std::vector<QRow> left = values.rows(), right = expected.rows();
  REQUIRE(left.size() == right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    CHECK(left[i].item == right[i].item);
    CHECK(left[i].key == right[i].key);
    CHECK(left[i].entry.n == right[i].entry.n);
    CHECK(left[i].entry.q == right[i].entry.q);
    CHECK(left[i].entry.q0 == right[i].entry.q0);
  }
  CHECK(values.normaliser(kRefine).count == 12);
  CHECK(values.normaliser(kRefine).mean == expected.normaliser(kRefine).mean);
  CHECK(values.normaliser(kRefine).second_moment == expected.normaliser(kRefine).second_moment);
}

TEST_CASE("a credit by the difference of rewards is stored and folded like any other",
          "[memory][store]") {
  const Folder folder;
  const auto store = open(backend(), folder);
  store->commit(make_round(0));
  RoundBatch batch = make_round(1);
  Outcome difference = batch.outcomes[1];
  difference.event_id += "/without";
  difference.used.resize(1);
  difference.without = 0.25;
  difference.new_start_point.clear();
  batch.outcomes.insert(batch.outcomes.begin() + 1, difference);
  store->commit(batch);
  const BankSlice slice = store->read({});
  const StoredRound& round = slice.rounds[1];
  REQUIRE(round.batch.outcomes.size() == batch.outcomes.size());
  CHECK(round.batch.outcomes[1].without == difference.without);
  CHECK_FALSE(round.batch.outcomes[2].without);
  CHECK(batch_digest(round.batch, round.items) == round.digest);
  CHECK(verify(*store).findings == std::vector<std::string>{});
}

TEST_CASE("a negative zero does not change a round's digest", "[memory][store]") {
  const Folder folder;
  const auto store = open(backend(), folder);
  RoundBatch batch = make_round(0);
  for (Outcome& outcome : batch.outcomes) outcome.reward = -0.0;
  store->commit(batch);
  const StoredRound round = store->read({}).rounds.at(0);
  CHECK(batch_digest(round.batch, round.items) == round.digest);
  CHECK(verify(*store).findings == std::vector<std::string>{});
}

TEST_CASE("a source that is not UTF-8 can be stored", "[memory][store]") {
  const Folder folder;
  const auto store = open(backend(), folder);
  RoundBatch batch;
  batch.round_id = "wild";
  batch.items = {make_item("wild")};
  batch.items[0].source = std::string("\xff\xfe\0x\x80", 5);
  store->commit(batch);
  const BankSlice slice = store->read({});
  CHECK(slice.items[0].digest == item_digest(batch.items[0]));
  CHECK(slice.items[0].digest == item_digest(item_from_content(slice.items[0].content, "item")));
}

TEST_CASE("a bank opened for reading refuses to be written", "[memory][store]") {
  const Folder folder;
  const Backend kind = backend();
  open(kind, folder);
  StoreOptions options;
  options.backend = kind.name;
  options.mode = OpenMode::Read;
  const auto store = open_store(folder / "bank.db", options);
  CHECK(message_of<UserError>([&] { store->commit(make_round(0)); }) ==
        store->name() + ": is open for reading only");
}

TEST_CASE("a persistent bank holds its rounds when it is opened again", "[memory][store]") {
  const Folder folder;
  const Backend kind{"sqlite", true};
  {
    const auto store = open(kind, folder);
    store->commit(make_round(0));
    store->commit(make_round(1));
  }
  const auto store = open(kind, folder);
  CHECK(store->sequence() == 2);
  CHECK_FALSE(store->commit(make_round(1)).is_new);
  CHECK(store->commit(make_round(2)).sequence == 3);
  const auto head = store->find_round("round-1");
  REQUIRE(head);
  CHECK(head->sequence == 2);
  CHECK(head->batch.snapshot_sequence == 1);
}

TEST_CASE("an unknown back end is named with those that exist", "[memory][store]") {
  StoreOptions options;
  options.backend = "postgres";
  CHECK(message_of<UserError>([&] { open_store("bank.db", options); }) ==
        "memory back end 'postgres': unknown: known are ram, sqlite");
}
