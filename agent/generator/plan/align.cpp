#include "agent/generator/plan/align.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "agent/generator/plan/group.h"

namespace coldforge::agent {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

bool is_straight(const Axis& axis) {
  return !axis.bounded && axis.insertion == 1 && axis.at.offset == 0;
}

/// One loop, step by step.
bool is_plain(const Axis& axis) {
  return is_straight(axis) && axis.at.terms.size() == 1 && axis.at.terms[0].second == 1;
}

/// Loops of all stages that walk along with each other, and where they have to be cut.
class Alignment {
 public:
  explicit Alignment(Program& program) : program_(program) {
    for (const Nest& stage : program_.stages) {
      first_.push_back(static_cast<int>(parent_.size()));
      for (std::size_t d = 0; d < stage.dims.size(); ++d)
        parent_.push_back(static_cast<int>(parent_.size()));
    }
    for (std::size_t t = 0; t < program_.tensors.size(); ++t) {
      if (program_.tensors[t].kind != TensorInfo::Kind::Input &&
          program_.tensors[t].kind != TensorInfo::Kind::Constant)
        walks_.push_back(walks_of(static_cast<int>(t)));
    }
    for (const std::vector<Walk>& walks : walks_) join_equal_axes(walks);
    for (std::size_t s = 0; s < program_.stages.size(); ++s) keep_odd_loops(static_cast<int>(s));
    for (const std::vector<Walk>& walks : walks_) keep_windows(walks);
  }

  /// Cuts where the digits of one walk begin inside of another's loop.
  void find_cuts() {
    for (bool more = true; more;) {
      more = false;
      for (const std::vector<Walk>& walks : walks_) more = add_cuts(walks) || more;
    }
    drop_impossible();
  }

  bool any() const { return !cuts_.empty(); }

  /// Cuts the loop, and all that walk along with it; false if one of them has to stay.
  bool cut_alike(int s, int d, std::int64_t inner) {
    const int loop = find(first_[at(s)] + d);
    for (std::size_t other = 0; other < program_.stages.size(); ++other) {
      if (!is_contraction(program_.stages[other])) continue;
      for (std::size_t o = 0; o < program_.stages[other].dims.size(); ++o) {
        if (find(first_[other] + static_cast<int>(o)) == loop) return false;
      }
    }
    if (kept_.count(loop) != 0) return false;
    cuts_[loop] = {inner};
    return true;
  }

  void apply() {
    for (std::size_t s = 0; s < program_.stages.size(); ++s) {
      Nest& stage = program_.stages[s];
      const auto count = static_cast<int>(stage.dims.size());
      for (int d = 0; d < count; ++d) {
        const auto found = cuts_.find(find(first_[s] + d));
        if (found == cuts_.end()) continue;
        std::int64_t run = 1;
        for (const std::int64_t inner : found->second) {
          cut_loop(stage, d, inner / run);
          run = inner;
        }
      }
    }
  }

 private:
  /// A stage's walk over a tensor.
  struct Walk {
    int stage;
    const Access* access;
  };

  const Nest& stage(int s) const { return program_.stages[at(s)]; }
  int find(int loop) const {
    while (parent_[at(loop)] != loop) loop = parent_[at(loop)];
    return loop;
  }
  int class_of(const Walk& walk, const Axis& axis) const {
    return find(first_[at(walk.stage)] + axis.at.terms[0].first);
  }

  std::vector<Walk> walks_of(int tensor) const {
    std::vector<Walk> walks;
    for (std::size_t s = 0; s < program_.stages.size(); ++s) {
      const Nest& stage = program_.stages[s];
      if (stage.out.tensor == tensor) walks.push_back({static_cast<int>(s), &stage.out});
      for (const Access& load : stage.loads) {
        if (load.tensor == tensor) walks.push_back({static_cast<int>(s), &load});
      }
    }
    return walks;
  }

  template <class F>
  void each_axis(const std::vector<Walk>& walks, F&& visit) const {
    for (const Walk& walk : walks) {
      for (const Axis& axis : walk.access->axes) visit(walk, axis);
    }
  }

  void join_equal_axes(const std::vector<Walk>& walks) {
    std::map<std::pair<std::int64_t, std::int64_t>, int> loops;
    each_axis(walks, [&](const Walk& walk, const Axis& axis) {
      if (!is_plain(axis) || !walks_all(walk, axis)) return;
      const int loop = class_of(walk, axis);
      const int other =
          find(loops.emplace(std::make_pair(axis.stride, axis.size), loop).first->second);
      parent_[at(std::max(loop, other))] = std::min(loop, other);
    });
  }

  /// Whether the loop goes from the axis' one end to the other.
  bool walks_all(const Walk& walk, const Axis& axis) const {
    return stage(walk.stage).dims[at(axis.at.terms[0].first)].extent == axis.size;
  }

