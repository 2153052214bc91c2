#include <algorithm>

#include "agent/generator/plan/planner.h"
#include "agent/generator/plan/shift.h"

namespace coldforge::agent {

/// Whether the parts of a tile that holds all of the family are tiles themselves: their rows, and
/// their columns, at even distances.
bool Planner::has_even_parts(const ShiftFamily& family) const {
  const Value& load = at(family.loads[0]);
  for (const Side side : {Side::Row, Side::Col}) {
    const std::vector<int>& order = plan_.map.order[side == Side::Col];
    std::int64_t run = 1, next = 0;  // next: distance at which an outer loop would continue
    bool inner_tail = false;
    for (std::size_t i = order.size(); i-- > 0;) {
      const int d = order[i];
      if (std::find(load.dims.begin(), load.dims.end(), d) == load.dims.end()) continue;
      const ShiftFamily::Along* along = family.find(d);
      const std::int64_t tile = plan_.map.tile[static_cast<std::size_t>(d)];
      const std::int64_t held = along != nullptr ? along->reach(tile) : tile;
      if (held == 1) continue;
      if (inner_tail) return false;
      const std::int64_t distance = run * (along != nullptr ? along->step : 1);
      if (tile > 1) {
        if (next != 0 && next != distance) return false;
        next = distance * tile;
      }
      inner_tail = plan_.map.tail(plan_.group, d);
      run *= held;
    }
  }
  return true;
}

/// Loads of one tensor at several shifts become one load and windows of its tile, where that is no
/// more than they load apart.
void Planner::share_shifted_loads() {
  if (!plan_.map.shares_loads) return;
  for (const ShiftFamily& family : shift_families(plan_.group)) {
    const Value load = at(family.loads[0]);
    const std::int64_t apart = most(load.dims) * static_cast<std::int64_t>(family.loads.size());
    std::int64_t together = family.count;
    for (const int d : load.dims) {
      const std::int64_t tile = plan_.map.tile[static_cast<std::size_t>(d)];
      const ShiftFamily::Along* along = family.find(d);
      together *= along != nullptr ? along->reach(tile) : tile;
    }
    const bool rowless = plan_.map.in_tile(load.dims, Side::Row).empty(),
               colless = plan_.map.in_tile(load.dims, Side::Col).empty();
    if (family.along.empty() ? !rowless && !colless : together > apart) continue;
    if (!has_even_parts(family)) continue;

    Value all = load;
    all.access.base = family.base;
    std::vector<Affine> places(load.dims.size());  // of a part, by loop of what is loaded
    for (std::size_t i = 0; i < load.dims.size(); ++i) places[i].add(load.dims[i], 1);
    for (const ShiftFamily::Along& along : family.along) {
      const auto d = static_cast<std::size_t>(along.dim);
      GroupDim reach;
      reach.extent = along.reach(plan_.map.tile[d]);
      reach.name = plan_.group.dims[d].name + "w";
      reach.follows = along.dim;
      reach.step = along.step;
      reach.more = along.more();
      const int held = add_loop(reach, plan_.map.side[d], along.dim);
      Axis& axis = all.access.axes[along.axis];
      axis.at = {};
      axis.at.offset = along.first;
      if (plan_.map.looped(plan_.group, along.dim)) axis.at.add(along.dim, along.step);
      axis.at.add(held, 1);
      const auto place = std::find(all.dims.begin(), all.dims.end(), along.dim) - all.dims.begin();
      all.dims.erase(all.dims.begin() + place);
      all.dims.push_back(held);
      places.erase(places.begin() + place);
      places.emplace_back();
      places.back().add(along.dim, along.step);
    }
    if (family.along.empty()) {
      GroupDim places_held;
      places_held.extent = family.count;
      places_held.name = "w" + std::to_string(plan_.group.dims.size());
      const int held = add_loop(places_held, colless ? Side::Col : Side::Row, -1);
      Axis axis;
      axis.at.add(held, 1);
      axis.stride = family.stride;
      axis.size = family.count;
      all.access.axes.push_back(axis);
      all.dims.push_back(held);
      places.emplace_back();
    }
    const int source = plan_.group.add(all);
    for (const int v : family.loads) {
      Value& part = plan_.group.values[static_cast<std::size_t>(v)];
      Value window;
      window.kind = Value::Kind::Window;
      window.args = {source};
      window.dims = part.dims;
      window.integer = part.integer;
      window.label = part.label;
      window.at = places;
      if (family.along.empty())
        window.at.back().offset = (part.access.base - family.base) / family.stride;
      for (std::size_t i = 0; i < family.along.size(); ++i) {
        const ShiftFamily::Along& along = family.along[i];
        window.at[places.size() - family.along.size() + i].offset =
            part.access.axes[along.axis].at.offset - along.first;
      }
      part = window;
    }
  }
}

}  // namespace coldforge::agent
