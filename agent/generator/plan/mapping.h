#pragma once

#include <string>
#include <vector>

#include "agent/generator/plan/group.h"
#include "agent/generator/select/api.h"
#include "isa/arch.h"

namespace coldforge::agent {

enum class Side : std::uint8_t { Row, Col };

/// How a group's loops become tiles: which side each lies on, how much of it is in a tile, in which
/// order the rest runs.
struct Mapping {
  std::vector<Side> side;          ///< by dim
  std::vector<std::int64_t> tile;  ///< by dim; the last tile may be smaller
  std::vector<int> order[2];       ///< dims of each side, outermost first
  std::vector<int> loops;          ///< dims with several tiles, outermost first
  std::vector<bool> inner;         ///< by dim: summed over inside a product, looped there
  bool shares_loads = false;       ///< loads at several shifts are one where their parts are even
  std::string problem;             ///< not empty: no such mapping

  bool looped(const Group& group, int dim) const {
    return tile[static_cast<std::size_t>(dim)] < group.dims[static_cast<std::size_t>(dim)].extent;
  }
  /// Whether the last tile of the dim is smaller.
  bool tail(const Group& group, int dim) const {
    const GroupDim& loop = group.dims[static_cast<std::size_t>(dim)];
    if (loop.follows >= 0) return tail(group, loop.follows);
    return loop.extent % tile[static_cast<std::size_t>(dim)] != 0;
  }
  /// Those of `dims` that lie on a side and have more than one element in a tile, outermost first.
  std::vector<int> in_tile(const std::vector<int>& dims, Side which) const;
};

/// `prefix` names the group's holes: "tile.rows", "cols", ...
Mapping make_mapping(Group& group, const isa::Arch& arch, const ApiSet& apis, Chooser& chooser,
                     const std::string& prefix);

/// Levels of a view of the access, loops in this order; loops that continue each other are one.
std::size_t view_levels(const Mapping& map, const Access& access, const std::vector<int>& loops);

/// "small", "medium", "large", "huge": classes of extents, for conditions.
std::string extent_class(std::int64_t extent);

}  // namespace coldforge::agent
