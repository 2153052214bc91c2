#pragma once

#include <cstdint>
#include <vector>

#include "isa/isa.h"
#include "sim/mem/ring.h"

namespace coldforge::sim {

/// The bank ports that more than one engine asks for. Others (matrix alone reads Left and Right and
/// writes Acc) are free.
enum class PortSide : std::uint8_t { VecRead, VecWrite, LeftWrite, RightWrite, AccRead };
inline constexpr int kPortSides = 5;
/// Of a memory; reading Left or Right and writing Acc have no side.
PortSide port_side(isa::Memory memory, bool write);
inline constexpr std::int64_t kMaxBanks = 64;

/// Banks asked for, one bit each, by cycle or by step; zero where nothing was put.
class MaskRing {
 public:
  /// Adds banks at `index`, which has not been dropped.
  void put(std::int64_t index, std::uint64_t banks) {
    if (index - base_ >= size()) grow(index);
    masks_[static_cast<std::size_t>(index) & wrap_] |= banks;
    if (index >= end_) end_ = index + 1;
  }
  /// The same at `count` indices from `index` on.
  void put_run(std::int64_t index, std::int64_t count, std::uint64_t banks) {
    if (count <= 0) return;
    if (index + count - 1 - base_ >= size()) grow(index + count - 1);
    for (std::int64_t i = index; i < index + count; ++i) {
      masks_[static_cast<std::size_t>(i) & wrap_] |= banks;
    }
    if (index + count > end_) end_ = index + count;
  }
  std::uint64_t at(std::int64_t index) const {
    return index < end_ ? masks_[static_cast<std::size_t>(index) & wrap_] : 0;
  }
  std::int64_t end() const { return end_; }  ///< one past the last index that was put
  /// The first index of [index, limit) with none of `banks`, or `limit`.
  std::int64_t first_without(std::uint64_t banks, std::int64_t index, std::int64_t limit) const {
    while (index < limit && (at(index) & banks) != 0) ++index;
    return index;
  }
  void drop_below(std::int64_t index);  ///< nobody asks for these again

 private:
  std::int64_t size() const { return static_cast<std::int64_t>(masks_.size()); }
  void grow(std::int64_t index);

  std::vector<std::uint64_t> masks_ = std::vector<std::uint64_t>(256);
  std::size_t wrap_ = 255;
  std::int64_t base_ = 0, end_ = 0;
};

/// Cycles of a stream since reset, as of PortArbiter::now().
struct StreamCount {
  std::int64_t advanced = 0;  ///< a step advanced (or, line streams, a request was presented)
  std::int64_t lost = 0;      ///< a step asked and lost, and nothing advanced
};

/// One line a step: the load engine's writes or the store engine's reads, in order.
class LineStream {
 public:
  /// `higher` holds, by side, the banks that higher engines ask for in each cycle that is not past;
  /// it outlives the stream.
  explicit LineStream(const MaskRing* higher) : higher_(higher) {}

  /// Appends a step that asks for one bank (a bit, or 0 for none) from cycle `ready` on; called not
  /// later than in that cycle.
  void push(std::int64_t ready, PortSide side, std::uint64_t bank) {
    steps_.push_back({ready, bank, side});
  }
  /// Marks the place behind the last step appended: its cycle is that of the step before it.
  void mark(std::int64_t not_before);
  /// True if the first mark has been reached: takes it and gives the cycle in which the step before
  /// it advanced (or `not_before`, if that is later).
  bool take_mark(std::int64_t now, std::int64_t* cycle);
  /// A cycle not later than the first in which mark number `which` (0 is the first) can be taken;
  /// max int64 if there is no such mark. What higher engines have asked for already is counted in:
  /// more can only make it later.
  std::int64_t mark_bound(std::int64_t now, std::size_t which = 0) const;
  std::size_t marks() const { return marks_.size(); }
  /// A bus request is presented in `cycle`: it counts as advanced. Ascending.
  void request(std::int64_t cycle) { requests_.push_back(cycle); }
  bool empty() const { return steps_.empty() && marks_.empty(); }

