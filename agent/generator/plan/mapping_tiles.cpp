#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <map>
#include <set>

#include "agent/generator/plan/kernel_plan.h"
#include "agent/generator/plan/mapper.h"

namespace coldforge::agent {
namespace {

constexpr std::array<const char*, 7> kFractions = {"1",    "1/2",  "1/4", "1/8",
                                                   "1/16", "1/32", "1/64"};
/// Of what is summed over: so many shares to choose from, the largest that fit.
constexpr std::size_t kSummedShares = 4;

std::int64_t fraction_of(std::int64_t extent, const std::string& fraction) {
  const std::size_t slash = fraction.find('/');
  const std::int64_t parts =
      slash == std::string::npos ? 1 : std::strtoll(fraction.c_str() + slash + 1, nullptr, 10);
  return (extent + parts - 1) / parts;
}

std::int64_t round_up(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

std::size_t view_levels(const Mapping& map, const Access& access, const std::vector<int>& loops) {
  std::size_t levels = 0;
  std::vector<bool> moved(access.axes.size(), false);
  int before = -1;
  for (const int d : loops) {
    if (map.tile[static_cast<std::size_t>(d)] == 1 || !access.uses(d)) continue;
    for (std::size_t a = 0; a < access.axes.size(); ++a)
      moved[a] = moved[a] || access.axes[a].at.coefficient(d) != 0;
    const bool continues =
        before >= 0 && !access.bounded_in(before) && !access.bounded_in(d) &&
        access.stride(before) == access.stride(d) * map.tile[static_cast<std::size_t>(d)];
    levels += continues ? 0 : 1;
    before = d;
  }
  for (std::size_t a = 0; a < access.axes.size(); ++a) {
    const Axis& axis = access.axes[a];  // one that is held still has its bound
    if ((axis.bounded || axis.insertion != 1) && !moved[a]) ++levels;
  }
  return levels;
}

void Mapper::fill(const std::vector<int>& order, std::int64_t target, std::int64_t unit) {
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

/// Elements of the rows that no choice makes fewer.
std::int64_t Mapper::whole_rows() {
  std::map<int, std::int64_t> classes;
  for (const int d : map_.order[0]) {
    if (!dim(d).whole || dim(d).single || map_.inner[at(d)]) continue;
    std::int64_t& extent = classes.emplace(dim(d).side_class, dim(d).extent).first->second;
    extent = std::max(extent, dim(d).extent);
  }
  std::int64_t rows = 1;
  for (const auto& [id, extent] : classes) rows *= extent;
  return rows;
}

bool Mapper::products_fit() const {
  for (const Value& value : group_.values) {
    if (value.kind != Value::Kind::Product) continue;
    const auto elements = [&](const std::vector<int>& dims) {
      std::int64_t count = 1;
      for (const int d : dims) count *= map_.tile[at(d)];
      return count;
    };
    const std::int64_t rows = elements(map_.in_tile(value.dims, Side::Row)),
                       cols = elements(map_.in_tile(value.dims, Side::Col)),
                       summed = elements(value.over);
    const std::int64_t narrow = value.integer ? 1 : 2, sum = 4;  // bytes an element
    if (rows * summed * narrow > arch_.left.size_bytes ||
        summed * cols * narrow > arch_.right.size_bytes || rows * cols * sum > arch_.acc.size_bytes)
      return false;
  }
  return true;
}

void Mapper::choose_summed_tiles() {
  std::vector<int> inner;
  std::int64_t extent = 1;
  for (const int d : sorted_) {
    if (!map_.inner[at(d)]) continue;
    inner.push_back(d);
    extent *= dim(d).extent;
  }
  if (inner.empty()) return;
  // The sides get at least what the array has: what does not fit beside that is no choice.
  const std::int64_t beside = 2 * std::max(arch_.matrix.rows, arch_.matrix.cols);
  const std::int64_t most = std::min(arch_.left.size_bytes, arch_.right.size_bytes) / beside;
  std::vector<std::string> domain;
  for (const char* f : kFractions) {
    const std::int64_t got = fraction_of(extent, f);
    if (!domain.empty() && (domain.size() == kSummedShares || got < arch_.matrix.rows)) break;
    if (got <= most) domain.emplace_back(f);
  }
  if (domain.empty()) domain.emplace_back(kFractions.back());
  const std::string choice =
      chooser_.pick(prefix_ + "tile.inner", domain, "extent:" + extent_class(extent));
  fill(inner, fraction_of(extent, choice), arch_.matrix.rows);
}

void Mapper::choose_side_tiles(Side side) {
  const bool is_cols = side == Side::Col, product = any_product();
  std::vector<int> order;
  std::int64_t extent = 1, forced = 1;
  std::map<int, std::pair<std::int64_t, bool>>
      classes;  // extent of each, whether all of it is needed
  for (const int d : map_.order[is_cols]) {
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
    if (entry.second && product) continue;
    extent *= entry.first;
    if (entry.second) forced *= entry.first;
  }
  if (order.empty()) return;
  const auto take = [&](std::int64_t target) {
    fill(order, std::max(target, forced), is_cols || product ? arch_.vector.lanes : 1);
  };
  std::int64_t target = extent;
  if (extent > forced) {
    // Too small a tile is no choice: below a beat of columns or a side of the array, or less
    // than a 64th of Vec in all; but columns of whole rows that fill an 8th are enough.
    // Too large a tile is none either: more than Vec, or than there is beside what is chosen.
    const std::int64_t vec_elems = arch_.vec.size_bytes / 4;
    const std::int64_t across = is_cols ? whole_rows() : chosen_cols_;
    std::int64_t least = std::max<std::int64_t>(1, vec_elems / (is_cols ? 8 : 64) / across);
    if (is_cols) least = std::min<std::int64_t>(least, arch_.vector.lanes);
    if (product) least = is_cols ? arch_.matrix.cols : arch_.matrix.rows;
    const std::int64_t most = product ? extent : vec_elems / across;
    std::vector<std::string> domain;
    std::int64_t before = 0;
    for (const char* f : kFractions) {
      const std::int64_t got = fraction_of(extent, f);
      const bool has_smaller = fraction_of(extent, kFractions.back()) < got;
      if (got > most && got > forced && has_smaller) continue;
      if (before != 0 && (got == before || got < forced || got < least)) break;
      before = got;
      take(got);
      if (product && got > least && !products_fit()) continue;
      domain.emplace_back(f);
    }
    if (domain.empty()) domain.emplace_back(kFractions.front());
    // A product's tile sizes belong to its operands, so that they stay when the operands change
    // sides.
    const char* const hole = !product                     ? is_cols ? "tile.cols" : "tile.rows"
                             : first_is_rows_ == !is_cols ? "tile.first"
                                                          : "tile.second";
    target = fraction_of(extent,
                         chooser_.pick(prefix_ + hole, domain, "extent:" + extent_class(extent)));
  }
  take(target);
  if (is_cols) chosen_cols_ = std::max<std::int64_t>(1, std::max(target, forced));
}

void Mapper::choose_tiles() {
  choose_summed_tiles();
  choose_side_tiles(Side::Col);
  choose_side_tiles(Side::Row);
}

bool Mapper::keeps_reductions_whole() {
  for (const Value& value : group_.values) {
    if (value.kind != Value::Kind::Reduce) continue;
    for (const int d : value.over) {
      if (map_.looped(group_, d)) return fail("a reduction over a loop that is cut");
    }
  }
  return true;
}

void Mapper::keep_views_shallow() {
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
        if (std::min(view_levels(map_, operand.access, outer),
                     view_levels(map_, operand.access, inner)) <= kViewLevels) {
          break;
        }
        std::vector<int> open;  // outermost first
        std::copy_if(sorted_.begin(), sorted_.end(), std::back_inserter(open), [&](int d) {
          return map_.inner[at(d)] && map_.tile[at(d)] > 1 && operand.access.uses(d);
        });
        if (open.empty()) break;
        const std::string cut =
            chooser_.pick(prefix_ + "views.cut", {"pieces", "outermost", "innermost"});
        if (cut == "pieces") break;  // several views (planner_pieces.cpp)
        map_.tile[at(cut == "outermost" ? open.front() : open.back())] = 1;
      }
    }
  }
}

void Mapper::choose_loops() {
  for (const int d : sorted_) {
    if (!map_.inner[at(d)] && map_.looped(group_, d)) map_.loops.push_back(d);
  }
  // Batches stay outside: what they bring is of no use to the next one.
  std::stable_partition(map_.loops.begin(), map_.loops.end(), [&](int d) { return dim(d).single; });
  const auto free =
      std::find_if(map_.loops.begin(), map_.loops.end(), [&](int d) { return !dim(d).single; });
  if (map_.loops.end() - free >= 2 &&
      chooser_.pick(prefix_ + "loop.order", {"memory", "reversed"}) == "reversed") {
    std::reverse(free, map_.loops.end());
  }
}

}  // namespace coldforge::agent
