#include "agent/generator/plan/shift.h"

#include <algorithm>
#include <numeric>

namespace coldforge::agent {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Loads that targets need and that only operations and reductions read.
std::vector<int> candidates(const Group& group) {
  std::vector<bool> needed(group.values.size(), false), suited(group.values.size(), true);
  std::vector<int> open;
  for (const Target& target : group.targets) {
    open.push_back(target.value);
    suited[at(target.value)] = false;
  }
  while (!open.empty()) {
    const int v = open.back();
    open.pop_back();
    if (needed[at(v)]) continue;
    needed[at(v)] = true;
    const Value& value = group.values[at(v)];
    for (const int a : value.args) {
      open.push_back(a);
      if (value.kind != Value::Kind::Op && value.kind != Value::Kind::Reduce) suited[at(a)] = false;
    }
  }
  std::vector<int> found;
  for (std::size_t v = 0; v < group.values.size(); ++v) {
    if (needed[v] && suited[v] && group.values[v].kind == Value::Kind::Load)
      found.push_back(static_cast<int>(v));
  }
  return found;
}

/// The same walk but for offsets of axes, or for the base.
bool alike(const Value& a, const Value& b, bool offsets_differ) {
  const Access &x = a.access, &y = b.access;
  if (x.tensor != y.tensor || x.pad != y.pad || a.integer != b.integer || a.dims != b.dims ||
      x.axes.size() != y.axes.size() || (offsets_differ && x.base != y.base)) {
    return false;
  }
  for (std::size_t i = 0; i < x.axes.size(); ++i) {
    const Axis &p = x.axes[i], &q = y.axes[i];
    if (p.at.terms != q.at.terms || p.stride != q.stride || p.size != q.size ||
        p.insertion != q.insertion || p.bounded != q.bounded || p.local != q.local ||
        (!offsets_differ && p.at.offset != q.at.offset)) {
      return false;
    }
  }
  return true;
}

/// Fills in how the loads differ; false if one tile cannot serve them.
bool describe(const Group& group, bool offsets_differ, ShiftFamily& family) {
  const Access& first = group.values[at(family.loads[0])].access;
  family.base = first.base;
  if (!offsets_differ) {
    std::int64_t most = first.base;
    for (const int v : family.loads) {
      family.base = std::min(family.base, group.values[at(v)].access.base);
      most = std::max(most, group.values[at(v)].access.base);
    }
    family.stride = 0;
    for (const int v : family.loads)
      family.stride = std::gcd(family.stride, group.values[at(v)].access.base - family.base);
    if (family.stride == 0) return false;
    family.count = (most - family.base) / family.stride + 1;
    return family.count <= 2 * static_cast<std::int64_t>(family.loads.size());
  }
  for (std::size_t a = 0; a < first.axes.size(); ++a) {
    ShiftFamily::Along along;
    along.axis = a;
    along.first = along.last = first.axes[a].at.offset;
    for (const int v : family.loads) {
      const std::int64_t offset = group.values[at(v)].access.axes[a].at.offset;
      along.first = std::min(along.first, offset);
      along.last = std::max(along.last, offset);
    }
    if (along.first == along.last) continue;
    const Axis& axis = first.axes[a];
    if (axis.at.terms.size() != 1 || axis.at.terms[0].second < 1 || axis.insertion != 1)
      return false;
    along.dim = axis.at.terms[0].first;
    along.step = axis.at.terms[0].second;
    for (std::size_t other = 0; other < first.axes.size(); ++other) {
      if (other != a && first.axes[other].at.coefficient(along.dim) != 0) return false;
    }
    family.along.push_back(along);
  }
  return !family.along.empty();
}

}  // namespace

const ShiftFamily::Along* ShiftFamily::find(int dim) const {
  const auto found =
      std::find_if(along.begin(), along.end(), [&](const Along& a) { return a.dim == dim; });
  return found == along.end() ? nullptr : &*found;
}

std::vector<ShiftFamily> shift_families(const Group& group) {
  std::vector<int> open = candidates(group);
  std::vector<ShiftFamily> families;
  for (const bool offsets_differ : {true, false}) {
    while (true) {
      // The first load that others are like, with those.
      ShiftFamily family;
      for (std::size_t i = 0; i < open.size() && family.loads.size() < 2; ++i) {
        family.loads.clear();
        for (std::size_t j = i; j < open.size(); ++j) {
          if (alike(group.values[at(open[i])], group.values[at(open[j])], offsets_differ))
            family.loads.push_back(open[j]);
        }
      }
      if (family.loads.size() < 2) break;
      const auto taken = [&](int v) {
        return std::find(family.loads.begin(), family.loads.end(), v) != family.loads.end();
      };
      open.erase(std::remove_if(open.begin(), open.end(), taken), open.end());
      if (describe(group, offsets_differ, family)) families.push_back(std::move(family));
    }
  }
  return families;
}

}  // namespace coldforge::agent
