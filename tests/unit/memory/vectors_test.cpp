// Vectors of embedding models in a bank, beside those of the built-in space.
#include <catch2/catch.hpp>
#include <cmath>

#include "memory/retrieval.h"
#include "memory/snapshot.h"
#include "memory/vector_maker.h"
#include "memory/verify.h"
#include "sim/base/error.h"
#include "sim/base/random.h"
#include "tests/support/fake_vector_maker.h"
#include "tests/unit/memory/bank_fixture.h"

using namespace coldforge;
using namespace coldforge::memory;
using namespace coldforge::memory::test;
using FakeMaker = coldforge::testing::FakeVectorMaker;
using Catch::Matchers::Contains;

namespace {

struct Bank {
  explicit Bank(const std::string& backend) {
    options.backend = backend;
    options.durability = Durability::Normal;
    store = open_store(folder / "bank.db", options);
    for (int number = 0; number < 3; ++number) store->commit(make_round(number));
  }
  Folder folder;
  StoreOptions options;
  std::unique_ptr<Store> store;
};

std::string backend() { return GENERATE(values<std::string>({"ram", "sqlite"})); }

std::vector<StoredItem> items_in(const Store& store, const std::string& space) {
  ReadRequest request;
  request.space = space;
  return store.read(request).items;
}

}  // namespace

TEST_CASE("a bank holds vectors of several spaces and never mixes them", "[memory][vectors]") {
  Bank bank(backend());
  FakeMaker small("test/small", 64), large("test/large", 128);
  CHECK(add_missing_vectors(*bank.store, small).added == 12);
  CHECK(add_missing_vectors(*bank.store, large).added == 12);
  for (const StoredItem& item : items_in(*bank.store, "test/small")) {
    const Item parsed = item_from_content(item.content, "");
    CHECK(item.embedding == small.vector_of(embedding_text(parsed)));
  }
  CHECK(items_in(*bank.store, "test/large")[5].embedding.size() == 128);
  for (const std::string& builtin : {std::string(), builtin_space().id}) {
    const std::vector<StoredItem> items = items_in(*bank.store, builtin);
    CHECK(items[0].embedding == embed(item_from_content(items[0].content, "")));
  }
  CHECK(items_in(*bank.store, "test/unknown")[0].embedding.empty());

  const std::vector<StoredSpace> spaces = bank.store->spaces();
  REQUIRE(spaces.size() == 3);
  CHECK(spaces[0].space.id == builtin_space().id);
  CHECK(spaces[1].space.id == "test/small");
  CHECK(spaces[1].space.dims == 64);
  CHECK(spaces[1].space.probe == small.space().probe);
  CHECK(spaces[2].vectors == 12);
  CHECK(verify(*bank.store).findings == std::vector<std::string>{});
}

TEST_CASE("only items without a vector are embedded", "[memory][vectors]") {
  Bank bank(backend());
  FakeMaker maker;
  CHECK(add_missing_vectors(*bank.store, maker, 2).items == 8);  // of the first two rounds
  CHECK(maker.texts_made == 8);
  CHECK(add_missing_vectors(*bank.store, maker).added == 4);
  bank.store->commit(make_round(3));
  CHECK(add_missing_vectors(*bank.store, maker).added == 4);
  CHECK(add_missing_vectors(*bank.store, maker).added == 0);
  CHECK(maker.texts_made == 16);
}

TEST_CASE("an embedding that was interrupted goes on", "[memory][vectors]") {
  Bank bank(backend());
  for (int number = 3; number < 20; ++number) bank.store->commit(make_round(number));
  FakeMaker maker;
  maker.calls_left = 1;
  CHECK_THROWS_AS(add_missing_vectors(*bank.store, maker), InfrastructureError);
  const int done = maker.texts_made;
  CHECK(done > 0);
  maker.calls_left = -1;
  CHECK(add_missing_vectors(*bank.store, maker).added == 80 - done);
}

TEST_CASE("a vector once stored stays, whatever the model says later", "[memory][vectors]") {
  Bank bank(backend());
  FakeMaker maker;
  add_missing_vectors(*bank.store, maker);
  const StoredItem before = items_in(*bank.store, "test/model")[0];
  bank.store->add_vectors(maker.space(), {{before.digest, Embedding(128, 1)}});
  CHECK(items_in(*bank.store, "test/model")[0].embedding == before.embedding);
}

TEST_CASE("another model of the same name is refused until its vectors are made anew",
          "[memory][vectors]") {
  Bank bank(backend());
  FakeMaker before("test/model", 128, 1), other("test/model", 128, 2), wider("test/model", 192, 1);
  add_missing_vectors(*bank.store, before);
  CHECK_THROWS_WITH(add_missing_vectors(*bank.store, other),
                    Contains("another model of that name") && Contains("--again"));
  CHECK_THROWS_WITH(add_missing_vectors(*bank.store, wider), Contains("--again"));
  const std::string item = items_in(*bank.store, "")[0].digest;
  CHECK_THROWS_WITH(bank.store->add_vectors(wider.space(), {{item, Embedding(192, 1)}}),
                    Contains("128 dimensions, not 192"));
  bank.store->drop_space("test/model");
  CHECK(bank.store->spaces().size() == 1);
  CHECK(add_missing_vectors(*bank.store, wider).added == 12);
}

