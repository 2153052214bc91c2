#include "agent/generator/plan/effort.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "agent/generator/plan/planner.h"

namespace coldforge::agent {
namespace {

using isa::Memory;
using isa::Unit;

// Weights, chosen on development tasks by how well they order the kernels of one task.

/// Short runs of memory: no burst of a load is worth less than so many beats, of a store.
constexpr double kLeastLoad = 12, kLeastStore = 3;
/// What an instruction waits before its first step, where the one before it must have ended.
constexpr double kLoadStart = 110, kStart = 30;
/// The scalar core's work for one instruction and for one operand of it.
constexpr double kIssue = 6, kOperand = 4;

class Estimate {
 public:
  Estimate(const GroupPlan& plan, const Program& program, const isa::Arch& arch)
      : plan_(plan), program_(program), arch_(arch) {}

  Effort run() const { return body(plan_.root); }

 private:
  double trips(int d) const {
    const auto tile = static_cast<double>(plan_.map.tile[static_cast<std::size_t>(d)]);
    return std::ceil(static_cast<double>(extent(d)) / tile);
  }
  std::int64_t extent(int d) const { return plan_.group.dims[static_cast<std::size_t>(d)].extent; }
  /// Elements of a loop in a tile, over all tiles on average.
  double share(int d) const { return static_cast<double>(extent(d)) / trips(d); }
  double number(const Extent& e) const {
    double n = static_cast<double>(e.constant);
    for (const int d : e.dims) n *= share(d);
    return n;
  }

  const isa::TileMemoryArch& memory(const Buffer& buffer) const {
    const isa::TileMemoryArch* all[] = {&arch_.vec, &arch_.left, &arch_.right, &arch_.acc};
    return *all[static_cast<int>(buffer.memory)];
  }
  const Buffer& buffer(const TileUse& use) const {
    return plan_.buffers[static_cast<std::size_t>(use.buffer)];
  }

  /// Lines that `width` elements of a tile's row lie on.
  double lines(const TileUse& use, double width) const {
    const Buffer& b = buffer(use);
    const auto line = static_cast<double>(memory(b).line_bytes);
    const auto bytes = static_cast<double>(size_bytes(b.type));
    const double cols = number(use.cols);
    const double row = use.dense ? cols : static_cast<double>(use.row_stride);
    const auto step = static_cast<double>(use.dense ? 1 : std::llabs(use.col_stride));
    if (step == 0 || cols <= 1) return 1;
    if (step > 1) return std::min(width, width * step * bytes / line + 1);
    const bool begins_on_line =
        std::fmod(row * bytes, line) == 0 &&
        std::fmod(static_cast<double>(use.offset_elems) * bytes, line) == 0 &&
        use.moving.terms.empty();
    if (begins_on_line) return std::ceil(width * bytes / line);
    return width * bytes / line + 1 - bytes / line;
  }

  static std::int64_t stride(const Access& access, int d) {
    std::int64_t sum = 0;
    for (const Axis& axis : access.axes) sum += axis.at.coefficient(d) * axis.stride;
    return sum;
  }

  struct Walk {
    double elements = 1, run = 1;  ///< all; that lie one after the other
  };
  Walk walk(const ViewUse& view) const {
    Walk walk;
    bool together = true;
    for (std::size_t i = view.levels.size(); i-- > 0;) {
      const int d = view.levels[i];
      const double n = share(d);
      bool bounded = false, inserted = false;
      for (const Axis& axis : view.access.axes) {
        if (axis.at.coefficient(d) == 0) continue;
        bounded = bounded || axis.bounded;
        inserted = inserted || axis.insertion != 1;
      }
      if (together && !inserted && static_cast<double>(stride(view.access, d)) == walk.run) {
        walk.run *= n;
        together = !bounded;
      } else if (n > 1) {
        together = false;
      }
      walk.elements *= n;
    }
    return walk;
  }

  /// Lines of a tile that `width` elements lie on, taken in the order of a view. One that was just
  /// read is not read again.
  double picked_lines(const ViewUse& view, double width) const {
    const auto line = static_cast<double>(arch_.vec.line_bytes);
    const auto bytes = static_cast<double>(size_bytes(view.type));
    double count = 1, lines = 1, reach = 1;
    for (std::size_t i = view.levels.size(); i-- > 0 && count < width;) {
      const double n = std::min(share(view.levels[i]), width / count);
      const auto step = static_cast<double>(std::llabs(stride(view.access, view.levels[i])));
      reach += step * (n - 1);
      lines = std::min(lines * n, reach * bytes / line + 1);
      count *= n;
    }
    return lines;
  }

  const TileUse* first_tile(const Step& step) const {
    for (const Argument& a : step.arguments) {
      if (a.kind == Argument::Kind::Tile) return &a.tile;
    }
    return nullptr;
  }

  void transfer(const Step& step, Effort& e) const {
    const auto view = std::find_if(step.arguments.begin(), step.arguments.end(),
                                   [](const auto& a) { return a.kind == Argument::Kind::View; });
    const TileUse* tile = first_tile(step);
    if (view == step.arguments.end() || tile == nullptr) return;
    const Walk w = walk(view->view);
    const int t = view->view.access.tensor;
    const ElementType type =
        t >= 0 ? program_.tensors[static_cast<std::size_t>(t)].type : view->view.type;
    const auto bytes = static_cast<double>(size_bytes(type));
    const auto beat = static_cast<double>(arch_.bus.beat_bytes);
    const double beats = (w.run * bytes + beat - bytes) / beat;
    const bool is_load = step.api->unit == Unit::Load;
    const double steps = std::max({beats, lines(*tile, w.run), is_load ? kLeastLoad : kLeastStore});
    const double runs = w.elements / w.run;
    e.steps[static_cast<std::size_t>(step.api->unit)] += runs * steps;
    e.bus += runs * std::ceil(beats);
  }

