#include "memory/vector_maker.h"

#include <algorithm>
#include <cmath>

#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

/// What one request of an embedding model commonly takes.
constexpr std::size_t kBatch = 32;

double cosine(const Embedding& a, const Embedding& b) {
  const double lengths = static_cast<double>(similarity(a, a)) * similarity(b, b);
  return lengths > 0.0 ? similarity(a, b) / std::sqrt(lengths) : 0.0;
}

/// The bank's vectors of the space, if there are some, were made by the same model.
void check_probe(const Store& store, const Space& space) {
  constexpr double kSameModel = 0.98;
  for (const StoredSpace& known : store.spaces()) {
    if (known.space.id != space.id) continue;
    const Embedding before = embedding_from_text(known.space.probe);
    const Embedding now = embedding_from_text(space.probe);
    if (before.size() == now.size() && cosine(before, now) >= kSameModel) return;
    throw UserError(store.name(), "its vectors of " + space.id +
                                      " were made by another model of that name: `coldforge memory "
                                      "embed --again` makes them anew");
  }
}

}  // namespace

const std::string& probe_text() {
  static const std::string text =
      "The row maximum is reduced first.\nvoid kernel() { loadTile(vec_0, 4 * n); sync_flag(1); }";
  return text;
}

CompletionReport add_missing_vectors(Store& store, VectorMaker& maker,
                                     std::optional<std::int64_t> up_to,
                                     const std::function<void(const CompletionReport&)>& on_added) {
  const Space& space = maker.space();
  check_probe(store, space);
  ReadRequest request;
  request.up_to = up_to;
  request.rounds = false;
  request.space = space.id;
  const BankSlice slice = store.read(request);
  CompletionReport report;
  report.items = static_cast<std::int64_t>(slice.items.size());
  std::vector<const StoredItem*> missing;
  for (const StoredItem& item : slice.items) {
    if (item.embedding.empty()) missing.push_back(&item);
  }
  if (missing.empty())
    store.add_vectors(space, {});  // the bank knows the space, even without items
  for (std::size_t at = 0; at < missing.size(); at += kBatch) {
    const std::size_t count = std::min(kBatch, missing.size() - at);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i) {
      const StoredItem& item = *missing[at + i];
      texts.push_back(embedding_text(
          item_from_content(item.content, store.name() + ": item " + short_digest(item.digest))));
    }
    std::vector<Embedding> made = maker.make(texts);
    CF_CHECK(made.size() == count, "one vector for each text");
    std::vector<ItemVector> vectors;
    for (std::size_t i = 0; i < count; ++i)
      vectors.push_back({missing[at + i]->digest, std::move(made[i])});
    store.add_vectors(space, vectors);
    report.added += static_cast<std::int64_t>(count);
    if (on_added) on_added(report);
  }
  return report;
}

}  // namespace coldforge::memory
