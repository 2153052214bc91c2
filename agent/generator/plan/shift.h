#pragma once

#include <cstdint>
#include <vector>

#include "agent/generator/plan/group.h"

namespace coldforge::agent {

/// Loads of one tensor that differ by constant shifts only: what the steps of a window leave. One
/// load of all that they meet serves them; each reads its part of that tile.
struct ShiftFamily {
  /// An axis of the tensor whose coordinate is step * loop + an offset of [first, last].
  struct Along {
    std::size_t axis = 0;
    int dim = -1;
    std::int64_t step = 1, first = 0, last = 0;

    std::int64_t more() const { return last - first + 1 - step; }
    /// Coordinates that `extent` steps of the loop meet.
    std::int64_t reach(std::int64_t extent) const { return extent * step + more(); }
  };
  std::vector<int> loads;    ///< values of the group; two at least
  std::vector<Along> along;  ///< empty: no loop walks what differs, the bases do
  std::int64_t base = 0;     ///< least base
  std::int64_t stride = 1;   ///< `along` empty: the bases are `count` places so far apart
  std::int64_t count = 1;

  const Along* find(int dim) const;
};

/// Those of values that instructions of the vector engine read, and nothing else does.
std::vector<ShiftFamily> shift_families(const Group& group);

}  // namespace coldforge::agent
