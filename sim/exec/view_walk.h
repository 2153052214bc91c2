#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/exec/command.h"

namespace coldforge::sim {

/// Elements of a view that follow each other: all valid and at adjacent addresses, or all invalid.
struct ViewRun {
  std::int64_t first = 0;  ///< number of the first element, in the order of the view
  std::int64_t count = 0;
  bool valid = false;
  std::int64_t address = 0;  ///< bytes, of the first element; not reduced to 32 bits
};

/// Walks a view's elements in order and gathers them into runs that are as long as can be, whatever
/// levels they span.
class ViewWalk {
 public:
  ViewWalk(const ViewDesc& view, std::int64_t element_bytes) : view_(view), bytes_(element_bytes) {}

  /// Calls f(run) for each maximal run.
  template <typename F>
  void for_each_run(F&& f) {
    run_ = {};
    if (view_.levels == 0) {
      add(1, true, view_.base, f);
    } else {
      walk_rows(f);
    }
    if (run_.count > 0) f(run_);
  }

 private:
  /// What the levels above the innermost one make of a row.
  struct Row {
    bool valid = true;
    std::int64_t address = 0;
    std::int64_t coordinate = 0;  ///< of the innermost level's axis, at index 0
  };

  Row row_at(const std::uint32_t* index) const {
    const std::uint32_t inner = view_.levels - 1;
    const std::uint32_t inner_axis = view_.level[inner].axis;
    std::int64_t coordinate[ViewDesc::kMaxLevels];
    bool used[ViewDesc::kMaxLevels] = {};
    for (int a = 0; a < ViewDesc::kMaxLevels; ++a) coordinate[a] = -std::int64_t{view_.axis[a].low};
    for (std::uint32_t l = 0; l < inner; ++l) {
      const ViewDesc::Level& level = view_.level[l];
      coordinate[level.axis] += std::int64_t{level.step} * index[l];
      used[level.axis] = true;
    }
    Row row;
    row.address = view_.base;
    row.coordinate = coordinate[inner_axis];
    for (std::uint32_t a = 0; a < ViewDesc::kMaxLevels; ++a) {
      if (!used[a] || a == inner_axis) continue;
      row.valid = row.valid && valid(view_.axis[a], coordinate[a]);
      row.address += bytes_ * (coordinate[a] / view_.axis[a].insertion) * view_.axis[a].stride;
    }
    return row;
  }

  static bool valid(const ViewDesc::Axis& axis, std::int64_t coordinate) {
    return coordinate >= 0 && coordinate % axis.insertion == 0 &&
           (coordinate / axis.insertion < axis.size || axis.size == ViewDesc::kUnbounded);
  }

  template <typename F>
  void walk_rows(F& f) {
    const std::uint32_t inner = view_.levels - 1;
    for (std::uint32_t l = 0; l <= inner; ++l) {
      if (view_.level[l].extent == 0) return;
    }
    std::uint32_t index[ViewDesc::kMaxLevels] = {};
    for (;;) {
      add_row(row_at(index), f);
      std::uint32_t l = inner;
      while (l > 0 && ++index[l - 1] == view_.level[l - 1].extent) index[--l] = 0;
      if (l == 0) return;
    }
  }

  template <typename F>
  void add_row(const Row& row, F& f) {
    const ViewDesc::Level& level = view_.level[view_.levels - 1];
    const ViewDesc::Axis& axis = view_.axis[level.axis];
    const std::int64_t extent = level.extent;
    if (!row.valid) return add(extent, false, 0, f);
    if (axis.insertion != 1) {
      for (std::int64_t i = 0; i < extent; ++i) {
        const std::int64_t c = row.coordinate + i * level.step;
        add(1, valid(axis, c), row.address + bytes_ * (c / axis.insertion) * axis.stride, f);
      }
      return;
    }
    // Valid are the indices in [low, high): 0 <= coordinate + step * i < size.
    std::int64_t low = 0, high = extent;
    const std::int64_t size =
        axis.size == ViewDesc::kUnbounded ? std::int64_t{1} << 62 : std::int64_t{axis.size};
    const std::int64_t c = row.coordinate;
    if (level.step > 0) {
      low = ceil_quotient(-c, level.step);
      high = ceil_quotient(size - c, level.step);
    } else if (level.step < 0) {
      low = ceil_quotient(c - size + 1, -std::int64_t{level.step});
      high = ceil_quotient(c + 1, -std::int64_t{level.step});
    } else if (c < 0 || c >= size) {
      high = 0;
    }
    low = std::clamp<std::int64_t>(low, 0, extent);
    high = std::clamp<std::int64_t>(high, low, extent);
    const std::int64_t pitch = bytes_ * level.step * axis.stride;
    const std::int64_t start = row.address + bytes_ * c * axis.stride;
    if (low > 0) add(low, false, 0, f);
    if (pitch == bytes_) {
      if (high > low) add(high - low, true, start + low * pitch, f);
    } else {
      for (std::int64_t i = low; i < high; ++i) add(1, true, start + i * pitch, f);
    }
    if (extent > high) add(extent - high, false, 0, f);
  }

  static std::int64_t ceil_quotient(std::int64_t a, std::int64_t b) {
    return a > 0 ? (a + b - 1) / b : -(-a / b);
  }

  template <typename F>
  void add(std::int64_t count, bool is_valid, std::int64_t address, F& f) {
    const bool joins = run_.count > 0 && run_.valid == is_valid &&
                       (!is_valid || address == run_.address + run_.count * bytes_);
    if (joins) {
      run_.count += count;
      return;
    }
    if (run_.count > 0) f(run_);
    run_ = {run_.first + run_.count, count, is_valid, address};
  }

  const ViewDesc& view_;
  const std::int64_t bytes_;
  ViewRun run_;
};

}  // namespace coldforge::sim
