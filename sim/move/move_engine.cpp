#include "sim/move/move_engine.h"

#include <algorithm>

namespace coldforge::sim {

MoveEngine::MoveEngine(const sc_core::sc_module_name& name, const EngineContext& context)
    : Engine(name, isa::Unit::Move, context), timing_(context.arch, context.memories) {}

void MoveEngine::catch_up(std::int64_t) {
  std::int64_t cycle = 0;
  while (arbiter_.take_move(&cycle)) {
    finish(in_pipe_.front(), cycle + 1);
    in_pipe_.pop_front();
  }
}

Engine::Gate MoveEngine::gate(const Command& command, std::int64_t now) {
  const std::int64_t position = arbiter_.move_position();
  const auto newest = static_cast<std::int64_t>(newest_seq_);
  if (fetch_end_ > position) return {now + fetch_end_ - position, Stall::Busy, newest};
  if (const InFlight* blocker = overlap(command)) {
    // Still in flight, so its last position has not passed in a cycle before now.
    return {blocker->done > now ? blocker->done : kNever, Stall::Hazard,
            static_cast<std::int64_t>(blocker->seq)};
  }
  const std::int64_t first =
      last_write_ + 1 - timing_.earliest_write(command, plans_[*command.instruction]);
  return {now + std::max<std::int64_t>(0, first - position), Stall::Hazard, newest};
}

void MoveEngine::begin(const Command& command, std::int64_t) {
  const Plan& plan = plans_[*command.instruction];
  const std::int64_t position = arbiter_.move_position();
  timing_.plan(command, plan, schedule_);
  for (const BeatSchedule::Ask& ask : schedule_.asks) {
    arbiter_.ask_move(position + ask.step, ask.side, ask.banks);
  }
  newest_seq_ = command.seq;
  fetch_end_ = position + schedule_.fetch_steps;
  last_write_ = position + schedule_.last_write;
  arbiter_.extend_move(fetch_end_, last_write_);
  in_pipe_.push_back(command.seq);
  stats_.work += schedule_.elements * size_bytes(command.tile[plan.results[0]].type);
  semantics_.execute(command, memories_);
}

std::int64_t MoveEngine::next_cycle(std::int64_t now) {
  const std::int64_t end = arbiter_.next_move_end();
  return end < 0 ? kNever : now + (end - arbiter_.move_position()) + 1;
}

Engine::Work MoveEngine::work(std::int64_t) {
  return {arbiter_.move_count().advanced, arbiter_.move_count().lost};
}

}  // namespace coldforge::sim
