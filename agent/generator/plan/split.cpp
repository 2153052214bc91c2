#include "agent/generator/plan/split.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "agent/generator/plan/align.h"
#include "agent/generator/plan/group.h"
#include "agent/generator/plan/mapping.h"

namespace coldforge::agent {
namespace {

constexpr std::size_t kMostParts = 3;

bool can_split(const Nest& stage) {
  static const char* kOps[] = {"add", "max", "min", "mul"};
  const bool joins = std::any_of(std::begin(kOps), std::end(kOps),
                                 [&](const char* o) { return stage.reduce == o; });
  return joins && !stage.scan && !is_contraction(stage);
}

std::size_t at(int d) { return static_cast<std::size_t>(d); }

/// Loops that are summed over and are no steps of a window, outermost first as the tensor that
/// walks most of them has them in memory.
std::vector<int> summed_loops(const Nest& stage) {
  const std::vector<int> taps = tap_dims(stage);
  std::vector<int> loops;
  for (int d = 0; d < static_cast<int>(stage.dims.size()); ++d) {
    if (stage.dims[at(d)].reduce && std::find(taps.begin(), taps.end(), d) == taps.end())
      loops.push_back(d);
  }
  const auto stride = [&](int d) {
    std::int64_t most = 0;
    for (const Access& load : stage.loads) {
      for (const Axis& axis : load.axes)
        most = std::max<std::int64_t>(most, std::abs(axis.at.coefficient(d) * axis.stride));
    }
    return most;
  };
  std::stable_sort(loops.begin(), loops.end(), [&](int a, int b) { return stride(a) > stride(b); });
  return loops;
}

/// Elements: several tiles of whole rows lie beside each other.
std::int64_t longest_row(const isa::Arch& arch) { return arch.vec.size_bytes / 4 / 16; }

/// The largest divisor up to `limit`.
std::int64_t divisor(std::int64_t extent, std::int64_t limit) {
  for (std::int64_t d = std::min(extent, limit); d > 1; --d) {
    if (extent % d == 0) return d;
  }
  return 1;
}

/// Channels of a group and groups of channels are loops of their own: a contraction has no use for
/// them as windows.
void part_groups(Nest& stage) {
  for (Access& load : stage.loads) {
    std::vector<Axis> axes;
    for (const Axis& axis : load.axes) split_digits(axis, stage.dims, /*keep_windows=*/false, axes);
    load.axes = std::move(axes);
  }
}

/// Parts of one reduction.
class Splitter {
 public:
  Splitter(Program& program, const Nest& stage) : program_(program), whole_(stage) {
    for (int d = 0; d < static_cast<int>(stage.dims.size()); ++d) loops_.push_back(d);
  }

  /// `parts`: loops of the whole stage that each part sums over.
  std::vector<Nest> run(const std::vector<std::vector<int>>& parts) {
    const std::vector<int> taps = tap_dims(whole_);
    std::vector<Nest> result;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      Nest part = p == 0 ? whole_ : continuation();
      std::set<int> summed(parts[p].begin(), parts[p].end());
      if (p == 0) {
        for (const int d : taps) {
          if (whole_.dims[at(d)].reduce) summed.insert(d);
        }
      }
      for (std::size_t i = 0; i < loops_.size(); ++i)
        part.dims[i].reduce = summed.count(loops_[i]) != 0;
      std::vector<int> left;
      for (const int d : loops_) {
        if (summed.count(d) == 0) left.push_back(d);
      }
      if (p + 1 < parts.size()) {
        part.label = whole_.label + "_part";
        part.out = partial_result(part);
      } else {
        part.label = whole_.label;
        part.out = final_result();
      }
      loops_ = std::move(left);
      result.push_back(std::move(part));
    }
    return result;
  }

 private:
  /// Reads what the part before wrote: `written_`, over the loops that are left.
  Nest continuation() const {
    Nest part;
    part.role = whole_.role;
    part.reduce = whole_.reduce;
    Access load = written_;
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      part.dims.push_back({whole_.dims[at(loops_[i])].extent, false});
      load.axes[i].at = {};
      load.axes[i].at.add(static_cast<int>(i), 1);
    }
    part.loads.push_back(load);
    Expr node;
    node.kind = Expr::Kind::Load;
    node.load = 0;
    part.nodes.push_back(node);
    return part;
  }

