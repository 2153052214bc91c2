#include <algorithm>

#include "agent/generator/plan/planner.h"

namespace coldforge::agent {
namespace {

/// More instructions for one tile than these are no plan.
constexpr std::int64_t kMostPieces = 32;

/// How many loops of a side go one index at a time: its outermost and its innermost ones.
struct Taken {
  std::size_t outer = 0, inner = 0;
};

std::vector<int> middle(const std::vector<int>& dims, const Taken& taken) {
  return {dims.begin() + static_cast<std::ptrdiff_t>(taken.outer),
          dims.end() - static_cast<std::ptrdiff_t>(taken.inner)};
}

}  // namespace

std::vector<Piece> Planner::pieces(const Access& access, int buffer, const std::vector<int>& rows,
                                   const std::vector<int>& cols) {
  const auto levels_of = [&](const std::vector<int>& r, const std::vector<int>& c) {
    std::vector<int> loops = r;
    loops.insert(loops.end(), c.begin(), c.end());
    return view_levels(plan_.map, access, loops);
  };
  const auto has_tail = [&](int d) { return plan_.map.tail(plan_.group, d); };
  const std::int64_t pitch = plan_.buffers[static_cast<std::size_t>(buffer)].pitch;
  const bool steady = pitch > 0 || std::none_of(cols.begin(), cols.end(), has_tail);

  // The fewest pieces whose views have no more levels than a register.
  Taken best_rows, best_cols;
  std::int64_t fewest = kMostPieces + 1;
  const auto count = [&](const std::vector<int>& dims, const Taken& taken) -> std::int64_t {
    // Whole tiles only: where a piece lies must not depend on the last tile's size.
    std::int64_t product = 1;
    for (std::size_t i = 0; i < dims.size(); ++i) {
      const bool is_outer = i < taken.outer, is_inner = i >= dims.size() - taken.inner;
      if ((is_outer || is_inner || (taken.outer > 0 && i > 0)) && has_tail(dims[i])) return 0;
      if (is_outer || is_inner) product *= plan_.map.tile[static_cast<std::size_t>(dims[i])];
    }
    return product;
  };
  const auto each = [&](const std::vector<int>& dims, const auto& visit) {
    for (std::size_t outer = 0; outer <= dims.size(); ++outer) {
      for (std::size_t inner = 0; outer + inner <= dims.size(); ++inner) {
        const Taken taken{outer, inner};
        const std::int64_t n = count(dims, taken);
        if (n > 0 && n < fewest) visit(taken, n);
      }
    }
  };
  each(rows, [&](const Taken& r, std::int64_t row_pieces) {
    each(cols, [&](const Taken& c, std::int64_t col_pieces) {
      const std::int64_t n = row_pieces * col_pieces;
      if (n >= fewest || (n > 1 && !steady)) return;
      if (levels_of(middle(rows, r), middle(cols, c)) > kViewLevels) return;
      fewest = n;
      best_rows = r;
      best_cols = c;
    });
  });
  if (fewest > kMostPieces) {
    fail("a view of " + std::to_string(levels_of(rows, cols)) + " levels");
    return {};
  }

  Piece whole{access, tile(buffer, rows, cols), rows, cols};
  if (fewest == 1) return {whole};
  const std::int64_t row = pitch > 0 ? pitch : most(cols);
  whole.rows = middle(rows, best_rows);
  whole.cols = middle(cols, best_cols);
  whole.tile = tile(buffer, whole.rows, whole.cols);
  TileUse& use = whole.tile.tile;
  use.dense = false;
  const auto inner_product = [&](const std::vector<int>& dims, std::size_t from) {
    return most({dims.begin() + static_cast<std::ptrdiff_t>(from), dims.end()});
  };
  use.row_stride = row * inner_product(rows, rows.size() - best_rows.inner);
  use.col_stride = inner_product(cols, cols.size() - best_cols.inner);
  std::vector<Piece> all = {whole};
  // Each loop that is taken out multiplies the pieces.
  const auto take_out = [&](const std::vector<int>& dims, std::size_t i, std::int64_t unit) {
    const int d = dims[i];
    const std::int64_t step = unit * inner_product(dims, i + 1);
    std::vector<Piece> more;
    for (const Piece& piece : all) {
      for (std::int64_t index = 0; index < plan_.map.tile[static_cast<std::size_t>(d)]; ++index) {
        Piece next = piece;
        next.tile.tile.offset_elems += index * step;
        for (Axis& axis : next.access.axes) axis.at.offset += index * axis.at.coefficient(d);
        more.push_back(std::move(next));
      }
    }
    all = std::move(more);
  };
  const auto take_out_all = [&](const std::vector<int>& dims, const Taken& taken,
                                std::int64_t unit) {
    for (std::size_t i = 0; i < dims.size(); ++i) {
      if (i < taken.outer || i >= dims.size() - taken.inner) take_out(dims, i, unit);
    }
  };
  take_out_all(rows, best_rows, row);
  take_out_all(cols, best_cols, 1);
  return all;
}

}  // namespace coldforge::agent
