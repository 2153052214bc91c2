#pragma once

#include "sim/engine/engine.h"
#include "sim/vector/beat_timing.h"

namespace coldforge::sim {

/// The vector engine: tile operations on 32-bit lanes over Vec. It never loses a bank, so the
/// cycles of an instruction are known at its start. Source: sim/README.md, "Vector engine".
class VectorEngine : public Engine {
 public:
  VectorEngine(const sc_core::sc_module_name& name, const EngineContext& context);

 private:
  void catch_up(std::int64_t now) override;
  Gate gate(const Command& command, std::int64_t now) override;
  void begin(const Command& command, std::int64_t now) override;
  std::int64_t next_cycle(std::int64_t now) override;
  Work work(std::int64_t now) override;

  BeatTiming timing_;
  BeatSchedule schedule_;         ///< of the instruction that begins; keeps its memory
  std::int64_t fetch_end_ = 0;    ///< first cycle in which the fetch stage is free
  std::int64_t last_write_ = -1;  ///< cycle
  std::int64_t busy_ = 0;         ///< fetch cycles below fetch_end_
  std::uint64_t newest_seq_ = 0;  ///< of the instruction that began last
};

}  // namespace coldforge::sim
