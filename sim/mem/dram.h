#pragma once

#include <cstdint>
#include <vector>

#include "isa/arch.h"
#include "sim/run.h"

namespace coldforge::sim {

/// Who asks the DRAM. The order is the priority among requests of one cycle.
enum class BusMaster : std::uint8_t { Scalar, Load, Store };
inline constexpr int kBusMasters = 3;

/// The cycles of one burst, final at its acceptance. Points in time are kept in sixteenths of a
/// cycle, so that rates that do not divide the beat stay exact; a beat counts from the cycle that
/// its point rounds up to.
struct BurstTimes {
  std::int64_t first_beat_16 = 0;
  std::int64_t beat_interval_16 = 16;
  std::int64_t beats = 1;
  std::int64_t response = 0;  ///< read: cycle of the last beat; write: of the write response
  bool row_hit = false;

  std::int64_t beat_cycle(std::int64_t beat) const {
    return (first_beat_16 + beat * beat_interval_16 + 15) >> 4;
  }
  std::int64_t first_beat() const { return beat_cycle(0); }
  std::int64_t last_beat() const { return beat_cycle(beats - 1); }
};

/// The timing of DRAM and its bus; no data. One object serves model and RTL.
///
/// First come, first served in order of calls: callers present requests by cycle, then master
/// (BusMaster's order). Source: sim/README.md, "DRAM".
class Dram {
 public:
  explicit Dram(const isa::Arch& arch);

  /// A burst of bytes [address, address + size_bytes), accepted in `cycle` (never less than in the
  /// call before).
  BurstTimes accept(std::int64_t cycle, bool write, std::uint32_t address,
                    std::uint32_t size_bytes);

  /// Aligned bus beats that hold [address, address + size_bytes).
  std::int64_t beats(std::uint32_t address, std::uint32_t size_bytes) const;
  /// The least number of cycles from acceptance to the first cycle in which the answer matters.
  std::int64_t shortest_read() const;
  std::int64_t shortest_write() const;

  const DramStats& stats() const { return stats_; }

 private:
  const isa::Arch::Dram arch_;
  const std::int64_t beat_bytes_;
  std::int64_t read_beat_16_, write_beat_16_,
      shared_beat_16_;  ///< what a beat occupies of each bus
  std::int64_t read_free_16_ = 0, write_free_16_ = 0, shared_free_16_ = 0;
  std::int64_t shared_busy_16_ = 0;
  std::vector<std::int64_t> open_row_;  ///< by bank, -1 = none
  DramStats stats_;
};

}  // namespace coldforge::sim
