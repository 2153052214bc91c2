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
  std::uint32_t address = 0;  ///< bytes, of the first element
};

/// Walks a view's elements in order and gathers them into runs, which may span any levels but end
/// with the fourth row that they touch. Addresses count modulo 2^32.
///
/// The view is walked in normal form: a level is *free* if nothing else moves its axis, insertion
/// is 1, and all its coordinates lie within bounds; adjacent free levels are one if they nest
/// (pitch of the outer = extent of the inner * pitch of the inner). A *row* is a pass of the
/// innermost level that is left. Source: sim/README.md, "Runs and bursts".
class ViewWalk {
 public:
  ViewWalk(const ViewDesc& view, std::int64_t element_bytes)
      : view_(view), bytes_(static_cast<std::uint64_t>(element_bytes)), base_(view.base) {
    for (std::uint32_t l = 0; l < view.levels; ++l) add_level(view.level[l]);
    if (levels_ == 0) {  // one element
      level_[levels_++] = {1, bytes_, true, 0, 0};
    }
  }

  /// Calls f(run) for each run.
  template <typename F>
  void for_each_run(F&& f) {
    run_ = {};
    row_ = 0;
    walk_rows(f);
    if (run_.count > 0) f(run_);
  }

 private:
  static constexpr std::int64_t kRowsOfRun = 4;
  static constexpr std::int64_t kScannedElements = 8;  ///< see add_inserted

  struct Level {
    std::int64_t extent = 1;
    std::uint64_t pitch = 0;  ///< bytes from one index to the next, modulo 2^64; if it is free
    bool is_free = false;
    std::uint32_t axis = 0;  ///< if it is not
    std::int64_t step = 0;
  };
  /// What the levels above the innermost one make of a row.
  struct Row {
    bool valid = true;
    std::uint64_t address = 0;
    std::int64_t coordinate = 0;  ///< of the innermost level's axis, at index 0; if it is not free
  };

  void add_level(const ViewDesc::Level& given) {
    const ViewDesc::Axis& axis = view_.axis[given.axis];
    Level level;
    level.extent = given.extent;
    level.axis = given.axis;
    level.step = given.step;
    level.pitch = bytes_ * product(given.step, axis.stride);
    level.is_free = is_free(given);
    if (level.is_free) base_ -= bytes_ * product(axis.low, axis.stride);
    Level* outer = levels_ > 0 ? &level_[levels_ - 1] : nullptr;
    if (outer != nullptr && outer->is_free && level.is_free &&
        outer->pitch == static_cast<std::uint64_t>(level.extent) * level.pitch) {
      outer->extent *= level.extent;
      outer->pitch = level.pitch;
      return;
    }
    level_[levels_++] = level;
  }

  bool is_free(const ViewDesc::Level& level) const {
    const auto moves = std::count_if(
        view_.level, view_.level + view_.levels,
        [&](const ViewDesc::Level& candidate) { return candidate.axis == level.axis; });
    const ViewDesc::Axis& axis = view_.axis[level.axis];
    if (moves != 1 || axis.insertion != 1 || level.extent == 0) return false;
    const std::int64_t first = -std::int64_t{axis.low};
    const std::int64_t last = first + std::int64_t{level.step} * (std::int64_t{level.extent} - 1);
    return std::min(first, last) >= 0 &&
           (axis.size == ViewDesc::kUnbounded || std::max(first, last) < axis.size);
  }

