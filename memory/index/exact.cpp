#include "memory/index/exact.h"

#include <algorithm>
#include <unordered_map>

#include "memory/index/dot_int8.h"
#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

/// Rows scanned between two looks at the best so far: their sums stay in the first-level cache.
constexpr std::size_t kBlockRows = 1024;

class ExactIndex : public Index {
 public:
  explicit ExactIndex(int dims) : dims_(static_cast<std::size_t>(dims)) {
    CF_CHECK(dims > 0 && dims % 64 == 0, "dimensions come in multiples of 64");
  }

  void add(ItemId id, std::string_view digest, const Embedding& embedding) override {
    CF_CHECK(embedding.size() == dims_, "a vector of another space");
    CF_CHECK(row_of_.emplace(id, entries_.size()).second, "the index has this item already");
    entries_.push_back({id, std::string(digest)});
    rows_.insert(rows_.end(), embedding.begin(), embedding.end());
  }

  bool remove(ItemId id) override {
    const auto found = row_of_.find(id);
    if (found == row_of_.end()) return false;
    // The last row takes the free place: results do not depend on the order of rows.
    const std::size_t row = found->second, last = entries_.size() - 1;
    row_of_.erase(found);
    if (row != last) {
      entries_[row] = std::move(entries_[last]);
      row_of_[entries_[row].id] = row;
      std::copy_n(rows_.begin() + static_cast<std::ptrdiff_t>(last * dims_), dims_,
                  rows_.begin() + static_cast<std::ptrdiff_t>(row * dims_));
    }
    entries_.pop_back();
    rows_.resize(entries_.size() * dims_);
    return true;
  }

  std::vector<Neighbour> search(const Embedding& query, std::size_t k,
                                const Filter& filter) const override {
    CF_CHECK(query.size() == dims_, "a query of another space");
    std::vector<Candidate> best;  // a heap whose top is the worst that is still in
    const auto is_better = [this](const Candidate& a, const Candidate& b) {
      if (a.similarity != b.similarity) return a.similarity > b.similarity;
      return entries_[a.row].digest < entries_[b.row].digest;
    };
    std::vector<std::int32_t> sums(kBlockRows);
    for (std::size_t begin = 0; k > 0 && begin < entries_.size(); begin += kBlockRows) {
      const std::size_t count = std::min(kBlockRows, entries_.size() - begin);
      dot_rows(best_simd(), &rows_[begin * dims_], count, dims_, query.data(), sums.data());
      for (std::size_t i = 0; i < count; ++i) {
        const Candidate candidate{begin + i, sums[i]};
        const bool is_full = best.size() == k;
        if (is_full && !is_better(candidate, best.front())) continue;
        if (filter && !filter(entries_[candidate.row].id)) continue;
        if (is_full) {
          std::pop_heap(best.begin(), best.end(), is_better);
          best.pop_back();
        }
        best.push_back(candidate);
        std::push_heap(best.begin(), best.end(), is_better);
      }
    }
    std::sort_heap(best.begin(), best.end(), is_better);
    std::vector<Neighbour> neighbours;
    for (const Candidate& candidate : best) {
      neighbours.push_back({entries_[candidate.row].id, candidate.similarity});
    }
    return neighbours;
  }

  std::size_t size() const override { return entries_.size(); }

 private:
  struct Entry {
    ItemId id;
    std::string digest;
  };
  struct Candidate {
    std::size_t row;
    std::int32_t similarity;
  };
  const std::size_t dims_;
  std::vector<Entry> entries_;
  std::vector<std::int8_t> rows_;  // entry after entry
  std::unordered_map<ItemId, std::size_t> row_of_;
};

}  // namespace

std::unique_ptr<Index> make_exact_index(int dims) { return std::make_unique<ExactIndex>(dims); }

}  // namespace coldforge::memory
