#pragma once

#include <deque>

#include "sim/engine/engine.h"
#include "sim/vector/beat_timing.h"

namespace coldforge::sim {

/// The move engine: tiles between on-chip memories. One pipe of steps, which holds as a whole when
/// a step loses a bank. Source: sim/README.md, "Move engine".
class MoveEngine : public Engine {
 public:
  MoveEngine(const sc_core::sc_module_name& name, const EngineContext& context);

 private:
  void catch_up(std::int64_t now) override;
  Gate gate(const Command& command, std::int64_t now) override;
  void begin(const Command& command, std::int64_t now) override;
  std::int64_t next_cycle(std::int64_t now) override;
  Work work(std::int64_t now) override;

  BeatTiming timing_;
  BeatSchedule schedule_;         ///< of the instruction that begins; keeps its memory
  std::int64_t fetch_end_ = 0;    ///< position of the pipe at which the next instruction may begin
  std::int64_t last_write_ = -1;  ///< position
  std::deque<std::uint64_t> in_pipe_;  ///< seq of instructions whose last write has not passed
  std::uint64_t newest_seq_ = 0;       ///< of the instruction that began last
};

}  // namespace coldforge::sim
