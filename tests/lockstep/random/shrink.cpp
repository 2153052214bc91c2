#include "tests/lockstep/random/shrink.h"

#include <algorithm>
#include <set>
#include <utility>

namespace coldforge::lockstep {
namespace {

class Shrinker {
 public:
  Shrinker(const Scenario& scenario, int tries, const std::function<bool(const Scenario&)>& fails)
      : best_(scenario), tries_(tries), fails_(fails) {}

  Scenario run() {
    for (bool smaller = true; smaller && tries_ > 0;) {
      smaller = drop();
      smaller |= make_plain();
      smaller |= make_small();
    }
    return std::move(best_);
  }

 private:
  bool keep(Scenario candidate) {
    if (tries_ <= 0) return false;
    --tries_;
    if (!fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  bool drop() {
    bool smaller = false;
    for (std::size_t group = std::max<std::size_t>(1, best_.ops.size() / 2);; group /= 2) {
      for (std::size_t end = best_.ops.size(); end > 0;) {
        const std::size_t begin = end > group ? end - group : 0;
        Scenario candidate = best_;
        candidate.ops.erase(candidate.ops.begin() + static_cast<std::ptrdiff_t>(begin),
                            candidate.ops.begin() + static_cast<std::ptrdiff_t>(end));
        smaller |= keep(std::move(candidate));
        end = begin;
      }
      if (group == 1) return smaller;
    }
  }

  bool make_plain() {
    bool smaller = false;
    const auto change = [&](auto&& edit) {
      Scenario candidate = best_;
      if (edit(candidate)) smaller |= keep(std::move(candidate));
    };
    change([](Scenario& s) { return std::exchange(s.handler, false); });
    change([](Scenario& s) { return std::exchange(s.drain, false); });
    change([](Scenario& s) { return std::exchange(s.burst, 1u) != 1; });
    for (std::size_t i = 0; i < best_.ops.size(); ++i) {
      if (best_.ops[i].kind != Op::Kind::Scalar) {
        change([i](Scenario& s) { return std::exchange(s.ops[i].style, 0u) != 0; });
      }
      while (best_.ops[i].count > 1 && best_.ops[i].kind != Op::Kind::Access && tries_ > 0) {
        Scenario candidate = best_;
        candidate.ops[i].count -= 1;
        if (!keep(std::move(candidate))) break;
        smaller = true;
      }
    }
    return smaller;
  }

  /// Equal extents of an instruction are equal for a reason: they shrink together, and with them
  /// the innermost level of its view.
  bool make_small() {
    bool smaller = false;
    for (std::size_t i = 0; i < best_.ops.size(); ++i) {
      if (best_.ops[i].kind != Op::Kind::Issue) continue;
      std::set<std::uint32_t> extents;
      for (const sim::TileDesc& tile : best_.ops[i].command.tile) {
        extents.insert(tile.rows);
        extents.insert(tile.cols);
      }
      for (const std::uint32_t extent : extents) {
        for (const std::uint32_t wanted : {1u, extent / 2, extent - 1}) {
          if (wanted == 0 || wanted >= extent) continue;
          if (keep(with_extent(i, extent, wanted))) {
            smaller = true;
            break;
          }
        }
      }
    }
    return smaller;
  }

  Scenario with_extent(std::size_t op, std::uint32_t extent, std::uint32_t wanted) const {
    Scenario candidate = best_;
    sim::Command& command = candidate.ops[op].command;
    std::uint32_t elements = 0;
    for (sim::TileDesc& tile : command.tile) {
      if (tile.rows == extent) tile.rows = wanted;
      if (tile.cols == extent) tile.cols = wanted;
      if (tile.rows != 0 && elements == 0) elements = tile.rows * tile.cols;
    }
    if (command.view.levels > 0) {
      std::uint32_t outer = 1;
      for (std::uint32_t l = 0; l + 1 < command.view.levels; ++l) {
        if (elements % (outer * command.view.level[l].extent) != 0)
          command.view.level[l].extent = 1;
        outer *= command.view.level[l].extent;
      }
      command.view.level[command.view.levels - 1].extent = std::max(1u, elements / outer);
    }
    return candidate;
  }

  Scenario best_;
  int tries_;
  const std::function<bool(const Scenario&)>& fails_;
};

}  // namespace

Scenario shrink(const Scenario& scenario, int tries,
                const std::function<bool(const Scenario&)>& fails) {
  return Shrinker(scenario, tries, fails).run();
}

}  // namespace coldforge::lockstep