  /// A new tensor with an axis for each loop that the part does not sum over.
  Access partial_result(const Nest& part) {
    TensorInfo info;
    info.name = part.label;
    info.type = ElementType::Fp32;
    const TensorInfo& last = program_.tensors[at(whole_.out.tensor)];
    info.integer = last.integer;
    if (info.integer) info.type = ElementType::Int32;
    Access out;
    out.tensor = static_cast<int>(program_.tensors.size());
    for (std::size_t i = 0; i < part.dims.size(); ++i) {
      if (part.dims[i].reduce) continue;
      info.shape.push_back(part.dims[i].extent);
      Axis axis;
      axis.size = part.dims[i].extent;
      axis.at.add(static_cast<int>(i), 1);
      out.axes.push_back(axis);
    }
    std::int64_t run = 1;
    for (std::size_t a = out.axes.size(); a-- > 0;) {
      out.axes[a].stride = run;
      run *= out.axes[a].size;
    }
    program_.tensors.push_back(info);
    written_ = out;
    return out;
  }

  /// Where the whole stage writes, by the loops of the last part.
  Access final_result() const {
    Access out = whole_.out;
    for (Axis& axis : out.axes) {
      Affine place;
      place.offset = axis.at.offset;
      for (std::size_t i = 0; i < loops_.size(); ++i)
        place.add(static_cast<int>(i), axis.at.coefficient(loops_[i]));
      axis.at = place;
    }
    return out;
  }

  Program& program_;
  const Nest& whole_;
  std::vector<int> loops_;  ///< of the whole stage, those that are left, by loop of the next part
  Access written_;
};

}  // namespace

void cut_long_loops(Program& program, const isa::Arch& arch) {
  const std::int64_t longest = longest_row(arch);
  std::vector<LoopCut> cuts;
  for (std::size_t s = 0; s < program.stages.size(); ++s) {
    const Nest& stage = program.stages[s];
    if (!can_split(stage)) continue;
    for (const int d : summed_loops(stage)) {
      const std::int64_t extent = stage.dims[at(d)].extent;
      const std::int64_t inner = extent > longest ? divisor(extent, longest) : 1;
      if (inner > 1) cuts.push_back({static_cast<int>(s), d, inner});
    }
  }
  cut_alike(program, cuts);
}

void split_reductions(Program& program, Chooser& chooser, const isa::Arch& arch) {
  const std::int64_t longest = longest_row(arch);
  std::vector<Nest> stages;
  const std::vector<Nest> before = std::move(program.stages);
  for (const Nest& stage : before) {
    if (!can_split(stage)) {
      stages.push_back(stage);
      if (is_contraction(stage)) part_groups(stages.back());
      continue;
    }
    const std::vector<int> loops = summed_loops(stage);
    std::int64_t elements = 1;
    for (const int d : loops) elements *= stage.dims[at(d)].extent;
    std::vector<std::string> domain;
    for (std::size_t p = 1; p <= std::min(loops.size(), kMostParts); ++p) {
      if (p == 1 && elements > 4 * longest && loops.size() > 1) continue;  // never fits
      domain.push_back(std::to_string(p));
    }
    const std::size_t count =
        domain.empty()
            ? 1
            : static_cast<std::size_t>(
                  chooser.pick("reduce.parts", domain, "extent:" + extent_class(elements))[0] -
                  '0');
    if (count == 1) {
      stages.push_back(stage);
      continue;
    }
    std::vector<std::vector<int>> parts;
    parts.emplace_back(loops.begin() + static_cast<std::ptrdiff_t>(count) - 1, loops.end());
    for (std::size_t i = count - 1; i-- > 0;) parts.push_back({loops[i]});
    for (Nest& part : Splitter(program, stage).run(parts)) stages.push_back(std::move(part));
  }
  program.stages = std::move(stages);
}

}  // namespace coldforge::agent
