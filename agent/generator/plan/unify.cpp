#include "agent/generator/plan/unify.h"

#include <algorithm>
#include <set>

#include "agent/generator/plan/group.h"

namespace coldforge::agent {
namespace {

const Nest& at(const Program& program, int stage) {
  return program.stages[static_cast<std::size_t>(stage)];
}

/// Coordinate = exactly one loop.
bool is_plain(const Axis& axis) {
  return !axis.bounded && axis.insertion == 1 && axis.at.offset == 0 && axis.at.terms.size() == 1 &&
         axis.at.terms[0].second == 1;
}

}  // namespace

Unifier::Unifier(const Program& program, const std::vector<int>& stages)
    : program_(program), stages_(stages) {
  int total = 0;
  for (const int s : stages_) {
    offset_[s] = total;
    for (const Dim& dim : at(program_, s).dims) {
      parent_.push_back(total++);
      extent_of_.push_back(dim.extent);
    }
  }
  for (const int s : stages_) {
    const Nest& stage = at(program_, s);
    for (std::size_t l = 0; l < stage.loads.size() && ok_; ++l) {
      const int made_by = producer(stage.loads[l].tensor);
      if (made_by < 0) continue;
      int writers = 0;
      for (const int w : stages_) writers += at(program_, w).out.tensor == stage.loads[l].tensor;
      if (writers != 1 || !link(s, stage.loads[l], made_by)) {
        ok_ = false;
        break;
      }
      for (const Axis& axis : stage.loads[l].axes) {
        if (!is_plain(axis)) {
          windows_.push_back({s, static_cast<int>(l)});
          break;
        }
      }
    }
  }
  if (ok_) link_shared_inputs();
  if (clash()) ok_ = false;
  for (const int s : stages_) {
    for (std::size_t d = 0; d < at(program_, s).dims.size(); ++d) {
      const int root = find(key(s, static_cast<int>(d)));
      if (number_.emplace(root, static_cast<int>(extents_.size())).second) {
        extents_.push_back(extent_of_[static_cast<std::size_t>(root)]);
      }
    }
  }
}

int Unifier::dim(int stage, int local) const { return number_.at(find(key(stage, local))); }

int Unifier::producer(int tensor) const {
  for (const int s : stages_) {
    if (at(program_, s).out.tensor == tensor) return s;
  }
  return -1;
}

int Unifier::find(int x) const {
  while (parent_[static_cast<std::size_t>(x)] != x) x = parent_[static_cast<std::size_t>(x)];
  return x;
}

bool Unifier::join(int a, int b) {
  a = find(a);
  b = find(b);
  if (extent_of_[static_cast<std::size_t>(a)] != extent_of_[static_cast<std::size_t>(b)])
    return false;
  parent_[static_cast<std::size_t>(std::max(a, b))] = std::min(a, b);
  return true;
}

bool Unifier::clash() const {
  for (const int s : stages_) {
    std::set<int> seen;
    for (std::size_t d = 0; d < at(program_, s).dims.size(); ++d) {
      if (!seen.insert(find(key(s, static_cast<int>(d)))).second) return true;
    }
  }
  return false;
}

bool Unifier::link(int stage, const Access& load, int producer) {
  const Nest& from = at(program_, producer);
  // Both walks speak of the same tensor's axes; matched by stride and size.
  for (const Axis& axis : load.axes) {
    const Axis* written = nullptr;
    for (const Axis& candidate : from.out.axes) {
      if (candidate.stride == axis.stride && candidate.size == axis.size) written = &candidate;
    }
    if (written == nullptr || !is_plain(*written)) return false;
    if (axis.bounded || axis.insertion != 1) return false;
    if (!is_plain(axis)) continue;  // a window
    const int d = axis.at.terms[0].first;
    if (at(program_, stage).dims[static_cast<std::size_t>(d)].extent != axis.size) {
      continue;  // a part of the axis: a window of one step
    }
    if (!join(key(stage, d), key(producer, written->at.terms[0].first))) return false;
  }
  // An axis of the tensor that the load holds still has to be of extent 1, or is a window.
  return true;
}

void Unifier::link_shared_inputs() {
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    for (std::size_t j = i + 1; j < stages_.size(); ++j) {
      const Nest& a = at(program_, stages_[i]);
      const Nest& b = at(program_, stages_[j]);
      if (is_contraction(a) || is_contraction(b)) continue;
      for (const Access& x : a.loads) {
        for (const Access& y : b.loads) {
          if (x.tensor != y.tensor || producer(x.tensor) >= 0 || x.base != y.base) continue;
          if (x.axes.size() != y.axes.size()) continue;
          bool same = true;
          for (std::size_t k = 0; k < x.axes.size(); ++k) {
            same = same && is_plain(x.axes[k]) && is_plain(y.axes[k]) &&
                   x.axes[k].stride == y.axes[k].stride;
          }
          if (!same) continue;
          const std::vector<int> before = parent_;
          for (std::size_t k = 0; k < x.axes.size() && same; ++k) {
            same = join(key(stages_[i], x.axes[k].at.terms[0].first),
                        key(stages_[j], y.axes[k].at.terms[0].first));
          }
          if (!same || clash()) parent_ = before;
        }
      }
    }
  }
}

}  // namespace coldforge::agent
