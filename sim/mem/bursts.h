#pragma once

#include <cstdint>
#include <vector>

#include "isa/arch.h"
#include "sim/exec/view_walk.h"

namespace coldforge::sim {

/// One request to DRAM, or a run of invalid elements, which needs none.
struct BurstPiece {
  bool request = true;
  bool is_second_pad = false;  ///< an invalid run directly behind another one
  std::uint32_t address = 0;   ///< of the first useful byte
  std::uint32_t size_bytes = 0;
  std::int64_t packed = 0;  ///< offset of the first useful byte among the view's elements, packed
  std::int64_t first = 0;   ///< element
  std::int64_t count = 0;   ///< elements (of a request: those that begin in it)
};

/// Cuts a view into bursts: each run at multiples of 4 KiB and after max_burst_beats aligned beats.
/// Source: sim/README.md, "Runs and bursts".
class BurstCutter {
 public:
  explicit BurstCutter(const isa::Arch& arch)
      : beat_bytes_(arch.bus.beat_bytes),
        burst_bytes_(arch.bus.beat_bytes * arch.bus.max_burst_beats) {}

  std::int64_t beat_bytes() const { return beat_bytes_; }

  /// Calls f(piece) in the order of the view; invalid elements come as pieces without a request.
  template <typename F>
  void for_each_piece(const ViewDesc& view, F&& f) const {
    const std::int64_t size = size_bytes(view.type);
    bool is_behind_pad = false;
    ViewWalk(view, size).for_each_run([&](const ViewRun& run) {
      BurstPiece piece;
      piece.first = run.first;
      piece.count = run.count;
      if (!run.valid) {
        piece.request = false;
        piece.is_second_pad = is_behind_pad;
        is_behind_pad = true;
        f(piece);
        return;
      }
      is_behind_pad = false;
      const std::int64_t end = run.address + run.count * size;
      for (std::int64_t at = run.address; at < end;) {
        const std::int64_t page_end = (at | (kPageBytes - 1)) + 1;
        const std::int64_t burst_end = (at & ~(beat_bytes_ - 1)) + burst_bytes_;
        const std::int64_t stop = std::min({end, page_end, burst_end});
        piece.address = static_cast<std::uint32_t>(at);
        piece.size_bytes = static_cast<std::uint32_t>(stop - at);
        piece.packed = run.first * size + (at - run.address);
        const std::int64_t first = (at - run.address + size - 1) / size;
        piece.first = run.first + first;
        piece.count = (stop - run.address + size - 1) / size - first;
        f(piece);
        at = stop;
      }
    });
  }

 private:
  static constexpr std::int64_t kPageBytes = 4096;
  const std::int64_t beat_bytes_, burst_bytes_;
};

}  // namespace coldforge::sim
