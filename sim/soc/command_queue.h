#pragma once

#include <cstdint>
#include <deque>
#include <systemc>

#include "sim/exec/command.h"

namespace coldforge::sim {

/// The queue between the scalar core and one engine. Both sides are registered: a push in cycle t
/// is seen by the engine from t + 1, a pop in cycle t frees its place for the core from t + 1.
/// Calls may come in any order within a cycle.
class CommandQueue {
 public:
  explicit CommandQueue(std::int64_t depth) : depth_(depth) {}

  // The core's side; `now` is the current cycle, never decreasing.
  bool accepts(std::int64_t now) const;  ///< a push in this cycle would be taken
  void push(Command command,
            std::int64_t now);  ///< command.issue = now

  // The engine's side.
  const Command* head(std::int64_t now) const;  ///< nullptr if nothing is visible yet
  std::int64_t head_visible_at() const;         ///< -1 if the queue is empty
  void pop(std::int64_t now);

  bool empty() const { return entries_.empty(); }
  std::uint64_t pushed() const { return pushed_; }

  /// One cycle after a push to an empty queue: with a head, the engine knows when to look again.
  sc_core::sc_event pushed_event;
  sc_core::sc_event popped_event;  ///< one cycle after a pop from a queue that accepted no push

 private:
  const std::int64_t depth_;
  std::deque<Command> entries_;
  std::uint64_t pushed_ = 0;
  std::deque<std::int64_t> recent_pops_;  ///< cycles of pops that the core may not see yet
};

}  // namespace coldforge::sim
