#pragma once

#include <string>
#include <vector>

#include "memory/store.h"

namespace coldforge::memory {

/// What `coldforge memory verify` found.
struct VerifyReport {
  std::int64_t rounds = 0;
  std::int64_t items = 0;
  std::int64_t outcomes = 0;
  std::int64_t values = 0;
  std::vector<std::string> findings;  ///< one line each; empty: clean
  bool is_clean() const { return findings.empty(); }
};

/// Replays the whole log and compares: every normalised reward, step, value, visit count and
/// normaliser to the bit; digests of items and rounds; vectors against their items; numbering
/// without gaps; and the back end's own checks.
VerifyReport verify(const Store& store);

}  // namespace coldforge::memory
