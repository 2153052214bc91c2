#include "sim/engine/engine.h"

#include <algorithm>

#include "sim/base/error.h"
#include "sim/exec/legality.h"
#include "sim/soc/clock.h"

namespace coldforge::sim {

Engine::Engine(const sc_core::sc_module_name& name, isa::Unit unit, const EngineContext& context)
    : sc_module(name),
      unit_(unit),
      isa_(context.isa),
      arch_(context.arch),
      semantics_(context.semantics),
      plans_(context.plans),
      queue_(context.queue),
      flags_(context.flags),
      progress_(context.progress),
      memories_(context.memories),
      arbiter_(context.arbiter) {
  flags_.on_fault[static_cast<int>(unit_)] = [this](std::uint64_t seq, const std::string& reason) {
    refuse(seq, reason);
  };
  SC_METHOD(serve);
  sensitive << queue_.pushed_event << flags_.waiter_event(unit_) << wake_event_ << timer_;
  dont_initialize();
}

void Engine::serve() {
  const std::int64_t now = current_cycle();
  arbiter_.advance(now);
  charge(now);
  catch_up(now);
  settle(now);
  start_head(now);
  report_fault(now);
  dram_ = waits_for_dram();
  sleep(now);
}

void Engine::settle(std::int64_t now) {
  std::int64_t before = last_done_;
  for (InFlight& entry : in_flight_) {
    if (entry.sets_flag) {
      const std::int64_t fires = std::max(entry.start, before);
      if (fires > now) break;
      CF_CHECK(fires == now, "an engine wakes in each cycle in which an instruction becomes done");
      entry.sets_flag = false;
      entry.own_done = fires + 1;
      if (!flags_.set(entry.flag, unit_, entry.seq, fires)) {
        fault_at(entry.seq, fires, FlagFile::overflow_text(entry.flag), 0);
      }
    }
    if (entry.own_done < 0) break;
    entry.done = std::max(entry.own_done, before);
    before = entry.done;
  }
  while (!in_flight_.empty() && in_flight_.front().done >= 0 && in_flight_.front().done <= now) {
    last_done_ = in_flight_.front().done;
    progress_.done(in_flight_.front().seq, last_done_);
    in_flight_.pop_front();
  }
}

void Engine::start_head(std::int64_t now) {
  if (last_start_ == now) {  // woken again: this cycle keeps what it is charged to
    retry_ = now + 1;
    return;
  }
  retry_ = kNever;
  head_reason_ = Stall::Empty;
  const Command* command = queue_.head(now);
  if (command == nullptr || is_refused_) return;
  if (command->seq != head_seq_) {
    head_seq_ = command->seq;
    waited_for_ = Stall::Empty;
    waited_seq_ = -1;
  }
  const Plan::Role role = plans_[*command->instruction].role;
  const bool is_set = role == Plan::Role::SetFlag, is_wait = role == Plan::Role::WaitFlag;
  if (static_cast<std::int64_t>(in_flight_.size()) >= arch_.queue.max_in_flight) {
    hold(Stall::Hazard, static_cast<std::int64_t>(in_flight_.front().seq));
    if (is_wait) head_reason_ = Stall::Flag;
    return;
  }
  if (is_wait) return start_wait(*command, now);
  if (!is_set) {
    const Gate gate = this->gate(*command, now);
    if (gate.earliest > now) {
      hold(gate.reason, gate.blocker);
      retry_ = gate.earliest;
      return;
    }
  }
  InFlight& entry = in_flight_.emplace_back();
  entry.seq = command->seq;
  entry.start = now;
  entry.sets_flag = is_set;
  entry.flag = command->x[0];
  if (!is_set) entry.command = *command;
  take_head(now);
  if (!is_set) {
    ++stats_.instructions;
    begin(entry.command, now);
  }
  settle(now);
}

void Engine::start_wait(const Command& command, std::int64_t now) {
  head_reason_ = Stall::Flag;
  const std::uint32_t flag = command.x[0];
  if (!waits_for_flag_) {
    if (!flags_.begin_wait(flag, unit_, command.seq, now)) {
      is_refused_ = true;
      fault_at(command.seq, now, FlagFile::conflict_text(flag), 0);
      return;
    }
    waits_for_flag_ = true;
    awaited_flag_ = flag;
    wait_seq_ = command.seq;
  }
  if (flags_.visible(flag, now) == 0) {
    waited_for_ = Stall::Flag;
    return;
  }
  const auto setter = static_cast<std::int64_t>(flags_.take(flag, now));
  waits_for_flag_ = false;
  if (waited_for_ == Stall::Flag) waited_seq_ = setter;
  InFlight& entry = in_flight_.emplace_back();
  entry.seq = command.seq;
  entry.start = now;
  entry.own_done = now + 1;
  take_head(now);
  settle(now);
  retry_ = now + 1;
}

/// A set or wait of this cycle is a fault after all.
void Engine::refuse(std::uint64_t seq, const std::string& reason) {
  if (seq == wait_seq_) {  // it may have started in this cycle
    is_refused_ = true;
    waits_for_flag_ = false;
    if (!in_flight_.empty() && in_flight_.back().seq == seq) {
      in_flight_.back().own_done = in_flight_.back().done = -1;
    }
  }
  fault_at(seq, current_cycle(), reason, 0);
  wake_up();
}

void Engine::hold(Stall reason, std::int64_t blocker) {
  head_reason_ = reason;
  waited_for_ = reason;
  waited_seq_ = blocker;
}

void Engine::take_head(std::int64_t now) {
  progress_.started(head_seq_, now, waited_for_, waited_seq_);
  queue_.pop(now);
  last_start_ = now;
  if (!queue_.empty()) retry_ = now + 1;
}

void Engine::charge(std::int64_t now) {
  if (now <= charged_) return;
  const Work total = work(now);
  const std::int64_t busy = total.busy - worked_.busy, lost = total.lost - worked_.lost;
  const std::int64_t held = total.held - worked_.held;
  worked_ = total;
  const std::int64_t rest = now - charged_ - busy;
  charged_ = now;
  const auto add = [&](Stall reason, std::int64_t cycles) {
    stats_.cycles[static_cast<int>(reason)] += cycles;
  };
  add(Stall::Busy, busy);
  if (faulted_) {
    add(Stall::Fault, rest);
  } else if (head_reason_ == Stall::Flag || head_reason_ == Stall::Hazard) {
    add(head_reason_, rest);
  } else {
    add(Stall::Hazard, held);
    add(Stall::Bank, lost);
    add(dram_ ? Stall::Dram : Stall::Empty, rest - held - lost);
  }
}

const Engine::InFlight* Engine::overlap(const Command& command) const {
  const Plan& plan = plans_[*command.instruction];
  const auto touches = [&](const TileDesc& result) {
    const auto shares = [&](int operand) {
      const TileDesc& tile = command.tile[operand];
      const bool walks = plan.shape == Plan::Shape::View && operand == plan.sources[0];
      return walks ? tile.memory == result.memory : spans_overlap(tile, result);
    };
    return std::any_of(plan.sources.begin(), plan.sources.end(), shares) ||
           std::any_of(plan.results.begin(), plan.results.end(), shares);
  };
  for (auto entry = in_flight_.rbegin(); entry != in_flight_.rend(); ++entry) {
    if (entry->command.instruction == nullptr) continue;
    for (const int result : plans_[*entry->command.instruction].results) {
      if (touches(entry->command.tile[result])) return &*entry;
    }
  }
  return nullptr;
}

void Engine::finish(std::uint64_t seq, std::int64_t done) {
  const auto entry = std::find_if(in_flight_.begin(), in_flight_.end(),
                                  [&](const InFlight& candidate) { return candidate.seq == seq; });
  CF_CHECK(entry != in_flight_.end(), "an instruction that ends is in flight");
  entry->own_done = done;
}

void Engine::fault_at(std::uint64_t seq, std::int64_t cycle, std::string reason,
                      std::uint32_t address) {
  if (faulted_ || cycle >= fault_.cycle) return;
  fault_ = {seq, cycle, std::move(reason), address};
}

void Engine::report_fault(std::int64_t now) {
  if (faulted_ || fault_.cycle > now) return;
  faulted_ = true;
  progress_.fault(fault_.seq, fault_.cycle, fault_.reason, fault_.address);
}

void Engine::sleep(std::int64_t now) {
  std::int64_t next = std::min(retry_, next_cycle(now));
  if (!faulted_) next = std::min(next, fault_.cycle);
  std::int64_t before = last_done_;
  for (const InFlight& entry : in_flight_) {
    if (entry.sets_flag) {
      next = std::min(next, std::max(entry.start, before));
      break;
    }
    if (entry.done < 0) break;
    before = entry.done;
    next = std::min(next, before);
  }
  set_timer(now, next);
}

void Engine::set_timer(std::int64_t now, std::int64_t cycle) {
  if (timer_cycle_ <= now) timer_cycle_ = kNever;  // it has rung
  if (cycle == timer_cycle_) return;               // SystemC's timers are dear
  if (timer_cycle_ < cycle) timer_.cancel();       // an earlier one replaces a later one by itself
  timer_cycle_ = cycle;
  if (cycle == kNever) return;
  CF_CHECK(cycle > now, "an engine sleeps until a later cycle");
  timer_.notify(cycle_time(cycle - now));
}

UnitStats Engine::stats(std::int64_t end_cycle) {
  arbiter_.advance(end_cycle);
  charge(end_cycle);
  return stats_;
}

std::string Engine::waiting() const {
  const std::string unit(isa::name_of(unit_));
  if (waits_for_flag_) {
    return unit + " waits for flag " + std::to_string(awaited_flag_) + ", which nobody sets";
  }
  for (const InFlight& entry : in_flight_) {
    if (entry.command.instruction != nullptr) {
      return unit + " waits for the end of " + entry.command.instruction->name;
    }
  }
  return "";
}

}  // namespace coldforge::sim
