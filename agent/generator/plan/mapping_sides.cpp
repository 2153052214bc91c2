#include <algorithm>
#include <set>

#include "agent/generator/plan/mapper.h"
#include "agent/generator/plan/shift.h"

namespace coldforge::agent {
namespace {

constexpr std::int64_t kLeastBeats = 32;  ///< of a tile that an instruction is worth

}  // namespace

bool Mapper::assign(std::vector<int>& known, int d, int side) {
  for (std::size_t o = 0; o < group_.dims.size(); ++o) {
    if (group_.dims[o].side_class != dim(d).side_class) continue;
    if (known[o] >= 0 && known[o] != side) return false;
    known[o] = side;
  }
  return true;
}

bool Mapper::choose_sides() {
  std::vector<int> known(group_.dims.size(), -1);
  for (Value& value : group_.values) {
    if (value.kind != Value::Kind::Product) continue;
    const auto walks = [&](int arg, int d) {
      const std::vector<int>& dims = group_.values[at(value.args[at(arg)])].dims;
      return std::find(dims.begin(), dims.end(), d) != dims.end();
    };
    std::vector<int> own[2];
    for (const int d : value.dims) {
      const bool a = walks(0, d), b = walks(1, d);
      if (a && !b) own[0].push_back(d);
      if (b && !a) own[1].push_back(d);
    }
    // A side that an earlier product has fixed decides; else a hole.
    int first_side = -1;
    for (int o = 0; o < 2; ++o) {
      for (const int d : own[o]) {
        if (known[at(d)] >= 0 && first_side < 0)
          first_side = o == 0 ? known[at(d)] : 1 - known[at(d)];
      }
    }
    if (first_side < 0) {
      first_side = chooser_.pick(prefix_ + "product.rows", {"first", "second"}) == "first" ? 0 : 1;
    }
    for (int o = 0; o < 2; ++o) {
      for (const int d : own[o]) {
        if (!assign(known, d, o == 0 ? first_side : 1 - first_side))
          return fail("sides of products clash");
      }
    }
    if (first_side == 1) std::swap(value.args[0], value.args[1]);
    first_is_rows_ = first_side == 0;
  }
  // A scan runs down rows or along them, as an instruction does it.
  for (const Value& value : group_.values) {
    if (value.kind != Value::Kind::Reduce || !value.scan || value.over.size() != 1) continue;
    std::vector<std::string> domain;
    if (apis_.scans(value.op, value.exclusive, /*along_row=*/false)) domain.emplace_back("rows");
    if (apis_.scans(value.op, value.exclusive, /*along_row=*/true)) domain.emplace_back("cols");
    if (domain.empty()) domain.emplace_back("rows");  // the cover says what is missing
    const bool along = chooser_.pick(prefix_ + "scan.side", domain) == "cols";
    if (!assign(known, value.over[0], along ? 1 : 0)) return fail("sides of scans clash");
  }
  // The rest by position in memory: the innermost loops are columns. A window and what it slides
  // over count as one.
  std::vector<int> open;  // innermost first, one of each class
  for (std::size_t i = sorted_.size(); i-- > 0;) {
    const int d = sorted_[i];
    const bool seen = std::any_of(open.begin(), open.end(),
                                  [&](int o) { return dim(o).side_class == dim(d).side_class; });
    if (used_[at(d)] && known[at(d)] < 0 && !dim(d).single && !map_.inner[at(d)] && !seen)
      open.push_back(d);
  }
  if (!open.empty() && !any_product()) {
    std::vector<std::string> domain;
    for (std::size_t k = 1; k <= std::min<std::size_t>(open.size(), 3); ++k) {
      domain.push_back("inner" + std::to_string(k));
    }
    const std::string choice = chooser_.pick(prefix_ + "cols", domain);
    const std::size_t cols = static_cast<std::size_t>(choice.back() - '0');
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (!assign(known, open[i], i < cols ? 1 : 0)) return fail("sides of windows clash");
    }
  }
  for (std::size_t d = 0; d < known.size(); ++d)
    map_.side[d] = known[d] == 1 ? Side::Col : Side::Row;
  keep_windows_even();
  keep_shared_loads_even();
  return keep_indices_plain() && give_reductions_a_side();
}

