#include "sim/vector/vector_engine.h"

#include <algorithm>

namespace coldforge::sim {

VectorEngine::VectorEngine(const sc_core::sc_module_name& name, const EngineContext& context)
    : Engine(name, isa::Unit::Vector, context), timing_(context.arch, context.memories) {}

void VectorEngine::catch_up(std::int64_t) {}  // everything is known at the start

Engine::Gate VectorEngine::gate(const Command& command, std::int64_t now) {
  const auto newest = static_cast<std::int64_t>(newest_seq_);
  if (fetch_end_ > now) return {fetch_end_, Stall::Busy, newest};
  if (const InFlight* blocker = overlap(command)) {
    // Behind a token that has not fired yet, its done is not known.
    return {blocker->done > now ? blocker->done : kNever, Stall::Hazard,
            static_cast<std::int64_t>(blocker->seq)};
  }
  const std::int64_t first_write = timing_.earliest_write(command, plans_[*command.instruction]);
  return {last_write_ + 1 - first_write, Stall::Hazard, newest};
}

void VectorEngine::begin(const Command& command, std::int64_t now) {
  const Plan& plan = plans_[*command.instruction];
  // Only now: a gather reads its indices, which instructions before it may still have had to write.
  timing_.plan(command, plan, schedule_);
  for (const BeatSchedule::Ask& ask : schedule_.asks) {
    arbiter_.ask_vector(now + ask.step, ask.side, ask.banks);
  }
  newest_seq_ = command.seq;
  fetch_end_ = now + schedule_.fetch_steps;
  busy_ += schedule_.fetch_steps;
  last_write_ = now + schedule_.last_write;
  stats_.work += schedule_.elements * plan.lane_operations;
  finish(command.seq, last_write_ + 1);
  if (plan.shape == Plan::Shape::Get) return;  // the core reads the element when this is done
  if (schedule_.bad_step >= 0) {
    const TileDesc& from = command.tile[plan.sources[0]];
    fault_at(command.seq, now + schedule_.bad_step,
             "gather index out of range: index " + std::to_string(schedule_.bad_index) +
                 " for element " + std::to_string(schedule_.bad_element) + ", the source has " +
                 std::to_string(std::int64_t{from.rows} * from.cols) + " elements",
             0);
    return;
  }
  semantics_.execute(command, memories_);
}

std::int64_t VectorEngine::next_cycle(std::int64_t) { return kNever; }

Engine::Work VectorEngine::work(std::int64_t now) {
  return {busy_ - std::max<std::int64_t>(0, fetch_end_ - now), 0};
}

}  // namespace coldforge::sim
