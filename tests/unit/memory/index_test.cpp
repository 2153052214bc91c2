#include "memory/index.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "memory/index/dot_int8.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "sim/base/random.h"
#include "tests/unit/memory/bank_fixture.h"

using namespace coldforge;
using namespace coldforge::memory;
using namespace coldforge::memory::test;

namespace {

constexpr int kDims = 128;

Embedding random_vector(Random& random, int dims, std::uint32_t levels) {
  Embedding vector(static_cast<std::size_t>(dims));
  for (std::int8_t& value : vector) {
    value = static_cast<std::int8_t>(static_cast<int>(random.below(2 * levels + 1)) -
                                     static_cast<int>(levels));
  }
  return vector;
}

struct Bank {
  std::vector<Embedding> vectors;
  std::vector<std::string> digests;
};

/// Few levels, so that many items are equally similar.
Bank random_bank(Random& random, std::size_t size) {
  Bank bank;
  for (std::size_t i = 0; i < size; ++i) {
    bank.vectors.push_back(random_vector(random, kDims, 1));
    bank.digests.push_back(digest_of(std::to_string(i)));
  }
  return bank;
}

std::vector<ItemId> naive(const Bank& bank, const Embedding& query, std::size_t k,
                          const Index::Filter& filter) {
  std::vector<ItemId> ids;
  for (ItemId id = 0; id < bank.vectors.size(); ++id) {
    if (!filter || filter(id)) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end(), [&](ItemId a, ItemId b) {
    const auto left = similarity(bank.vectors[a], query),
               right = similarity(bank.vectors[b], query);
    return left != right ? left > right : bank.digests[a] < bank.digests[b];
  });
  ids.resize(std::min(k, ids.size()));
  return ids;
}

std::vector<ItemId> ids_of(const std::vector<Neighbour>& neighbours) {
  std::vector<ItemId> ids;
  for (const Neighbour& neighbour : neighbours) ids.push_back(neighbour.id);
  return ids;
}

}  // namespace

TEST_CASE("a search finds exactly what a sort of everything finds", "[memory][index]") {
  Random random(11, stream_key("index"));
  const Bank bank = random_bank(random, 3000);  // more than two blocks of rows
  const auto index = make_index("exact", kDims);
  for (ItemId id = 0; id < bank.vectors.size(); ++id)
    index->add(id, bank.digests[id], bank.vectors[id]);
  const Index::Filter filters[] = {nullptr, [](ItemId id) { return id % 7 == 3; }};
  for (const Index::Filter& filter : filters) {
    for (const std::size_t k : {0, 1, 10, 500, 5000}) {
      const Embedding query = random_vector(random, kDims, 127);
      CHECK(ids_of(index->search(query, k, filter)) == naive(bank, query, k, filter));
    }
  }
}

TEST_CASE("removed items are not found and the others stay", "[memory][index]") {
  Random random(12, stream_key("index"));
  const Bank bank = random_bank(random, 200);
  const auto index = make_index("exact", kDims);
  for (ItemId id = 0; id < bank.vectors.size(); ++id)
    index->add(id, bank.digests[id], bank.vectors[id]);
  const auto is_left = [](ItemId id) { return id % 3 != 0; };
  for (ItemId id = 0; id < bank.vectors.size(); ++id) {
    if (!is_left(id)) CHECK(index->remove(id));
  }
  CHECK_FALSE(index->remove(0));
  CHECK(index->size() == 133);
  const Embedding query = random_vector(random, kDims, 127);
  CHECK(ids_of(index->search(query, 200, nullptr)) == naive(bank, query, 200, is_left));
}

TEST_CASE("the order of adding items reaches no result", "[memory][index]") {
  Random random(13, stream_key("index"));
  const Bank bank = random_bank(random, 300);
  const auto forward = make_index("exact", kDims), backward = make_index("exact", kDims);
  for (ItemId id = 0; id < 300; ++id) forward->add(id, bank.digests[id], bank.vectors[id]);
  for (ItemId id = 300; id-- > 0;) backward->add(id, bank.digests[id], bank.vectors[id]);
  const Embedding query = random_vector(random, kDims, 1);
  CHECK(ids_of(forward->search(query, 40, nullptr)) ==
        ids_of(backward->search(query, 40, nullptr)));
}

TEST_CASE("every instruction set gives the same dot products", "[memory][index]") {
  Random random(14, stream_key("dot"));
  for (const std::size_t dims : {64u, 512u}) {
    std::vector<std::int8_t> rows(33 * dims);
    for (std::int8_t& value : rows) value = static_cast<std::int8_t>(random.below(256));
    std::fill_n(rows.begin(), dims, std::int8_t{-128});
    std::vector<std::int8_t> query(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(dims));
    std::vector<std::int32_t> expected(33), actual(33);
    dot_rows(Simd::Portable, rows.data(), 33, dims, query.data(), expected.data());
    CHECK(expected[0] == static_cast<std::int32_t>(dims) * 16384);
    for (int simd = 1; simd <= static_cast<int>(best_simd()); ++simd) {
      dot_rows(static_cast<Simd>(simd), rows.data(), 33, dims, query.data(), actual.data());
      CHECK(actual == expected);
    }
  }
}

TEST_CASE("an unknown index is named with those that exist", "[memory][index]") {
  CHECK(message_of<UserError>([] { make_index("hnsw", 64); }) ==
        "memory index 'hnsw': unknown: known are exact");
}