  static std::uint64_t product(std::int64_t a, std::int64_t b) {
    return static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b);
  }

  Row row_at(const std::uint32_t* index) const {
    const Level& inner = level_[levels_ - 1];
    std::int64_t coordinate[ViewDesc::kMaxLevels];
    bool used[ViewDesc::kMaxLevels] = {};
    for (int a = 0; a < ViewDesc::kMaxLevels; ++a) coordinate[a] = -std::int64_t{view_.axis[a].low};
    Row row;
    row.address = base_;
    for (std::uint32_t l = 0; l + 1 < levels_; ++l) {
      const Level& level = level_[l];
      if (level.is_free) {
        row.address += level.pitch * index[l];
        continue;
      }
      coordinate[level.axis] += level.step * index[l];
      used[level.axis] = true;
    }
    row.coordinate = coordinate[inner.axis];
    for (std::uint32_t a = 0; a < ViewDesc::kMaxLevels; ++a) {
      if (!used[a] || (a == inner.axis && !inner.is_free)) continue;
      row.valid = row.valid && valid(view_.axis[a], coordinate[a]);
      row.address += address_of(view_.axis[a], coordinate[a]);
    }
    return row;
  }

  static bool valid(const ViewDesc::Axis& axis, std::int64_t coordinate) {
    return coordinate >= 0 && coordinate % axis.insertion == 0 &&
           (coordinate / axis.insertion < axis.size || axis.size == ViewDesc::kUnbounded);
  }
  std::uint64_t address_of(const ViewDesc::Axis& axis, std::int64_t coordinate) const {
    return bytes_ * product(coordinate / axis.insertion, axis.stride);
  }

  template <typename F>
  void walk_rows(F& f) {
    const std::uint32_t inner = levels_ - 1;
    for (std::uint32_t l = 0; l <= inner; ++l) {
      if (level_[l].extent == 0) return;
    }
    std::uint32_t index[ViewDesc::kMaxLevels] = {};
    for (;; ++row_) {
      add_row(row_at(index), f);
      std::uint32_t l = inner;
      while (l > 0 && ++index[l - 1] == level_[l - 1].extent) index[--l] = 0;
      if (l == 0) return;
    }
  }

  template <typename F>
  void add_row(const Row& row, F& f) {
    const Level& level = level_[levels_ - 1];
    const std::int64_t extent = level.extent;
    if (!row.valid) return add(extent, false, 0, f);
    if (level.is_free) return add_valid(extent, row.address, level.pitch, f);
    const ViewDesc::Axis& axis = view_.axis[level.axis];
    if (axis.insertion != 1) return add_inserted(row, f);
    // Valid are the indices in [low, high): 0 <= coordinate + step * i < size.
    std::int64_t low = 0, high = extent;
    const std::int64_t size =
        axis.size == ViewDesc::kUnbounded ? std::int64_t{1} << 62 : std::int64_t{axis.size};
    const std::int64_t c = row.coordinate;
    if (level.step > 0) {
      low = ceil_quotient(-c, level.step);
      high = ceil_quotient(size - c, level.step);
    } else if (level.step < 0) {
      low = ceil_quotient(c - size + 1, -level.step);
      high = ceil_quotient(c + 1, -level.step);
    } else if (c < 0 || c >= size) {
      high = 0;
    }
    low = std::clamp<std::int64_t>(low, 0, extent);
    high = std::clamp<std::int64_t>(high, low, extent);
    if (low > 0) add(low, false, 0, f);
    if (high > low) {
      add_valid(high - low,
                row.address + address_of(axis, c) + static_cast<std::uint64_t>(low) * level.pitch,
                level.pitch, f);
    }
    if (extent > high) add(extent - high, false, 0, f);
  }

  /// A row with zeros between its elements. If the step is no multiple of the insertion, hardware
  /// looks for the next change element by element, and no further than it can in a cycle.
  template <typename F>
  void add_inserted(const Row& row, F& f) {
    const Level& level = level_[levels_ - 1];
    const ViewDesc::Axis& axis = view_.axis[level.axis];
    const bool is_scanned = level.step % axis.insertion != 0;
    std::int64_t alike = 0;
    bool before = false;
    for (std::int64_t i = 0; i < level.extent; ++i) {
      const std::int64_t c = row.coordinate + i * level.step;
      const bool is_valid = valid(axis, c);
      alike = is_valid == before ? alike + 1 : 1;
      before = is_valid;
      add(1, is_valid, row.address + address_of(axis, c), f);
      if (is_scanned && alike == kScannedElements && i + 1 < level.extent) {
        end_run(f);
        alike = 0;
      }
    }
  }

  template <typename F>
  void end_run(F& f) {
    f(run_);
    run_ = {run_.first + run_.count, 0, run_.valid, 0};
  }

  static std::int64_t ceil_quotient(std::int64_t a, std::int64_t b) {
    return a > 0 ? (a + b - 1) / b : -(-a / b);
  }

  template <typename F>
  void add_valid(std::int64_t count, std::uint64_t address, std::uint64_t pitch, F& f) {
    if (static_cast<std::uint32_t>(pitch) == bytes_) return add(count, true, address, f);
    for (std::int64_t i = 0; i < count; ++i, address += pitch) add(1, true, address, f);
  }

  /// Elements of the present row.
  template <typename F>
  void add(std::int64_t count, bool is_valid, std::uint64_t address, F& f) {
    const auto at = static_cast<std::uint32_t>(address);
    const auto behind_run =
        run_.address + static_cast<std::uint32_t>(static_cast<std::uint64_t>(run_.count) * bytes_);
    if (run_.count > 0 && run_.valid == is_valid && (!is_valid || at == behind_run) &&
        row_ < run_row_ + kRowsOfRun) {
      run_.count += count;
      return;
    }
    if (run_.count > 0) f(run_);
    run_ = {run_.first + run_.count, count, is_valid, at};
    run_row_ = row_;
  }

  const ViewDesc& view_;
  const std::uint64_t bytes_;  ///< of an element
  std::uint64_t base_;         ///< address of index 0 of all free levels, of coordinate 0 of others
  Level level_[ViewDesc::kMaxLevels];
  std::uint32_t levels_ = 0;
  ViewRun run_;
  std::int64_t row_ = 0, run_row_ = 0;  ///< number of the present row, and of the run's first
};

}  // namespace coldforge::sim