bool Mapper::keep_indices_plain() {
  for (std::size_t v = 0; v < group_.values.size(); ++v) {
    const Value& index = group_.values[v];
    if (index.kind != Value::Kind::Index || index.dims.empty()) continue;
    std::vector<bool> reads(group_.values.size(), false);
    reads[v] = true;
    std::set<int> beside(index.dims.begin(), index.dims.end());
    for (std::size_t u = v + 1; u < group_.values.size(); ++u) {
      const Value& user = group_.values[u];
      if (user.kind != Value::Kind::Op) continue;
      reads[u] =
          std::any_of(user.args.begin(), user.args.end(), [&](int a) { return reads[at(a)]; });
      if (reads[u]) beside.insert(user.dims.begin(), user.dims.end());
    }
    for (const Side side : {Side::Row, Side::Col}) {
      // What a reduction needs all of stays, else the innermost loop of the index.
      int own = -1;
      bool varies = false;
      for (const int d : sorted_) {
        if (map_.side[at(d)] != side || beside.count(d) == 0) continue;
        const bool walks = std::find(index.dims.begin(), index.dims.end(), d) != index.dims.end();
        varies = varies || walks;
        if ((walks && (own < 0 || !dim(own).whole)) || dim(d).whole) own = d;
      }
      if (!varies) continue;
      for (const int d : beside) {
        if (d == own || map_.side[at(d)] != side || dim(d).extent == 1) continue;
        if (dim(d).whole) return fail("an index over two loops of one side");
        dim(d).single = true;
      }
    }
  }
  return true;
}

bool Mapper::give_reductions_a_side() {
  for (const Value& value : group_.values) {
    if (value.kind != Value::Kind::Reduce) continue;
    const auto is_over = [&](int d) {
      return std::find(value.over.begin(), value.over.end(), d) != value.over.end();
    };
    for (const int d : group_.values[at(value.args[0])].dims) {
      const bool beside =
          !is_over(d) && std::any_of(value.over.begin(), value.over.end(),
                                     [&](int o) { return map_.side[at(o)] == map_.side[at(d)]; });
      if (!beside || dim(d).extent == 1) continue;
      if (dim(d).whole) return fail("loops of two reductions on one side");
      const auto place = [&](int o) { return std::find(sorted_.begin(), sorted_.end(), o); };
      for (const int o : value.over) {
        const bool across = map_.side[at(o)] == map_.side[at(d)] && place(o) < place(d);
        if (across && map_.side[at(d)] == Side::Col) return fail("a reduction across its side");
      }
      dim(d).single = true;
    }
  }
  return true;
}

void Mapper::keep_windows_even() {
  for (const Side side : {Side::Row, Side::Col}) {
    int window = -1;
    for (std::size_t i = sorted_.size(); i-- > 0;) {
      const int d = sorted_[i];
      if (!used_[at(d)] || map_.side[at(d)] != side) continue;
      const auto members =
          std::count_if(group_.dims.begin(), group_.dims.end(),
                        [&](const GroupDim& g) { return g.side_class == dim(d).side_class; });
      if (window >= 0 && dim(d).side_class != window && !dim(d).whole) dim(d).single = true;
      if (window < 0 && members > 1) window = dim(d).side_class;
    }
  }
}

void Mapper::keep_shared_loads_even() {
  if (any_product()) return;
  std::set<int> alone;
  for (const ShiftFamily& family : shift_families(group_)) {
    const std::vector<int>& dims = group_.values[at(family.loads[0])].dims;
    for (const Side side : {Side::Row, Side::Col}) {
      bool overlap = false;
      for (std::size_t i = sorted_.size(); i-- > 0;) {
        const int d = sorted_[i];
        if (map_.side[at(d)] != side || std::find(dims.begin(), dims.end(), d) == dims.end())
          continue;
        if (overlap && !dim(d).single && !dim(d).whole && dim(d).extent > 1) alone.insert(d);
        const ShiftFamily::Along* along = family.find(d);
        overlap = overlap || (along != nullptr && along->more() != 0);
      }
    }
  }
  map_.shares_loads = true;
  if (alone.empty()) return;
  std::int64_t elements = 1;
  for (std::size_t d = 0; d < group_.dims.size(); ++d) {
    if (used_[d] && !group_.dims[d].single && alone.count(static_cast<int>(d)) == 0)
      elements *= group_.dims[d].extent;
  }
  // Tiles of a few beats cost more instructions than loads.
  map_.shares_loads = elements >= kLeastBeats * arch_.vector.lanes &&
                      chooser_.pick(prefix_ + "load.shifted", {"shared", "apart"}) == "shared";
  if (!map_.shares_loads) return;
  for (const int d : alone) dim(d).single = true;
}

}  // namespace coldforge::agent
