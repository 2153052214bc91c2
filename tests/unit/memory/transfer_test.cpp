#include "memory/transfer.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "memory/report.h"
#include "memory/verify.h"
#include "sim/base/error.h"
#include "sim/base/random.h"
#include "tests/unit/memory/bank_fixture.h"

using namespace coldforge;
using namespace coldforge::memory;
using namespace coldforge::memory::test;

namespace {

std::unique_ptr<Store> ram() {
  StoreOptions options;
  options.backend = "ram";
  return open_store("bank", options);
}

std::unique_ptr<Store> filled(int rounds) {
  auto store = ram();
  for (int number = 0; number < rounds; ++number) store->commit(make_round(number));
  return store;
}

std::string exported(const Store& store) {
  std::ostringstream out;
  export_bank(store, out);
  return out.str();
}

ImportReport import_text(Store& store, const std::string& text, const ImportOptions& options = {}) {
  std::istringstream in(text);
  return import_bank(store, in, "bank.jsonl", options);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

}  // namespace

TEST_CASE("an export imported into an empty bank gives the same bank", "[memory][transfer]") {
  const auto store = filled(5);
  const std::string text = exported(*store);
  CHECK(text == exported(*store));
  const Folder folder;
  const auto copy = open_store(folder / "copy.db");
  const ImportReport report = import_text(*copy, text);
  CHECK(report.new_rounds == 5);
  CHECK(report.new_items == 20);
  CHECK(exported(*copy) == text);
  CHECK(verify(*copy).findings == std::vector<std::string>{});
  ReadRequest request;
  request.values = true;
  const auto left = store->read(request).values.rows(), right = copy->read(request).values.rows();
  REQUIRE(left.size() == right.size());
  for (std::size_t i = 0; i < left.size(); ++i) CHECK(left[i].entry.q == right[i].entry.q);
}

TEST_CASE("importing twice changes nothing", "[memory][transfer]") {
  const std::string text = exported(*filled(3));
  const auto store = ram();
  store->commit(make_round(0));
  CHECK(import_text(*store, text).new_rounds == 2);
  const std::string once = exported(*store);
  const ImportReport again = import_text(*store, text);
  CHECK(again.new_rounds == 0);
  CHECK(again.known_rounds == 3);
  CHECK(again.known_items == 12);
  CHECK(exported(*store) == once);
}

TEST_CASE("items can be imported without what was learnt about them", "[memory][transfer]") {
  const std::string text = exported(*filled(3));
  const auto store = ram();
  ImportOptions options;
  options.with_values = false;
  const ImportReport report = import_text(*store, text, options);
  CHECK(report.new_items == 12);
  CHECK(report.new_rounds == 1);
  ReadRequest request;
  request.values = true;
  CHECK(store->read(request).values.rows().empty());
  CHECK(import_text(*store, text, options).known_rounds == 1);
}

TEST_CASE("a damaged export is refused before anything is stored", "[memory][transfer]") {
  const auto store = ram();
  const std::string text = exported(*filled(2));
  const auto message = [&](const std::string& damaged) {
    return message_of<UserError>([&] { import_text(*store, damaged); });
  };
  CHECK(message("") == "bank.jsonl: is no whole export: it has no end record");
  CHECK(message("hello\n") == "bank.jsonl: line 1: is no JSON object: the export is damaged");
  CHECK(message("{\"record\":\"song\"}\n") ==
        "bank.jsonl: line 1: is no export of a memory bank: the first record is 'song'");
  CHECK(message(replaced(text, "\"format\":1", "\"format\":2")) ==
        "bank.jsonl: line 1: has format 2, this coldforge knows formats up to 1: use a newer "
        "coldforge");
  CHECK(message(text.substr(0, text.rfind('{'))) ==
        "bank.jsonl: is no whole export: it has no end record");
  CHECK(message(text + "{\"record\":\"end\"}\n") ==
        "bank.jsonl: line 13: follows the end of the export");
  const std::string digest = item_digest(make_round(0).items[0]).substr(0, 12);
  CHECK(message(replaced(text, "k0_0", "k0_x")) ==
        "bank.jsonl: line 2: item " + digest + " does not match its digest");
  CHECK(message(replaced(text, "\"reward\":-1.0", "\"reward\":1.0")) ==
        "bank.jsonl: line 6: round round-0 does not match its digest");
  CHECK(store->sequence() == 0);
}

TEST_CASE("an export with random damage is imported or refused, never half of it",
          "[memory][transfer]") {
  const std::string text = exported(*filled(2));
  Random random(31, stream_key("damage"));
  int refused = 0;
  for (int run = 0; run < 300; ++run) {
    std::string damaged = text;
    const std::uint32_t at = random.below(static_cast<std::uint32_t>(text.size()));
    if (run % 3 == 0) damaged.erase(at, 1 + random.below(200));
    if (run % 3 != 0) damaged[at] = static_cast<char>(random.below(256));
    const auto store = ram();
    try {
      import_text(*store, damaged);
    } catch (const UserError&) {
      ++refused;
      REQUIRE(store->sequence() == 0);
    }
  }
  CHECK(refused > 250);
}

TEST_CASE("stats count what is in a bank", "[memory][report]") {
  const auto store = filled(4);
  const BankStats stats = bank_stats(*store);
  CHECK(stats.sequence == 4);
  CHECK(stats.items == 16);
  CHECK(stats.items_of_kind[static_cast<int>(ItemKind::TraceDraft)] == 8);
  CHECK(stats.items_of_verdict.at("pass") == 16);
  CHECK(stats.stages[kDraft - 1].outcomes == 8);
  CHECK(stats.stages[kDraft - 1].mean_reward == 0.0);  // two of four feasible
  CHECK(stats.stages[kRefine - 1].normaliser.count == 8);
  CHECK(stats.retrievals == 12);
  const nlohmann::json json = to_json(stats);
  CHECK(json.at("items_of_kind").at("trace_refine") == 8);
  CHECK(json.at("stages").at(1).at("outcomes") == 8);
}

TEST_CASE("an item is shown by the beginning of its digest", "[memory][report]") {
  const auto store = filled(2);
  const std::string digest = item_digest(make_round(0).items[0]);
  const nlohmann::json json = show_item(*store, digest.substr(0, 10));
  CHECK(json.at("digest") == digest);
  CHECK(json.at("name") == "k0_0");
  CHECK(json.at("uses") == 4);
  CHECK(json.at("values").at(0).at("stage") == kRefine);
  CHECK(message_of<UserError>([&] { show_item(*store, "xyz"); }) ==
        "bank: no item begins with 'xyz'");
  CHECK(message_of<UserError>([&] { show_item(*store, ""); }).substr(0, 27) ==
        "bank: 8 items begin with ''");
  CHECK(list_items(*store).size() == 8);
  CHECK(list_items(*store)[0].uses == 4);
}
