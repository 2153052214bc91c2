#pragma once

#include <cstdint>
#include <vector>

#include "sim/engine/plan.h"
#include "sim/exec/command.h"
#include "sim/mem/port_arbiter.h"
#include "sim/mem/tile_lines.h"
#include "sim/mem/tile_memory.h"

namespace coldforge::sim {

/// What an instruction of the vector or move engine does in each step after its start (vector: a
/// step is a cycle).
struct BeatSchedule {
  struct Ask {
    std::int32_t step;
    PortSide side;
    std::uint64_t banks;
  };
  std::vector<Ask> asks;
  std::int64_t fetch_steps = 0;  ///< the fetch stage is occupied in steps [0, fetch_steps)
  std::int64_t first_write = 0;  ///< step of the first write
  std::int64_t last_write = 0;   ///< step of the last one; done is the cycle after it
  std::int64_t elements = 0;     ///< of the iteration space
  std::int64_t bad_step =
      -1;  ///< of a gather: step that reads the first element outside of the source, or -1
  std::int64_t bad_element = 0;  ///< its number in the result
  std::int32_t bad_index = 0;
};

/// The timing of beats, for the vector and the move engine.
///
/// Beat b occupies c_b = max(1, fetch_b, write_{b-1}, sfu) steps of the fetch stage. Its lines are
/// asked for in the first fetch_b of them, its results in the write_b steps from L after its last
/// step on. Source: sim/README.md, "Beats".
class BeatTiming {
 public:
  BeatTiming(const isa::Arch& arch, const TileMemories& memories);

  /// `schedule` is overwritten; its vectors keep their memory. A gather reads its indices from the
  /// tile memory.
  void plan(const Command& command, const Plan& plan, BeatSchedule& schedule);
  /// Step before which nothing is written, from extents alone: that of the first write if each beat
  /// took max(1, sfu) steps. The real one is never earlier.
  std::int64_t earliest_write(const Command& command, const Plan& plan) const;

 private:
  struct Space {
    std::int64_t rows = 0, cols = 0;  ///< of the iteration
    std::int64_t latency = 0;         ///< L
  };
  static Space space_of(const Command& command, const Plan& plan);

  struct Line {
    PortSide side;
    std::uint8_t bank;
    std::int64_t line;
  };
  using Lines = std::vector<Line>;
  static constexpr std::size_t kMostTiles = 4;  ///< operands of an instruction

  void begin(const Command& command, const Plan& plan, BeatSchedule& schedule);
  void plan_rows();
  void plan_columns();
  void plan_transpose();
  void plan_gather();
  void plan_view();
  void plan_get();

  void plan_beat(std::int64_t row, std::int64_t col, std::int64_t count);
  /// The common beat, every operand in one line and each source in a bank of its own: the same
  /// without lists. False if it is not one.
  bool plan_simple_beat(std::int64_t row, std::int64_t col, std::int64_t count);
  bool one_line(int operand, bool write, std::int64_t row, std::int64_t col, std::int64_t count,
                Line& line) const;

  /// Lines of one operand in a beat of the iteration space; broadcast and reduced extents are taken
  /// into account.
  void add_operand(Lines& list, int operand, bool write, std::int64_t row, std::int64_t col,
                   std::int64_t count);
  static void add_line(Lines& list, PortSide side, const LineGeometry& geometry, std::int64_t line);
  /// Rounds of lists [0, used): asks from step `first` on; returns the steps they take.
  std::int64_t ask_rounds(const std::vector<Lines>& lists, std::size_t used, std::int64_t first);
  /// Ends a beat whose fetch took `fetch` steps, with the results in writes_[0, used).
  void end_beat(std::int64_t fetch, std::size_t used);

  const std::int64_t lanes_;
  const LineGeometries geometry_;
  const TileMemories& memories_;
  const Command* command_ = nullptr;
  const Plan* plan_ = nullptr;
  BeatSchedule* schedule_ = nullptr;
  std::vector<Lines> reads_, writes_;  ///< by source, by result
  std::int64_t latency_ = 0;
  std::int64_t rows_ = 0, cols_ = 0;  ///< iteration space
  std::int64_t step_ = 0;             ///< first step of the beat
  std::int64_t write_before_ = 0;     ///< steps of the writes of the beat before
  bool written_ = false;
};

}  // namespace coldforge::sim
