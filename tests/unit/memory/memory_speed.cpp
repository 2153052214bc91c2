// Prints how fast the memory bank is on this host: commits of a round of 16 candidates that used 8
// items each, opening, and retrieval at 10^4 and 10^5 items.
#include <fmt/format.h>

#include <chrono>

#include "memory/retrieval.h"
#include "memory/verify.h"
#include "tests/unit/memory/bank_fixture.h"

using namespace coldforge;
using namespace coldforge::memory;
using namespace coldforge::memory::test;

namespace {

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// An item of the size of a real kernel: about 3 KB of source.
Item kernel_item(int number) {
  Item item = make_item("kernel_" + std::to_string(number), kDraft, 1000 + number);
  for (int line = 0; line < 60; ++line) {
    item.source += fmt::format("  vec_mul(tile{}, row[{}], scale_{});  // step\n", line % 7, line,
                               number % 50);
  }
  item.facts.emplace_back(fmt::format("op:Family{}", number % 40), 1.0);
  return item;
}

RoundBatch real_round(int number, const std::vector<std::string>& known) {
  RoundBatch batch;
  batch.round_id = "speed-" + std::to_string(number);
  for (int slot = 0; slot < 16; ++slot) {
    batch.items.push_back(kernel_item(16 * number + slot));
    Outcome outcome;
    outcome.event_id = fmt::format("{}/{}", number, slot);
    outcome.slot = slot;
    outcome.key = "reduce";
    outcome.reward = slot % 2 == 0 ? 1.0 : -1.0;
    RetrievalRecord record;
    for (std::size_t i = 0; i < 8 && i < known.size(); ++i) {
      outcome.used.push_back(
          known[(static_cast<std::size_t>(number * 16 + slot) * 13 + i) % known.size()]);
      record.chosen.push_back({outcome.used.back(), 0.5});
    }
    batch.outcomes.push_back(outcome);
    batch.retrievals.push_back(record);
  }
  return batch;
}

void measure_commits(Durability durability, const char* name) {
  const Folder folder;
  StoreOptions options;
  options.durability = durability;
  const auto store = open_store(folder / "bank.db", options);
  std::vector<std::string> known;
  constexpr int kRounds = 100;
  const double seconds = seconds_of([&] {
    for (int number = 0; number < kRounds; ++number) {
      const RoundBatch batch = real_round(number, known);
      store->commit(batch);
      for (const Item& item : batch.items) known.push_back(item_digest(item));
    }
  });
  const double verifying = seconds_of([&] {
    if (!verify(*store).is_clean()) fmt::print("the bank is not clean\n");
  });
  fmt::print(
      "commits, {}: {:.0f} rounds/s (16 candidates x 8 items, building the batch included); verify "
      "{:.2f} s\n",
      name, kRounds / seconds, verifying);
}

void measure_search(int items) {
  const Folder folder;
  StoreOptions options;
  options.durability = Durability::Normal;
  const auto store = open_store(folder / "bank.db", options);
  const double filling = seconds_of([&] {
    for (int at = 0; at < items; at += 1000) {
      RoundBatch batch;
      batch.round_id = "fill-" + std::to_string(at);
      for (int i = at; i < at + 1000; ++i) batch.items.push_back(kernel_item(i));
      store->commit(batch);
    }
  });
  std::unique_ptr<Snapshot> snapshot;
  const double opening = seconds_of([&] { snapshot = std::make_unique<Snapshot>(*store); });
  RetrievalRequest request;
  request.query = embed(EmbeddingInput{{{"op:Family7", 1.0}}, "vec_mul(tile3)", ""});
  constexpr int kSearches = 50;
  const double searching = seconds_of([&] {
    for (int i = 0; i < kSearches; ++i) snapshot->index().search(request.query, 60, nullptr);
  });
  RetrievalConfig config;
  const double retrieving = seconds_of([&] {
    for (int i = 0; i < kSearches; ++i) {
      Random random(1, static_cast<std::uint64_t>(i));
      retrieve(*snapshot, request, config, random);
    }
  });
  fmt::print(
      "{} items: fill {:.1f} s, open a snapshot {:.2f} s, search {:.2f} ms, retrieval {:.2f} ms\n",
      items, filling, opening, 1e3 * searching / kSearches, 1e3 * retrieving / kSearches);
}

}  // namespace

int main() {
  measure_commits(Durability::Full, "durable");
  measure_commits(Durability::Normal, "normal");
  measure_search(10000);
  measure_search(100000);
  const Item item = kernel_item(1);
  fmt::print("embedding of a {} byte kernel: {:.3f} ms\n", item.source.size(), 10 * seconds_of([&] {
                                                                                 for (int i = 0;
                                                                                      i < 100; ++i)
                                                                                   embed(item);
                                                                               }));
}