 private:
  friend class PortArbiter;
  struct Step {
    std::int64_t ready = 0;
    std::uint64_t bank = 0;
    PortSide side = PortSide::VecRead;
  };
  struct Mark {
    std::int64_t place = 0;
    std::int64_t not_before = 0;
  };
  std::int64_t appended() const { return advanced_ + static_cast<std::int64_t>(steps_.size()); }
  const MaskRing& higher(PortSide side) const { return higher_[static_cast<int>(side)]; }
  /// Decides the cycles [from, now), for which higher engines have said what they ask for.
  void advance(std::int64_t from, std::int64_t now);
  void count_lost(std::int64_t asked, std::int64_t until, bool advances);
  void reach_marks(std::int64_t cycle);
  std::int64_t take_requests_below(std::int64_t cycle);

  const MaskRing* higher_;
  Ring<Step> steps_;  ///< not advanced yet
  Ring<Mark> marks_;
  Ring<std::int64_t> requests_;
  std::int64_t advanced_ = 0;     ///< steps
  std::int64_t last_cycle_ = -1;  ///< of the last step
  Ring<std::int64_t> reached_;    ///< cycles of the first marks, whose steps have advanced
  std::int64_t next_place_ = -1;  ///< of the first mark not reached, -1 if there is none
  StreamCount count_;
};

/// Who gets a bank port in a cycle: vector > matrix > move > store > load.
///
/// A stream advances one step in a cycle if no higher one asks, in that cycle, for a port that the
/// step asks for. Vector and matrix cannot lose, so their requests are known by cycle from the
/// start of an instruction. The move engine's are known by the position of its pipe, which moves on
/// in each cycle that is not lost. Load and store ask for one line a step. Stores only read and
/// loads only write, so those two never meet.
///
/// Nothing runs by itself: advance(T) decides all cycles before T, in which every engine has
/// already said what it asks for. So the order in which units wake in cycle T does not matter.
/// A lower engine never moves a higher one: the cycles are decided engine by engine, each as one
/// stretch. Source: sim/README.md, "Tile memories".
class PortArbiter {
 public:
  PortArbiter() = default;
  PortArbiter(const PortArbiter&) = delete;  // the streams look at asked_
  PortArbiter& operator=(const PortArbiter&) = delete;

  void advance(std::int64_t now);
  std::int64_t now() const { return now_; }

  // Vector and matrix: in cycle `cycle` >= now(), for the banks of `side`.
  void ask_vector(std::int64_t cycle, PortSide side, std::uint64_t banks) {
    asked_[static_cast<int>(side)].put(cycle, banks);
  }
  void ask_matrix(std::int64_t cycle, std::uint64_t acc_read_banks) {
    asked_[static_cast<int>(PortSide::AccRead)].put(cycle, acc_read_banks);
  }
  void ask_matrix_run(std::int64_t cycle, std::int64_t cycles, std::uint64_t acc_read_banks) {
    asked_[static_cast<int>(PortSide::AccRead)].put_run(cycle, cycles, acc_read_banks);
  }

  // Move: a pipe of steps.
  std::int64_t move_position() const { return move_position_; }  ///< of cycle now()
  void ask_move(std::int64_t position, PortSide side, std::uint64_t banks) {
    move_[static_cast<int>(side)].put(position, banks);
  }
  /// The pipe runs up to and including `last_position`; those below `fetch_end` count as advanced
  /// for the statistics. The cycle of `last_position` is reported by take_move().
  void extend_move(std::int64_t fetch_end, std::int64_t last_position);
  bool take_move(
      std::int64_t* cycle);  ///< the cycle in which the oldest instruction's last position passed
  std::int64_t next_move_end() const;  ///< its position, -1 if there is none
  const StreamCount& move_count() const { return move_count_; }

  LineStream& load() { return load_; }
  LineStream& store() { return store_; }
  const StreamCount& load_count() const { return load_.count_; }
  const StreamCount& store_count() const { return store_.count_; }

 private:
  void advance_move(std::int64_t now);

  std::int64_t now_ = 0;
  MaskRing asked_[kPortSides];  ///< by cycle: vector, matrix, and move where it has been decided
  MaskRing move_[kPortSides];   ///< by position
  std::int64_t move_position_ = 0, move_last_ = -1, move_fetch_end_ = 0;
  Ring<std::int64_t> move_ends_;     ///< last positions of instructions in flight
  Ring<std::int64_t> move_reached_;  ///< cycles of those passed
  StreamCount move_count_;
  LineStream load_{asked_}, store_{asked_};
};

}  // namespace coldforge::sim
