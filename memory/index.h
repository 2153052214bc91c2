#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "memory/embedding.h"

namespace coldforge::memory {

/// Number of an item in a snapshot: 0, 1, 2 ... in the order of its sequence.
using ItemId = std::uint32_t;

struct Neighbour {
  ItemId id = 0;
  std::int32_t similarity = 0;  ///< integer dot product
};

/// Finds the vectors nearest to a query. All vectors are of one space.
class Index {
 public:
  using Filter = std::function<bool(ItemId)>;
  virtual ~Index() = default;

  /// `digest` orders items of equal similarity. The id must be new.
  virtual void add(ItemId id, std::string_view digest, const Embedding& embedding) = 0;
  /// False if the index does not have it.
  virtual bool remove(ItemId id) = 0;
  /// The `k` most similar items that pass the filter (none: all pass): most similar first, equals
  /// by digest. Fewer if there are fewer. May be called by several threads at once.
  virtual std::vector<Neighbour> search(const Embedding& query, std::size_t k,
                                        const Filter& filter) const = 0;
  virtual std::size_t size() const = 0;
};

/// Back ends: "exact" scans every vector. Throws UserError for another name.
std::unique_ptr<Index> make_index(const std::string& backend, int dims);

}  // namespace coldforge::memory
