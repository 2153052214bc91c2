#include <algorithm>
#include <map>
#include <set>

#include "memory/store/common.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

class RamStore : public Store {
 public:
  RamStore(std::string name, OpenMode mode) : name_(std::move(name)), mode_(mode) {}

  const std::string& name() const override { return name_; }
  std::int64_t sequence() const override { return static_cast<std::int64_t>(rounds_.size()); }

  std::optional<StoredRound> find_round(const std::string& round_id) const override {
    const auto found = round_of_.find(round_id);
    if (found == round_of_.end()) return std::nullopt;
    const StoredRound& round = rounds_[found->second];
    StoredRound head;
    head.sequence = round.sequence;
    head.digest = round.digest;
    head.batch.round_id = round_id;
    head.batch.snapshot_sequence = round.batch.snapshot_sequence;
    head.batch.config = round.batch.config;
    return head;
  }

  CommitResult commit(const RoundBatch& batch) override {
    if (mode_ == OpenMode::Read) throw UserError(name_, "is open for reading only");
    check_batch(batch);
    StoredRound round;
    for (const Item& item : batch.items) round.items.push_back(item_digest(item));
    round.digest = batch_digest(batch, round.items);
    if (const auto stored = find_round(batch.round_id)) {
      return answer_to_retry(*stored, round.digest, name_);
    }
    check_references(
        batch, round.items, [this](const std::string& item) { return item_of_.count(item) != 0; },
        name_);
    for (const Outcome& outcome : batch.outcomes) {
      if (events_.count(outcome.event_id) != 0) refuse_event(outcome.event_id, name_);
    }

    for (std::size_t i = 0; i < batch.items.size(); ++i) add_item(batch.items[i], round.items[i]);
    for (const Outcome& outcome : batch.outcomes) {
      events_.insert(outcome.event_id);
      FoldedOutcome folded = values_.apply(outcome, batch.config);
      round.folds.push_back({folded.normalised, std::move(folded.credits)});
    }
    round.sequence = sequence() + 1;
    round.batch = batch;
    round.batch.items.clear();
    round_of_[batch.round_id] = rounds_.size();
    items_after_round_.push_back(items_.size());
    rounds_.push_back(std::move(round));
    return {sequence(), true};
  }

  BankSlice read(const ReadRequest& request) const override {
    CF_CHECK(!request.values || !request.up_to, "values are kept at the latest sequence only");
    BankSlice slice;
    slice.sequence = request.up_to.value_or(sequence());
    CF_CHECK(request.after >= 0 && slice.sequence <= sequence(), "the bank has no such sequence");
    const auto first = static_cast<std::size_t>(request.after);
    const auto last = static_cast<std::size_t>(slice.sequence);
    if (request.items) {
      const std::size_t begin = first == 0 ? 0 : items_after_round_[first - 1];
      const std::size_t end = last == 0 ? 0 : items_after_round_[last - 1];
      for (std::size_t i = begin; i < end; ++i) {
        slice.items.push_back(items_[i]);
        if (!request.space.empty() && request.space != builtin_space().id)
          slice.items.back().embedding = vector_of(request.space, items_[i].digest);
      }
    }
    if (request.rounds) {
      for (std::size_t i = first; i < last; ++i) slice.rounds.push_back(rounds_[i]);
    }
    if (request.values) slice.values = values_;
    return slice;
  }

  std::vector<StoredSpace> spaces() const override {
    std::vector<StoredSpace> all = {{builtin_space(), static_cast<std::int64_t>(items_.size())}};
    for (const Vectors& vectors : spaces_)
      all.push_back({vectors.space, static_cast<std::int64_t>(vectors.of_item.size())});
    return all;
  }

  void add_vectors(const Space& space, const std::vector<ItemVector>& vectors) override {
    if (mode_ == OpenMode::Read) throw UserError(name_, "is open for reading only");
    check_vectors(space, vectors);
    for (const Vectors& known : spaces_) {
      if (known.space.id == space.id) check_same_space(space, known.space, name_);
    }
    for (const ItemVector& vector : vectors) {
      if (item_of_.count(vector.item) == 0) refuse_vector(vector.item, name_);
    }
    auto found = std::find_if(spaces_.begin(), spaces_.end(),
                              [&](const Vectors& known) { return known.space.id == space.id; });
    if (found == spaces_.end()) found = spaces_.insert(found, {space, {}});
    for (const ItemVector& vector : vectors) found->of_item.emplace(vector.item, vector.embedding);
  }

  void drop_space(const std::string& id) override {
    if (mode_ == OpenMode::Read) throw UserError(name_, "is open for reading only");
    CF_CHECK(id != builtin_space().id, "the built-in space stays");
    spaces_.erase(std::remove_if(spaces_.begin(), spaces_.end(),
                                 [&](const Vectors& known) { return known.space.id == id; }),
                  spaces_.end());
  }

  std::vector<std::string> check_integrity() const override { return {}; }

 private:
  void add_item(const Item& item, const std::string& digest) {
    if (!item_of_.emplace(digest, items_.size()).second) return;
    items_.push_back({static_cast<std::int64_t>(items_.size()) + 1, digest, item_content(item),
                      item.seed, embed(item)});
  }

  struct Vectors {
    Space space;
    std::map<std::string, Embedding> of_item;
  };

  Embedding vector_of(const std::string& space, const std::string& item) const {
    for (const Vectors& vectors : spaces_) {
      if (vectors.space.id != space) continue;
      const auto found = vectors.of_item.find(item);
      if (found != vectors.of_item.end()) return found->second;
    }
    return {};
  }

  const std::string name_;
  const OpenMode mode_;
  std::vector<StoredRound> rounds_;
  std::vector<std::size_t> items_after_round_;  // items in the bank once that round was in
  std::vector<StoredItem> items_;
  std::map<std::string, std::size_t> round_of_, item_of_;
  std::set<std::string> events_;
  std::vector<Vectors> spaces_;  // without the built-in one
  ValueState values_;
};

}  // namespace

std::unique_ptr<Store> make_ram_store(const std::filesystem::path& path,
                                      const StoreOptions& options) {
  return std::make_unique<RamStore>(path.string(), options.mode);
}

}  // namespace coldforge::memory
