#pragma once

#include <string>
#include <vector>

#include "memory/snapshot.h"

namespace coldforge::memory {

/// Which API items a context needs.
struct ApiRequest {
  std::string isa;  ///< digest: items of other instruction sets are not seen; empty: all are
  std::vector<std::string> bundle;  ///< names that are always shown, in this order
  std::vector<std::string> codes;   ///< sources in the context: what they name is shown
  Embedding query;                  ///< of the task, in the built-in space
  int similar_items = 8;            ///< so many more by similarity
};

enum class ApiReason : std::uint8_t { Bundle, NamedInCode, Similar };

struct ApiChoice {
  ItemId id = 0;
  ApiReason reason = ApiReason::Bundle;
};

/// API knowledge by coverage instead of value: the bundle, then exact names that the codes use
/// (comments do not count), then the most similar ones; each item once. It takes part in neither Q
/// nor propensities, so keep these items out of Outcome::used. Names that no item has are left out.
std::vector<ApiChoice> retrieve_api(const Snapshot& snapshot, const ApiRequest& request);

}  // namespace coldforge::memory
