#include "sim/vector/beat_timing.h"

#include <algorithm>
#include <cstring>

#include "sim/exec/view_walk.h"

namespace coldforge::sim {

BeatTiming::BeatTiming(const isa::Arch& arch, const TileMemories& memories)
    : lanes_(arch.vector.lanes),
      geometry_(arch),
      memories_(memories),
      reads_(kMostTiles),
      writes_(kMostTiles) {}

void BeatTiming::plan(const Command& command, const Plan& plan, BeatSchedule& schedule) {
  begin(command, plan, schedule);
  switch (plan.shape) {
    case Plan::Shape::Rows:
      plan_rows();
      break;
    case Plan::Shape::Columns:
      plan_columns();
      break;
    case Plan::Shape::Transpose:
      plan_transpose();
      break;
    case Plan::Shape::Gather:
      plan_gather();
      break;
    case Plan::Shape::View:
      plan_view();
      break;
    case Plan::Shape::Get:
      plan_get();
      break;
  }
  schedule.fetch_steps = step_;
}

void BeatTiming::begin(const Command& command, const Plan& plan, BeatSchedule& schedule) {
  command_ = &command;
  plan_ = &plan;
  schedule_ = &schedule;
  std::vector<BeatSchedule::Ask> asks = std::move(schedule.asks);
  asks.clear();
  schedule = {};
  schedule.asks = std::move(asks);
  const Space space = space_of(command, plan);
  latency_ = space.latency;
  rows_ = space.rows;
  cols_ = space.cols;
  step_ = 0;
  write_before_ = 0;
  written_ = false;
  schedule.elements = rows_ * cols_;
}

BeatTiming::Space BeatTiming::space_of(const Command& command, const Plan& plan) {
  Space space;
  bool converts = false;
  const ElementType written =
      plan.results.empty() ? ElementType::Fp32 : command.tile[plan.results[0]].type;
  const auto extend = [&](const TileDesc& tile) {
    space.rows = std::max<std::int64_t>(space.rows, tile.rows);
    space.cols = std::max<std::int64_t>(space.cols, tile.cols);
  };
  for (const int source : plan.sources) {
    extend(command.tile[source]);
    converts = converts || command.tile[source].type != written;
  }
  for (const int result : plan.results) extend(command.tile[result]);
  space.latency = plan.latency;
  if (command.instruction->unit == isa::Unit::Move && converts) ++space.latency;
  return space;
}

std::int64_t BeatTiming::earliest_write(const Command& command, const Plan& plan) const {
  const Space space = space_of(command, plan);
  const auto all_are = [&](Plan::Write when) {
    return !plan.writes.empty() &&
           std::all_of(plan.writes.begin(), plan.writes.end(),
                       [&](Plan::Write candidate) { return candidate == when; });
  };
  std::int64_t beats = 1;
  if (all_are(Plan::Write::RowEnd)) beats = (space.cols + lanes_ - 1) / lanes_;
  if (all_are(Plan::Write::ColumnEnd)) beats = space.rows;
  return beats * std::max<std::int64_t>(1, plan.sfu_cycles) - 1 + space.latency;
}

void BeatTiming::add_line(Lines& list, PortSide side, const LineGeometry& geometry,
                          std::int64_t line) {
  list.push_back({side, static_cast<std::uint8_t>(geometry.bank_of(line)), line});
}

void BeatTiming::add_operand(Lines& list, int operand, bool write, std::int64_t row,
                             std::int64_t col, std::int64_t count) {
  const TileDesc& tile = command_->tile[operand];
  if (tile.rows == 1) row = 0;  // a broadcast source, or the row of a column reduction
  if (tile.cols == 1) {
    col = 0;
    count = 1;
  }
  const PortSide side = port_side(tile.memory, write);
  const LineGeometry& geometry = geometry_[tile.memory];
  for_each_line(tile, geometry, row, col, count,
                [&](std::int64_t line) { add_line(list, side, geometry, line); });
}

std::int64_t BeatTiming::ask_rounds(const std::vector<Lines>& lists, std::size_t used,
                                    std::int64_t first) {
  std::size_t longest = 0;
  for (std::size_t i = 0; i < used; ++i) longest = std::max(longest, lists[i].size());
  std::int64_t steps = 0;
  for (std::size_t j = 0; j < longest; ++j) {
    std::int64_t round = 0;
    for (std::size_t i = 0; i < used; ++i) {
      if (j >= lists[i].size()) continue;
      const Line& line = lists[i][j];
      // Distinct lines of one bank follow each other in the order of operands; a line that was
      // asked for serves all.
      std::int64_t place = 0;
      bool shared = false;
      for (std::size_t k = 0; k < i; ++k) {
        if (j >= lists[k].size()) continue;
        const Line& earlier = lists[k][j];
        if (earlier.side != line.side || earlier.bank != line.bank) continue;
        shared = shared || earlier.line == line.line;
        bool counted = false;
        for (std::size_t m = 0; m < k; ++m) {
          counted = counted || (j < lists[m].size() && lists[m][j].side == earlier.side &&
                                lists[m][j].line == earlier.line);
        }
        place += counted ? 0 : 1;
      }
      if (shared) continue;
      round = std::max(round, place + 1);
      schedule_->asks.push_back({static_cast<std::int32_t>(first + steps + place), line.side,
                                 std::uint64_t{1} << line.bank});
    }
    steps += round;
  }
  return steps;
}

void BeatTiming::end_beat(std::int64_t fetch, std::size_t used) {
  step_ += std::max({std::int64_t{1}, fetch, write_before_, plan_->sfu_cycles});
  const std::int64_t write = step_ - 1 + latency_;
  const std::int64_t steps = ask_rounds(writes_, used, write);
  write_before_ = steps;
  if (steps == 0) return;
  if (!written_) schedule_->first_write = write;
  written_ = true;
  schedule_->last_write = write + steps - 1;
}

bool BeatTiming::one_line(int operand, bool write, std::int64_t row, std::int64_t col,
                          std::int64_t count, Line& line) const {
  const TileDesc& tile = command_->tile[operand];
  if (tile.cols == 1 || tile.col_stride == 0) {
    col = 0;
    count = 1;
  } else if (tile.col_stride != 1 && count > 1) {
    return false;
  }
  const LineGeometry& geometry = geometry_[tile.memory];
  const std::int64_t first = element_address(tile, tile.rows == 1 ? 0 : row, col);
  line.line = geometry.line_of(first);
  if (geometry.line_of(first + count * size_bytes(tile.type) - 1) != line.line) return false;
  line.side = port_side(tile.memory, write);
  line.bank = static_cast<std::uint8_t>(geometry.bank_of(line.line));
  return true;
}

bool BeatTiming::plan_simple_beat(std::int64_t row, std::int64_t col, std::int64_t count) {
  Line reads[kMostTiles], write;
  const std::size_t sources = plan_->sources.size();
  if (plan_->results.size() != 1 || plan_->writes[0] != Plan::Write::EachBeat) return false;
  for (std::size_t i = 0; i < sources; ++i) {
    if (!one_line(plan_->sources[i], false, row, col, count, reads[i])) return false;
    for (std::size_t k = 0; k < i; ++k) {
      if (reads[k].side == reads[i].side && reads[k].bank == reads[i].bank) return false;
    }
  }
  if (!one_line(plan_->results[0], true, row, col, count, write)) return false;
  auto& asks = schedule_->asks;
  const auto step = static_cast<std::int32_t>(step_);
  for (std::size_t i = 0; i < sources; ++i) {
    asks.push_back({step, reads[i].side, std::uint64_t{1} << reads[i].bank});
  }
  step_ += std::max({std::int64_t{1}, write_before_, plan_->sfu_cycles});
  const std::int64_t written = step_ - 1 + latency_;
  asks.push_back({static_cast<std::int32_t>(written), write.side, std::uint64_t{1} << write.bank});
  write_before_ = 1;
  if (!written_) schedule_->first_write = written;
  written_ = true;
  schedule_->last_write = written;
  return true;
}

void BeatTiming::plan_beat(std::int64_t row, std::int64_t col, std::int64_t count) {
  if (plan_simple_beat(row, col, count)) return;
  const std::size_t sources = plan_->sources.size();
  for (std::size_t i = 0; i < sources; ++i) {
    reads_[i].clear();
    add_operand(reads_[i], plan_->sources[i], false, row, col, count);
  }
  const std::int64_t fetch = ask_rounds(reads_, sources, step_);
  const std::size_t results = plan_->results.size();
  for (std::size_t i = 0; i < results; ++i) {
    writes_[i].clear();
    const Plan::Write when = plan_->writes[i];
    if (when == Plan::Write::RowEnd && col + count < cols_) continue;
    if (when == Plan::Write::ColumnEnd && row + 1 < rows_) continue;
    add_operand(writes_[i], plan_->results[i], true, row, col, count);
  }
  end_beat(fetch, results);
}

void BeatTiming::plan_rows() {
  for (std::int64_t row = 0; row < rows_; ++row) {
    for (std::int64_t col = 0; col < cols_; col += lanes_) {
      plan_beat(row, col, std::min(lanes_, cols_ - col));
    }
  }
}

void BeatTiming::plan_columns() {
  for (std::int64_t col = 0; col < cols_; col += lanes_) {
    for (std::int64_t row = 0; row < rows_; ++row) {
      plan_beat(row, col, std::min(lanes_, cols_ - col));
    }
  }
}

void BeatTiming::plan_transpose() {
  const int source = plan_->sources[0], result = plan_->results[0];
  const std::int64_t rows = command_->tile[result].rows, cols = command_->tile[result].cols;
  schedule_->elements = rows * cols;
  const auto add = [&](Lines& list, int operand, bool write, std::int64_t row, std::int64_t col,
                       std::int64_t count) {
    const TileDesc& tile = command_->tile[operand];
    const PortSide side = port_side(tile.memory, write);
    const LineGeometry& geometry = geometry_[tile.memory];
    for_each_line(tile, geometry, row, col, count,
                  [&](std::int64_t line) { add_line(list, side, geometry, line); });
  };
  for (std::int64_t row = 0; row < rows; row += lanes_) {
    const std::int64_t height = std::min(lanes_, rows - row);
    for (std::int64_t col = 0; col < cols; col += lanes_) {
      const std::int64_t width = std::min(lanes_, cols - col);
      reads_[0].clear();
      writes_[0].clear();
      for (std::int64_t i = 0; i < width; ++i) add(reads_[0], source, false, col + i, row, height);
      for (std::int64_t i = 0; i < height; ++i) add(writes_[0], result, true, row + i, col, width);
      end_beat(ask_rounds(reads_, 1, step_), 1);
    }
  }
}

void BeatTiming::plan_gather() {
  const int result = plan_->results[0], source = plan_->sources[0], index = plan_->sources[1];
  const TileDesc& from = command_->tile[source];
  const TileDesc& indices = command_->tile[index];
  const std::uint8_t* index_bytes = memories_[indices.memory].data();
  const LineGeometry& geometry = geometry_[from.memory];
  const PortSide side = port_side(from.memory, false);
  const std::int64_t elements = std::int64_t{from.rows} * from.cols;
  rows_ = command_->tile[result].rows;
  cols_ = command_->tile[result].cols;
  schedule_->elements = rows_ * cols_;
  for (std::int64_t row = 0; row < rows_; ++row) {
    for (std::int64_t col = 0; col < cols_; col += lanes_) {
      const std::int64_t count = std::min(lanes_, cols_ - col);
      reads_[0].clear();
      writes_[0].clear();
      add_operand(reads_[0], index, false, row, col, count);
      for (std::int64_t i = 0; i < count; ++i) {
        std::int32_t element = 0;
        std::memcpy(&element, index_bytes + element_address(indices, row, col + i), sizeof element);
        if (element < 0 || element >= elements) {
          if (schedule_->bad_step < 0) {
            schedule_->bad_step = step_ + static_cast<std::int64_t>(reads_[0].size());
            schedule_->bad_element = row * cols_ + col + i;
            schedule_->bad_index = element;
          }
          element = 0;  // the machine will stop
        }
        const std::int64_t address =
            element_address(from, element / from.cols, element % from.cols);
        add_line(reads_[0], side, geometry, geometry.line_of(address));
      }
      add_operand(writes_[0], result, true, row, col, count);
      end_beat(ask_rounds(reads_, 1, step_), 1);
    }
  }
}

void BeatTiming::plan_view() {
  const int source = plan_->sources[0], result = plan_->results[0];
  const TileDesc& from = command_->tile[source];
  const TileDesc& to = command_->tile[result];
  const LineGeometry& geometry = geometry_[from.memory];
  const PortSide side = port_side(from.memory, false);
  const std::int64_t size = size_bytes(from.type);
  rows_ = to.rows;
  cols_ = to.cols;
  schedule_->elements = rows_ * cols_;
  std::int64_t row = 0, col = 0;  // of the beat
  std::int64_t filled = 0;        // elements of the beat so far
  reads_[0].clear();
  ViewDesc view = command_->view;
  view.base += from.base_bytes;
  ViewWalk(view, size).for_each_run([&](const ViewRun& run) {
    for (std::int64_t done = 0; done < run.count;) {
      const std::int64_t width = std::min(lanes_, cols_ - col);
      const std::int64_t count = std::min(run.count - done, width - filled);
      if (run.valid) {
        const std::int64_t begin = std::int64_t{run.address} + done * size;
        const std::int64_t last = geometry.line_of(begin + count * size - 1);
        for (std::int64_t line = geometry.line_of(begin); line <= last; ++line) {
          if (reads_[0].empty() || reads_[0].back().line != line) {
            add_line(reads_[0], side, geometry, line);
          }
        }
      }
      done += count;
      filled += count;
      if (filled < width) continue;
      writes_[0].clear();
      add_operand(writes_[0], result, true, row, col, width);
      end_beat(ask_rounds(reads_, 1, step_), 1);
      reads_[0].clear();
      filled = 0;
      col += width;
      if (col == cols_) {
        col = 0;
        ++row;
      }
    }
  });
}

void BeatTiming::plan_get() {
  const TileDesc& tile = command_->tile[plan_->sources[0]];
  const auto row = static_cast<std::int64_t>(command_->x[2]);
  const auto col = static_cast<std::int64_t>(command_->x[3]);
  schedule_->elements = 1;
  reads_[0].clear();
  const LineGeometry& geometry = geometry_[tile.memory];
  add_line(reads_[0], port_side(tile.memory, false), geometry,
           geometry.line_of(element_address(tile, row, col)));
  step_ = ask_rounds(reads_, 1, 0);
  schedule_->first_write = schedule_->last_write = step_ - 1 + latency_;
}

}  // namespace coldforge::sim
