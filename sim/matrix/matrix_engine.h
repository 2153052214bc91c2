#pragma once

#include <deque>

#include "sim/engine/engine.h"
#include "sim/matrix/matrix_timing.h"

namespace coldforge::sim {

/// The matrix engine: a systolic array that holds weights of Right and streams rows of Left into
/// Acc. It never loses a bank. Source: sim/README.md, "Matrix engine".
class MatrixEngine : public Engine {
 public:
  MatrixEngine(const sc_core::sc_module_name& name, const EngineContext& context);

 private:
  void catch_up(std::int64_t now) override;
  Gate gate(const Command& command, std::int64_t now) override;
  void begin(const Command& command, std::int64_t now) override;
  std::int64_t next_cycle(std::int64_t now) override;
  Work work(std::int64_t now) override;

  MatrixTiming timing_;
  MatrixSchedule schedule_;
  std::int64_t weights_free_ = 0;  ///< first cycle in which the next instruction may load weights
  std::int64_t stream_free_ = 0;   ///< first cycle in which its first row may enter
  std::uint64_t newest_seq_ = 0;   ///< of the instruction that began last
  std::deque<CycleSpan> work_;     ///< spans not fully counted yet, by begin
  std::int64_t busy_ = 0;          ///< cycles below counted_ in which a span ran
  std::int64_t counted_ = 0;
  std::int64_t occupied_ = 0;  ///< cycles from the start of a product to its stream_free
};

}  // namespace coldforge::sim
