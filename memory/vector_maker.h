#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "memory/store.h"

namespace coldforge::memory {

/// Makes vectors of a space other than the built-in one: an embedding model, over the network or
/// recorded. This folder knows none.
class VectorMaker {
 public:
  virtual ~VectorMaker() = default;
  virtual const Space& space() const = 0;
  /// One a text, of space().dims dimensions; all or an exception (InfrastructureError: the model
  /// did not answer, a retry may help).
  virtual std::vector<Embedding> make(const std::vector<std::string>& texts) = 0;
};

/// A fixed text: what a model makes of it tells whether it is still the model that a bank was
/// embedded with.
const std::string& probe_text();

struct CompletionReport {
  std::int64_t items = 0;  ///< in the bank, up to the sequence
  std::int64_t added = 0;  ///< vectors that were missing
};

/// Gives a vector to every item that came up to `up_to` (empty: all) and has none of the maker's
/// space. Stores them batch by batch: after a failure a repetition goes on. Throws UserError if the
/// bank's vectors of that space were made by a model that sees the probe text differently (cosine
/// below 0.98): they are never mixed. `on_added` hears how many are done.
CompletionReport add_missing_vectors(
    Store& store, VectorMaker& maker, std::optional<std::int64_t> up_to = std::nullopt,
    const std::function<void(const CompletionReport&)>& on_added = {});

}  // namespace coldforge::memory
