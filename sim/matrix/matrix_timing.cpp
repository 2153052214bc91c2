#include "sim/matrix/matrix_timing.h"

#include <algorithm>

namespace coldforge::sim {
namespace {

constexpr int kAcc = 0, kA = 1, kB = 2;  // operands

}  // namespace

MatrixTiming::MatrixTiming(const isa::Arch& arch)
    : rows_(arch.matrix.rows), cols_(arch.matrix.cols), geometry_(arch) {}

std::int64_t MatrixTiming::weight_lines(const TileDesc& weights, std::int64_t k,
                                        std::int64_t n) const {
  const std::int64_t height = std::min(rows_, weights.rows - k);
  const std::int64_t width = std::min(cols_, weights.cols - n);
  const LineGeometry& geometry = geometry_[weights.memory];
  if (rows_are_alike(weights, geometry)) {
    return height * count_lines(weights, geometry, k, n, width);
  }
  std::int64_t lines = 0;
  for (std::int64_t row = 0; row < height; ++row) {
    lines += count_lines(weights, geometry, k + row, n, width);
  }
  return lines;
}

void MatrixTiming::plan(const Command& command, std::int64_t start, std::int64_t stream_from,
                        MatrixSchedule& schedule, PortArbiter& arbiter) {
  const TileDesc& b = command.tile[kB];
  const bool accumulates = command.instruction->operands[kAcc].access == isa::Access::ReadWrite;
  const auto m_rows = static_cast<std::size_t>(command.tile[kA].rows);
  entered_.resize(m_rows * static_cast<std::size_t>(ceil_div(b.cols, cols_)));
  schedule.work.clear();
  schedule.done = 0;
  std::int64_t load = start;          // first cycle in which weights may be loaded
  std::int64_t stream = stream_from;  // first cycle in which a row may enter
  for (std::int64_t k = 0; k < b.rows; k += rows_) {
    for (std::int64_t n = 0; n < b.cols; n += cols_) {
      const std::int64_t loaded = load + weight_lines(b, k, n);
      schedule.work.push_back({load, loaded});
      const std::int64_t begin = std::max(loaded, stream);
      stream_block(command, k, n, accumulates || k > 0, begin, schedule, arbiter);
      stream = schedule.stream_free;
      load = std::max(loaded, schedule.weights_free);
    }
  }
}

void MatrixTiming::stream_block(const Command& command, std::int64_t k, std::int64_t n,
                                bool partial, std::int64_t begin, MatrixSchedule& schedule,
                                PortArbiter& arbiter) {
  const TileDesc& acc = command.tile[kAcc];
  const TileDesc& a = command.tile[kA];
  const LineGeometry& a_lines = geometry_[a.memory];
  const LineGeometry& acc_lines = geometry_[acc.memory];
  const std::int64_t depth_k = std::min<std::int64_t>(rows_, a.cols - k);
  const std::int64_t width = std::min<std::int64_t>(cols_, acc.cols - n);
  // Most tiles have rows of whole lines; only the others are counted row by row.
  const bool a_alike = rows_are_alike(a, a_lines), acc_alike = rows_are_alike(acc, acc_lines);
  std::int64_t a_count = count_lines(a, a_lines, 0, k, depth_k);
  std::int64_t acc_count = count_lines(acc, acc_lines, 0, n, width);
  std::int64_t* entered = &entered_[static_cast<std::size_t>(n / cols_) * a.rows];

  if (a_alike && acc_alike && (!partial || acc_count == 1)) {
    const std::int64_t cycles = std::max(a_count, acc_count);
    // With no row that waits for its partial sum, they enter without a gap.
    std::int64_t ready = begin;
    if (k > 0) {
      for (std::int64_t m = 0; m < a.rows; ++m) {
        ready = std::max(ready, entered[m] + depth() + 1 - m * cycles);
      }
    }
    if (ready == begin) {
      if (partial) ask_partial_sums(acc, n, begin, cycles, arbiter);
      for (std::int64_t m = 0; m < a.rows; ++m) entered[m] = begin + (m + 1) * cycles - 1;
      schedule.weights_free = begin;
      return end_block(begin, begin + a.rows * cycles, schedule);
    }
  }
  std::int64_t next = begin;  // first cycle in which the next row may enter
  std::int64_t span_begin = begin;
  for (std::int64_t m = 0; m < a.rows; ++m) {
    if (!a_alike) a_count = count_lines(a, a_lines, m, k, depth_k);
    if (!acc_alike) acc_count = count_lines(acc, acc_lines, m, n, width);
    std::int64_t first = next;
    if (k > 0) first = std::max(first, entered[m] + depth() + 1);
    if (first > next) {
      if (next > span_begin) schedule.work.push_back({span_begin, next});
      span_begin = first;
    }
    if (m == 0) schedule.weights_free = first;
    if (partial && acc_count == 1) {
      arbiter.ask_matrix(first, acc_lines.bank_bit(acc_lines.line_of(element_address(acc, m, n))));
    } else if (partial) {
      std::int64_t cycle = first;
      for_each_line(acc, acc_lines, m, n, width, [&](std::int64_t line) {
        arbiter.ask_matrix(cycle++, acc_lines.bank_bit(line));
      });
    }
    next = first + std::max(a_count, acc_count);
    entered[m] = next - 1;
  }
  end_block(span_begin, next, schedule);
}

void MatrixTiming::ask_partial_sums(const TileDesc& acc, std::int64_t n, std::int64_t begin,
                                    std::int64_t cycles, PortArbiter& arbiter) const {
  const LineGeometry& lines = geometry_[acc.memory];
  const auto banks = [&](std::int64_t m) {
    return lines.bank_bit(lines.line_of(element_address(acc, m, n)));
  };
  if (cycles == 1 && acc.rows > 1 && banks(0) == banks(1)) {  // one column of banks
    return arbiter.ask_matrix_run(begin, acc.rows, banks(0));
  }
  for (std::int64_t m = 0; m < acc.rows; ++m) arbiter.ask_matrix(begin + m * cycles, banks(m));
}

void MatrixTiming::end_block(std::int64_t span_begin, std::int64_t next,
                             MatrixSchedule& schedule) const {
  schedule.work.push_back({span_begin, next});
  schedule.stream_free = next;
  schedule.done = std::max(schedule.done, next - 1 + depth() + 1);
}

}  // namespace coldforge::sim
