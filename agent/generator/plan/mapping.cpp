#include "agent/generator/plan/mapping.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "agent/generator/plan/kernel_plan.h"

namespace coldforge::agent {
namespace {

std::int64_t fraction_of(std::int64_t extent, const std::string& fraction) {
  const std::size_t slash = fraction.find('/');
  const std::int64_t parts =
      slash == std::string::npos ? 1 : std::strtoll(fraction.c_str() + slash + 1, nullptr, 10);
  return (extent + parts - 1) / parts;
}

std::int64_t round_up(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

class Mapper {
 public:
  Mapper(Group& group, const isa::Arch& arch, Chooser& chooser, std::string prefix)
      : group_(group), arch_(arch), chooser_(chooser), prefix_(std::move(prefix)) {}

  Mapping run() {
    const std::size_t n = group_.dims.size();
    map_.side.assign(n, Side::Row);
    map_.tile.assign(n, 1);
    map_.inner.assign(n, false);
    repeat_targets();
    find_used();
    find_roles();
    order_dims();
    if (!choose_sides()) return map_;
    for (const int d : sorted_) {
      if (used_[at(d)]) map_.order[map_.side[at(d)] == Side::Col].push_back(d);
    }
    choose_tiles();
    if (!keeps_reductions_whole()) return map_;
    keep_views_shallow();
    choose_loops();
    return map_;
  }

 private:
  static std::size_t at(int d) { return static_cast<std::size_t>(d); }
  GroupDim& dim(int d) { return group_.dims[at(d)]; }

  /// A result that lacks loops of the tensor it goes to is repeated along them. What is loaded or a
  /// number comes repeated; anything else is stored once for each of their indices.
  void repeat_targets() {
    for (Target& target : group_.targets) {
      Value value = group_.values[at(target.value)];
      std::vector<int> missing;
      for (std::size_t d = 0; d < group_.dims.size(); ++d) {
        const bool has = std::find(value.dims.begin(), value.dims.end(), static_cast<int>(d)) !=
                         value.dims.end();
        if (!has && target.access.uses(static_cast<int>(d))) missing.push_back(static_cast<int>(d));
      }
      if (missing.empty()) continue;
      if (value.kind != Value::Kind::Load && value.kind != Value::Kind::Constant) {
        for (const int d : missing) dim(d).single = true;
        continue;
      }
      value.dims.insert(value.dims.end(), missing.begin(), missing.end());
      std::sort(value.dims.begin(), value.dims.end());
      target.value = group_.add(value);
    }
  }

  /// A loop whose steps have become operands of their own is no loop any more.
  void find_used() {
    used_.assign(group_.dims.size(), false);
    for (const Value& value : group_.values) {
      for (const int d : value.dims) used_[at(d)] = true;
      for (const int d : value.over) used_[at(d)] = true;
    }
    for (const Target& target : group_.targets) {
      for (const Axis& axis : target.access.axes) {
        for (const auto& [d, c] : axis.at.terms) used_[at(d)] = true;
      }
    }
    for (std::size_t d = 0; d < group_.dims.size(); ++d) {
      if (!used_[d]) map_.tile[d] = group_.dims[d].extent;
    }
  }

  /// Reductions on the vector engine take all of what they reduce; a product's inner loops are its
  /// own if nothing else walks them.
  void find_roles() {
    for (const Value& value : group_.values) {
      if (value.kind == Value::Kind::Reduce) {
        for (const int d : value.over) dim(d).whole = true;
      }
      if (value.kind != Value::Kind::Product) continue;
      for (const int d : value.over) {
        bool mine = true;
        for (const Value& other : group_.values) {
          const bool walks = std::find(other.dims.begin(), other.dims.end(), d) != other.dims.end();
          const bool operand = &other == &group_.values[at(value.args[0])] ||
                               &other == &group_.values[at(value.args[1])];
          if (walks && !(operand && other.kind == Value::Kind::Load)) mine = false;
          if (&other != &value &&
              std::find(other.over.begin(), other.over.end(), d) != other.over.end())
            mine = false;
        }
        if (mine) {
          map_.inner[at(d)] = true;
        } else {
          dim(d).whole = true;
        }
      }
    }
  }

  /// Outermost first, as the tensor that walks most of the loops has them in memory.
  void order_dims() {
    const Access* lead = nullptr;
    std::size_t most = 0;
    const auto consider = [&](const Access& access) {
      std::size_t count = 0;
      for (std::size_t d = 0; d < group_.dims.size(); ++d)
        count += access.uses(static_cast<int>(d));
      if (count >= most) {
        most = count;
        lead = &access;
      }
    };
    for (const Value& value : group_.values) {
      if (value.kind == Value::Kind::Load) consider(value.access);
    }
    for (const Target& target : group_.targets) consider(target.access);
    sorted_.resize(group_.dims.size());
    std::iota(sorted_.begin(), sorted_.end(), 0);
    const auto stride = [&](int d) -> std::int64_t {
      std::int64_t best = -1;
      const auto look = [&](const Access& access) {
        if (best >= 0) return;
        for (const Axis& axis : access.axes) {
          const std::int64_t c = axis.at.coefficient(d);
          if (c != 0) best = std::max<std::int64_t>(best, std::abs(c * axis.stride));
        }
      };
      if (lead != nullptr) look(*lead);
      for (const Target& target : group_.targets) look(target.access);
      for (const Value& value : group_.values) {
        if (value.kind == Value::Kind::Load) look(value.access);
      }
      return best;
    };
    std::vector<std::int64_t> strides;
    for (std::size_t d = 0; d < group_.dims.size(); ++d)
      strides.push_back(stride(static_cast<int>(d)));
    std::stable_sort(sorted_.begin(), sorted_.end(),
                     [&](int a, int b) { return strides[at(a)] > strides[at(b)]; });
  }

  bool assign(std::vector<int>& known, int d, int side) {
    for (std::size_t o = 0; o < group_.dims.size(); ++o) {
      if (group_.dims[o].side_class != dim(d).side_class) continue;
      if (known[o] >= 0 && known[o] != side) return false;
      known[o] = side;
    }
    return true;
  }

  bool choose_sides() {
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
        first_side =
            chooser_.pick(prefix_ + "product.rows", {"first", "second"}) == "first" ? 0 : 1;
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
    // Whether a scan runs down rows or along them is not known here: an instruction has to do it.
    for (const Value& value : group_.values) {
      if (value.kind != Value::Kind::Reduce || !value.scan || value.over.size() != 1) continue;
      const bool along = chooser_.pick(prefix_ + "scan.side", {"rows", "cols"}) == "cols";
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
    return keep_indices_plain() && give_reductions_a_side();
  }

  /// An index is a tile of one loop a side. Whatever is computed of it has no other loop there
  /// within a tile, as it could not be repeated along that.
  bool keep_indices_plain() {
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

  /// A reduction takes all of a side: what else lies there, outside of it, goes one index at a
  /// time. Inside of columns there is no room: single elements out of rows would be the slowest
  /// walk there is. Inside of rows there is, as columns lie together.
  bool give_reductions_a_side() {
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

  /// The steps of one window make even rows; what lies outside of it on the same side goes one
  /// index at a time.
  void keep_windows_even() {
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

  bool any_product() const {
    return std::any_of(group_.values.begin(), group_.values.end(),
                       [](const Value& value) { return value.kind == Value::Kind::Product; });
  }

  bool fail(const char* why) {
    map_.problem = why;
    return false;
  }

  /// Fills a side from its innermost loop outwards until the wanted number of elements is reached.
  /// Loops of one class take their share once.
  void fill(const std::vector<int>& order, std::int64_t target, std::int64_t unit) {
    std::set<int> taken;
    for (std::size_t i = order.size(); i-- > 0;) {
      if (!taken.insert(dim(order[i]).side_class).second) continue;
      std::int64_t share = 1;
      bool cut = false;
      for (const int d : order) {
        if (dim(d).side_class != dim(order[i]).side_class) continue;
        std::int64_t& tile = map_.tile[at(d)];
        if (dim(d).single) {
          tile = 1;
          continue;
        }
        if (dim(d).whole || target >= dim(d).extent) {
          tile = dim(d).extent;
        } else {
          tile = std::max<std::int64_t>(1, target);
          if (tile > unit) tile = std::min(round_up(tile, unit), dim(d).extent);
          cut = cut || tile < dim(d).extent;
        }
        if (!dim(d).whole || share == 1) share = tile;
      }
      if (dim(order[i]).whole && any_product()) continue;
      target = cut ? 1 : std::max<std::int64_t>(1, target / share);
    }
  }

  void choose_tiles() {
    static const std::vector<std::string> kFractions = {"1",    "1/2",  "1/4", "1/8",
                                                        "1/16", "1/32", "1/64"};
    // A product's tile sizes belong to its operands, so that they stay when the operands change
    // sides.
    const char* const rows = !any_product()   ? "tile.rows"
                             : first_is_rows_ ? "tile.first"
                                              : "tile.second";
    const char* const cols = !any_product()   ? "tile.cols"
                             : first_is_rows_ ? "tile.second"
                                              : "tile.first";
    std::int64_t chosen_cols = 1;
    for (const int s : {1, 0}) {
      std::vector<int> order;
      std::int64_t extent = 1, forced = 1;
      std::map<int, std::pair<std::int64_t, bool>>
          classes;  // extent of each, whether all of it is needed
      for (const int d : map_.order[s]) {
        if (map_.inner[at(d)]) continue;
        order.push_back(d);
        if (dim(d).single) continue;
        auto& entry =
            classes.emplace(dim(d).side_class, std::make_pair(dim(d).extent, true)).first->second;
        entry.first = std::min(entry.first, dim(d).extent);
        entry.second = entry.second && dim(d).whole;
      }
      for (const auto& [id, entry] : classes) {
        // A product's whole loops lie in tiles of their own, beside those of its result.
        if (entry.second && any_product()) continue;
        extent *= entry.first;
        if (entry.second) forced *= entry.first;
      }
      if (order.empty()) continue;
      std::int64_t target = extent;
      if (extent > forced) {
        // Too small a tile is no choice: below a beat of columns or a side of the array, or less
        // than a 64th of Vec in all.
        const bool product = any_product();
        const std::int64_t least_elems = arch_.vec.size_bytes / 64 / 4;
        std::int64_t least =
            s == 1 ? arch_.vector.lanes : std::max<std::int64_t>(1, least_elems / chosen_cols);
        if (product) least = s == 1 ? arch_.matrix.cols : arch_.matrix.rows;
        std::vector<std::string> domain;
        std::int64_t before = 0;
        for (const std::string& f : kFractions) {
          const std::int64_t got = fraction_of(extent, f);
          if (!domain.empty() && (got == before || got < forced || got < least)) break;
          domain.push_back(f);
          before = got;
        }
        target = fraction_of(extent, chooser_.pick(prefix_ + (s == 1 ? cols : rows), domain,
                                                   "extent:" + extent_class(extent)));
      }
      fill(order, std::max(target, forced), s == 1 || any_product() ? arch_.vector.lanes : 1);
      if (s == 1) chosen_cols = std::max<std::int64_t>(1, std::max(target, forced));
    }
    std::vector<int> inner;
    std::int64_t extent = 1;
    for (const int d : sorted_) {
      if (!map_.inner[at(d)]) continue;
      inner.push_back(d);
      extent *= dim(d).extent;
    }
    if (!inner.empty()) {
      std::vector<std::string> domain;
      for (const char* f : {"1", "1/2", "1/4", "1/8"}) {
        if (domain.empty() || fraction_of(extent, f) >= arch_.matrix.rows) domain.emplace_back(f);
      }
      const std::string choice =
          chooser_.pick(prefix_ + "tile.inner", domain, "extent:" + extent_class(extent));
      fill(inner, fraction_of(extent, choice), arch_.matrix.rows);
    }
  }

  /// A batch of a product goes one index at a time, and cannot be reduced over besides.
  bool keeps_reductions_whole() {
    for (const Value& value : group_.values) {
      if (value.kind != Value::Kind::Reduce) continue;
      for (const int d : value.over) {
        if (map_.looped(group_, d)) return fail("a reduction over a loop that is cut");
      }
    }
    return true;
  }

  /// Levels of a view of the access, loops in this order; loops that continue each other are one.
  std::size_t levels_of(const Access& access, const std::vector<int>& loops) const {
    std::size_t levels = 0;
    std::vector<bool> moved(access.axes.size(), false);
    int before = -1;
    for (const int d : loops) {
      if (map_.tile[at(d)] == 1 || !access.uses(d)) continue;
      for (std::size_t a = 0; a < access.axes.size(); ++a)
        moved[a] = moved[a] || access.axes[a].at.coefficient(d) != 0;
      const bool continues = before >= 0 && !access.bounded_in(before) && !access.bounded_in(d) &&
                             access.stride(before) == access.stride(d) * map_.tile[at(d)];
      levels += continues ? 0 : 1;
      before = d;
    }
    for (std::size_t a = 0; a < access.axes.size(); ++a) {
      const Axis& axis = access.axes[a];  // one that is held still has its bound
      if ((axis.bounded || axis.insertion != 1) && !moved[a]) ++levels;
    }
    return levels;
  }

  /// An operand of a product is one view. Where that would have too many levels, loops that are
  /// summed over go one index at a time, the outermost first.
  void keep_views_shallow() {
    for (const Value& product : group_.values) {
      if (product.kind != Value::Kind::Product) continue;
      for (const int arg : product.args) {
        const Value& operand = group_.values[at(arg)];
        if (operand.kind != Value::Kind::Load) continue;
        for (;;) {
          std::vector<int> own, summed;
          for (const int side : {0, 1}) {
            for (const int d : map_.order[side]) {
              const auto has = [&](const std::vector<int>& dims) {
                return std::find(dims.begin(), dims.end(), d) != dims.end();
              };
              if (has(product.over)) {
                summed.push_back(d);
              } else if (has(operand.dims)) {
                own.push_back(d);
              }
            }
          }
          std::vector<int> outer = own, inner = summed;
          outer.insert(outer.end(), summed.begin(), summed.end());
          inner.insert(inner.end(), own.begin(), own.end());
          if (std::min(levels_of(operand.access, outer), levels_of(operand.access, inner)) <=
              kViewLevels) {
            break;
          }
          const auto cut = std::find_if(sorted_.begin(), sorted_.end(), [&](int d) {
            return map_.inner[at(d)] && map_.tile[at(d)] > 1 && operand.access.uses(d);
          });
          if (cut == sorted_.end()) break;
          map_.tile[at(*cut)] = 1;
        }
      }
    }
  }

  void choose_loops() {
    for (const int d : sorted_) {
      if (!map_.inner[at(d)] && map_.looped(group_, d)) map_.loops.push_back(d);
    }
    // Batches stay outside: what they bring is of no use to the next one.
    std::stable_partition(map_.loops.begin(), map_.loops.end(),
                          [&](int d) { return dim(d).single; });
    const auto free =
        std::find_if(map_.loops.begin(), map_.loops.end(), [&](int d) { return !dim(d).single; });
    if (map_.loops.end() - free >= 2 &&
        chooser_.pick(prefix_ + "loop.order", {"memory", "reversed"}) == "reversed") {
      std::reverse(free, map_.loops.end());
    }
  }

  Group& group_;
  const isa::Arch& arch_;
  Chooser& chooser_;
  std::string prefix_;
  Mapping map_;
  std::vector<int> sorted_;
  std::vector<bool> used_;
  bool first_is_rows_ = true;  ///< of the last product
};

}  // namespace

std::vector<int> Mapping::in_tile(const std::vector<int>& dims, Side which) const {
  std::vector<int> result;
  for (const int d : order[which == Side::Col]) {
    if (tile[static_cast<std::size_t>(d)] > 1 &&
        std::find(dims.begin(), dims.end(), d) != dims.end()) {
      result.push_back(d);
    }
  }
  return result;
}

std::string extent_class(std::int64_t extent) {
  if (extent <= 64) return "small";
  if (extent <= 1024) return "medium";
  return extent <= 16384 ? "large" : "huge";
}

Mapping make_mapping(Group& group, const isa::Arch& arch, Chooser& chooser,
                     const std::string& prefix) {
  return Mapper(group, arch, chooser, prefix).run();
}

}  // namespace coldforge::agent
