#include "sim/mem/dram.h"

#include <algorithm>

#include "sim/base/error.h"

namespace coldforge::sim {

Dram::Dram(const isa::Arch& arch) : arch_(arch.dram), beat_bytes_(arch.bus.beat_bytes) {
  const auto occupancy = [&](std::int64_t bytes_per_cycle) {
    return ceil_div(16 * beat_bytes_, bytes_per_cycle);
  };
  // The bus has one beat a cycle in each direction, however fast the memory behind it is.
  read_beat_16_ = std::max<std::int64_t>(16, occupancy(arch_.read_bytes_per_cycle));
  write_beat_16_ = std::max<std::int64_t>(16, occupancy(arch_.write_bytes_per_cycle));
  shared_beat_16_ = occupancy(arch_.shared_bytes_per_cycle);
  open_row_.assign(static_cast<std::size_t>(arch_.banks), -1);
}

std::int64_t Dram::beats(std::uint32_t address, std::uint32_t size_bytes) const {
  const std::int64_t last = std::int64_t{address} + size_bytes - 1;
  return last / beat_bytes_ - address / beat_bytes_ + 1;
}

std::int64_t Dram::shortest_read() const {
  return std::min(arch_.row_hit_cycles, arch_.row_miss_cycles).count;
}

std::int64_t Dram::shortest_write() const { return 1 + arch_.write_response_cycles.count; }

BurstTimes Dram::accept(std::int64_t cycle, bool write, std::uint32_t address,
                        std::uint32_t size_bytes) {
  BurstTimes times;
  times.beats = beats(address, size_bytes);

  const std::int64_t row = address / arch_.row_bytes;
  std::int64_t& open = open_row_[static_cast<std::size_t>(row % arch_.banks)];
  times.row_hit = open == row;
  open = row;
  ++(times.row_hit ? stats_.row_hits : stats_.row_misses);

  const std::int64_t latency =
      write ? 1 : (times.row_hit ? arch_.row_hit_cycles : arch_.row_miss_cycles).count;
  std::int64_t& bus_free_16 = write ? write_free_16_ : read_free_16_;
  const std::int64_t beat_16 = write ? write_beat_16_ : read_beat_16_;
  times.first_beat_16 = std::max({16 * (cycle + latency), bus_free_16, shared_free_16_});
  times.beat_interval_16 = std::max(beat_16, shared_beat_16_);
  bus_free_16 = times.first_beat_16 + times.beats * beat_16;
  shared_free_16_ = times.first_beat_16 + times.beats * shared_beat_16_;
  times.response = times.last_beat() + (write ? arch_.write_response_cycles.count : 0);

  (write ? stats_.write_bytes : stats_.read_bytes) += size_bytes;
  (write ? stats_.write_beats : stats_.read_beats) += times.beats;
  shared_busy_16_ += times.beats * shared_beat_16_;
  stats_.busy_cycles = ceil_div(shared_busy_16_, 16);
  return times;
}

}  // namespace coldforge::sim