TEST_CASE("a model that answers a little differently each time is the same model",
          "[memory][vectors]") {
  Bank bank("ram");
  FakeMaker maker;
  Space noisy = maker.space();
  Embedding probe = embedding_from_text(noisy.probe);
  for (std::size_t i = 0; i < probe.size(); i += 5) ++probe[i];
  noisy.probe = to_text(probe);
  bank.store->add_vectors(noisy, {});
  CHECK(add_missing_vectors(*bank.store, maker).added == 12);
}

TEST_CASE("vectors for items that the bank does not have are refused as a whole",
          "[memory][vectors]") {
  Bank bank(backend());
  const FakeMaker maker;
  const std::string item = items_in(*bank.store, "")[0].digest;
  CHECK_THROWS_AS(bank.store->add_vectors(maker.space(), {{item, Embedding(128, 1)},
                                                          {std::string(64, 'f'), Embedding(128)}}),
                  UserError);
  CHECK(items_in(*bank.store, "test/model")[0].embedding.empty());
  CHECK_THROWS_AS(bank.store->add_vectors(maker.space(), {{item, Embedding(64, 1)}}),
                  InternalError);
  CHECK_THROWS_AS(bank.store->add_vectors(builtin_space(), {}), InternalError);
}

TEST_CASE("vectors survive closing and are read-only to readers", "[memory][vectors]") {
  Bank bank("sqlite");
  FakeMaker maker;
  add_missing_vectors(*bank.store, maker);
  bank.store.reset();
  bank.options.mode = OpenMode::Read;
  const auto reader = open_store(bank.folder / "bank.db", bank.options);
  CHECK(reader->spaces().at(1).vectors == 12);
  CHECK_THROWS_AS(reader->add_vectors(maker.space(), {}), UserError);
  CHECK_THROWS_AS(reader->drop_space("test/model"), UserError);
}

TEST_CASE("a snapshot searches the space that it was made for", "[memory][vectors]") {
  Bank bank(backend());
  FakeMaker maker;
  CHECK_THROWS_WITH(Snapshot(*bank.store, std::nullopt, maker.space()),
                    Contains("has no vector of test/model") && Contains("memory embed"));
  add_missing_vectors(*bank.store, maker);
  Snapshot snapshot(*bank.store, std::nullopt, maker.space());
  CHECK(snapshot.space().id == "test/model");
  for (ItemId id = 0; id < snapshot.size(); ++id) {
    RetrievalRequest request;
    request.query = maker.vector_of(embedding_text(snapshot.item(id)));
    RetrievalConfig config;
    config.policy = "similarity";
    config.epsilon = 0.0;
    Random random(1, 2);
    CHECK(retrieve(snapshot, request, config, random).choices.at(0).id == id);
  }
  bank.store->commit(make_round(3));
  CHECK_THROWS_AS(snapshot.refresh(*bank.store), UserError);
}

TEST_CASE("rounding to int8 keeps who is near to whom", "[memory][vectors]") {
  Random random(5, 6);
  const int dims = 768, count = 60;
  std::vector<std::vector<double>> exact;
  std::vector<Embedding> rounded;
  for (int i = 0; i < count; ++i) {
    std::vector<double> vector;
    for (int d = 0; d < dims; ++d)
      vector.push_back(random.normal() + (i >= 6 ? 0.5 * exact[i % 6][d] : 0.0));
    exact.push_back(vector);
    rounded.push_back(quantised(vector));
  }
  const auto cosine = [](const std::vector<double>& a, const std::vector<double>& b) {
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      ab += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return ab / std::sqrt(aa * bb);
  };
  double worst = 0.0;
  for (int i = 0; i < count; ++i) {
    for (int j = 0; j < i; ++j) {
      const double error =
          similarity(rounded[i], rounded[j]) / kFullSimilarity - cosine(exact[i], exact[j]);
      worst = std::max(worst, std::abs(error));
    }
  }
  CHECK(worst < 0.02);
  CHECK(worst > 0.0);
}

TEST_CASE("a model's vector is filled up to a multiple of 64 dimensions", "[memory][vectors]") {
  const Embedding embedding = quantised({3.0, -4.0, 0.0});
  REQUIRE(embedding.size() == 64);
  CHECK(embedding[0] == 76);    // 0.6 * 127 = 76.2
  CHECK(embedding[1] == -102);  // 0.8 * 127 = 101.6
  CHECK(embedding[63] == 0);
  CHECK(quantised(std::vector<double>(100, 0.0)) == Embedding(128, 0));
  CHECK(embedding_from_text(to_text(embedding)) == embedding);
  for (const char* wrong : {"0", "xx", "0G"}) CHECK(embedding_from_text(wrong).empty());
}

TEST_CASE("what a model reads begins with what matters and is never too long",
          "[memory][vectors]") {
  const EmbeddingInput input{{{"rank:2", 0.5}, {"op:Softmax", 1.0}}, "code \xE2\x82\xAC", "prose"};
  CHECK(embedding_text(input) == "op:Softmax\nrank:2\nprose\ncode \xE2\x82\xAC");
  for (std::size_t bytes = 20; bytes < 40; ++bytes) {
    const std::string text = embedding_text(input, bytes);
    CHECK(text.size() <= bytes);
    CHECK(utf8_text(text) == text);
  }
}
