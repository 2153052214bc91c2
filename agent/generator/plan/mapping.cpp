#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "agent/generator/plan/mapper.h"

namespace coldforge::agent {

Mapping Mapper::run() {
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

void Mapper::repeat_targets() {
  for (Target& target : group_.targets) {
    Value value = group_.values[at(target.value)];
    std::vector<int> missing;
    for (std::size_t d = 0; d < group_.dims.size(); ++d) {
      const bool has =
          std::find(value.dims.begin(), value.dims.end(), static_cast<int>(d)) != value.dims.end();
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

void Mapper::find_used() {
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

void Mapper::find_roles() {
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

void Mapper::order_dims() {
  const Access* lead = nullptr;
  std::size_t most = 0;
  const auto consider = [&](const Access& access) {
    std::size_t count = 0;
    for (std::size_t d = 0; d < group_.dims.size(); ++d) count += access.uses(static_cast<int>(d));
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

bool Mapper::any_product() const {
  return std::any_of(group_.values.begin(), group_.values.end(),
                     [](const Value& value) { return value.kind == Value::Kind::Product; });
}

bool Mapper::fail(const char* why) {
  map_.problem = why;
  return false;
}

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

Mapping make_mapping(Group& group, const isa::Arch& arch, const ApiSet& apis, Chooser& chooser,
                     const std::string& prefix) {
  return Mapper(group, arch, apis, chooser, prefix).run();
}

}  // namespace coldforge::agent