  /// Loops that mean something as a whole, or walk an axis together with others.
  void keep_odd_loops(int s) {
    const Nest& nest = stage(s);
    const bool ordered = nest.scan || nest.reduce.rfind("arg", 0) == 0;
    for (std::size_t d = 0; d < nest.dims.size(); ++d) {
      if (ordered && nest.dims[d].reduce) kept_.insert(find(first_[at(s)] + static_cast<int>(d)));
    }
    const auto keep = [&](const Access& access) {
      for (const Axis& axis : access.axes) {
        if (is_plain(axis)) continue;
        std::vector<Axis> digits;
        split_digits(axis, nest.dims, /*keep_windows=*/true, digits);
        if (digits.size() > 1) continue;
        for (const auto& [d, c] : axis.at.terms) kept_.insert(find(first_[at(s)] + d));
      }
    };
    keep(nest.out);
    for (const Access& load : nest.loads) keep(load);
  }

  /// Who walks an axis that another one reads through a window has to keep it as it is.
  void keep_windows(const std::vector<Walk>& walks) {
    std::set<std::pair<std::int64_t, std::int64_t>> windows;
    each_axis(walks, [&](const Walk& walk, const Axis& axis) {
      std::vector<Axis> digits;
      split_digits(axis, stage(walk.stage).dims, /*keep_windows=*/true, digits);
      if (digits.size() == 1 && !is_plain(axis)) windows.emplace(axis.stride, axis.size);
    });
    each_axis(walks, [&](const Walk& walk, const Axis& axis) {
      if (is_plain(axis) && windows.count({axis.stride, axis.size}) != 0)
        kept_.insert(class_of(walk, axis));
    });
  }

  /// Each walk is cut where another one begins a digit. True if there is a cut more than before.
  bool add_cuts(const std::vector<Walk>& walks) {
    std::set<std::int64_t> begins;
    each_axis(walks, [&](const Walk& walk, const Axis& axis) {
      std::vector<Axis> digits;
      split_digits(axis, stage(walk.stage).dims, /*keep_windows=*/true, digits);
      for (const Axis& digit : digits) begins.insert(digit.stride);
      if (!is_plain(axis)) return;
      const auto found = cuts_.find(class_of(walk, axis));
      if (found == cuts_.end()) return;
      for (const std::int64_t inner : found->second) begins.insert(axis.stride * inner);
    });
    bool more = false;
    each_axis(walks, [&](const Walk& walk, const Axis& axis) {
      if (!is_plain(axis) || !walks_all(walk, axis)) return;
      for (const std::int64_t begin : begins) {
        const bool inside = begin > axis.stride && begin < axis.stride * axis.size;
        if (!inside || begin % axis.stride != 0 || axis.stride * axis.size % begin != 0) continue;
        more = cuts_[class_of(walk, axis)].insert(begin / axis.stride).second || more;
      }
    });
    return more;
  }

  /// Cuts of loops that have to stay, or that are no digits of each other.
  void drop_impossible() {
    for (auto entry = cuts_.begin(); entry != cuts_.end();) {
      std::int64_t run = 1;
      bool possible = kept_.count(entry->first) == 0;
      for (const std::int64_t inner : entry->second) {
        possible = possible && inner % run == 0;
        run = inner;
      }
      entry = possible ? std::next(entry) : cuts_.erase(entry);
    }
  }

  Program& program_;
  std::vector<int> first_;   ///< loop of all that is a stage's first
  std::vector<int> parent_;  ///< union-find over loops
  std::vector<std::vector<Walk>> walks_;
  std::set<int> kept_;
  std::map<int, std::set<std::int64_t>> cuts_;  ///< by class: extents of what lies inside
};

}  // namespace

void cut_loop(Nest& stage, int d, std::int64_t inner) {
  const auto fresh = static_cast<int>(stage.dims.size());
  const auto cut = [&](Affine& affine) {
    const std::int64_t c = affine.coefficient(d);
    if (c == 0) return;
    affine.add(d, c * inner - c);
    affine.add(fresh, c);
  };
  stage.dims.push_back({inner, stage.dims[at(d)].reduce});
  stage.dims[at(d)].extent /= inner;
  const auto cut_access = [&](Access& access, bool keep_windows) {
    std::vector<Axis> axes;
    for (Axis& axis : access.axes) {
      const bool walked = axis.at.coefficient(d) != 0;
      cut(axis.at);
      if (walked) {
        split_digits(axis, stage.dims, keep_windows, axes);
      } else {
        axes.push_back(axis);
      }
    }
    access.axes = std::move(axes);
  };
  for (Access& load : stage.loads) cut_access(load, /*keep_windows=*/true);
  cut_access(stage.out, /*keep_windows=*/false);
  for (Expr& node : stage.nodes) cut(node.index);
}

void align_loops(Program& program, Chooser& chooser) {
  Alignment alignment(program);
  alignment.find_cuts();
  if (!alignment.any()) return;
  if (chooser.pick("reshape", {"aligned", "as_is"}) == "aligned") alignment.apply();
}

void cut_alike(Program& program, const std::vector<LoopCut>& cuts) {
  Alignment alignment(program);
  std::vector<LoopCut> alone;
  for (const LoopCut& cut : cuts) {
    if (!alignment.cut_alike(cut.stage, cut.loop, cut.inner)) alone.push_back(cut);
  }
  alignment.apply();
  for (const LoopCut& cut : alone) cut_loop(program.stages[at(cut.stage)], cut.loop, cut.inner);
}

}  // namespace coldforge::agent