  void product(const Step& step, Effort& e) const {
    // sum (m x n), left (m x k), right (k x n)
    const TileUse &sum = step.arguments[0].tile, &left = step.arguments[1].tile,
                  &right = step.arguments[2].tile;
    const double m = number(sum.rows), n = number(sum.cols), k = number(left.cols);
    const auto side_k = static_cast<double>(arch_.matrix.rows),
               side_n = static_cast<double>(arch_.matrix.cols);
    const double row = std::max(lines(sum, std::min(n, side_n)), lines(left, std::min(k, side_k)));
    const double weights = std::min(k, side_k) * lines(right, std::min(n, side_n));
    e.steps[static_cast<std::size_t>(Unit::Matrix)] +=
        std::ceil(k / side_k) * std::ceil(n / side_n) * std::max(m * row, weights);
  }

  /// Beats of the move and the vector engine: up to `lanes` elements of a row, each as many steps
  /// as the operand on most lines.
  void beats(const Step& step, Effort& e) const {
    const bool by_view = std::any_of(step.arguments.begin(), step.arguments.end(),
                                     [](const auto& a) { return a.kind == Argument::Kind::View; });
    std::vector<const TileUse*> tiles;
    for (const Argument& a : step.arguments) {
      if (a.kind == Argument::Kind::Tile) tiles.push_back(&a.tile);
    }
    if (by_view) tiles.resize(1);  // the other is walked by the view, its own way
    double rows = 1, cols = 1;
    for (const TileUse* use : tiles) {
      rows = std::max(rows, number(use->rows));
      cols = std::max(cols, number(use->cols));
    }
    const auto lanes = static_cast<double>(arch_.vector.lanes);
    double& steps = e.steps[static_cast<std::size_t>(step.api->unit)];
    if (step.api->timing == "transpose" && !by_view) {
      steps += rows * cols / lanes * 2;  // read by rows, written by rows
      return;
    }
    const double width = std::min(cols, lanes);
    double most = std::max(1.0, static_cast<double>(step.api->sfu_operations) * lanes /
                                    static_cast<double>(arch_.vector.sfu_elems_per_cycle));
    for (const TileUse* use : tiles) most = std::max(most, lines(*use, width));
    for (const Argument& a : step.arguments) {
      if (a.kind == Argument::Kind::View) most = std::max(most, picked_lines(a.view, width));
    }
    steps += rows * std::ceil(cols / lanes) * most;
  }

  Effort effort(const Step& step) const {
    Effort e;
    e.steps[0] = kIssue + kOperand * static_cast<double>(step.arguments.size());
    const Unit unit = step.api->unit;
    if (unit == Unit::Load || unit == Unit::Store) {
      transfer(step, e);
    } else if (unit == Unit::Matrix) {
      product(step, e);
    } else {
      beats(step, e);
    }
    e.time = e.steps[static_cast<std::size_t>(unit)] + (unit == Unit::Load ? kLoadStart : kStart);
    return e;
  }

  Effort body(const Body& body) const {
    Effort one;  // iteration
    double loads = 0, rest = 0;
    for (const Item& item : body.items) {
      const Effort e = item.loop != nullptr ? this->body(*item.loop) : effort(*item.step);
      one += e;
      const bool is_load = item.step != nullptr && item.step->api->unit == Unit::Load;
      (is_load ? loads : rest) += e.time;
    }
    if (body.dim < 0) {
      one.time = std::max(loads + rest, longest(one));
      return one;
    }
    const bool in_turn =
        std::all_of(plan_.buffers.begin(), plan_.buffers.end(),
                    [&](const Buffer& b) { return b.body != body.id || !b.shared || b.depth > 1; });
    const double n = trips(body.dim);
    const double busiest = longest(one);
    double round = loads + rest;
    if (body.ahead > 0) round = in_turn ? busiest : std::max(loads, rest);
    round = std::max(round, busiest);
    Effort all;
    for (std::size_t u = 0; u < all.steps.size(); ++u) all.steps[u] = one.steps[u] * n;
    all.bus = one.bus * n;
    all.time = n * round + std::max(0.0, loads + rest - round);  // the first has nothing beside it
    return all;
  }

  static double longest(const Effort& e) {
    return std::max(e.bus, *std::max_element(e.steps.begin(), e.steps.end()));
  }

  const GroupPlan& plan_;
  const Program& program_;
  const isa::Arch& arch_;
};

}  // namespace

Effort& Effort::operator+=(const Effort& other) {
  for (std::size_t u = 0; u < steps.size(); ++u) steps[u] += other.steps[u];
  bus += other.bus;
  time += other.time;
  return *this;
}

Effort effort_of(const GroupPlan& plan, const Program& program, const isa::Arch& arch) {
  return Estimate(plan, program, arch).run();
}

}  // namespace coldforge::agent
