#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "isa/arch.h"
#include "sim/child.h"
#include "sim/soc/clock.h"
#include "sim/soc/platform.h"
#include "tests/unit/sim_core/machine_code.h"

namespace coldforge::sim::test {

/// An engine that computes nothing and takes `latency` cycles for every instruction, one start a
/// cycle; tokens as the contract says.
class FakeEngine : public sc_core::sc_module {
 public:
  FakeEngine(const sc_core::sc_module_name& name, isa::Unit unit, std::int64_t latency,
             const EngineWiring& wiring)
      : sc_core::sc_module(name),
        unit_(unit),
        latency_(latency),
        queue_(*wiring.queues[static_cast<int>(unit)]),
        flags_(wiring.flags),
        progress_(wiring.progress) {
    SC_THREAD(serve);
  }
  bool idle() const { return queue_.empty() && idle_; }
  std::string waiting() const {
    return waits_ ? std::string(name_of(unit_)) + " waits for flag " + std::to_string(flag_) : "";
  }

 private:
  SC_HAS_PROCESS(FakeEngine);

  // One instruction at a time, but its place in the queue comes free at its start.
  void serve() {
    for (;;) {
      while (queue_.head(current_cycle()) == nullptr) wait(queue_.pushed_event);
      idle_ = false;
      const Command command = *queue_.head(current_cycle());
      const bool is_wait = command.instruction->exec == "twait";
      const bool is_set = command.instruction->exec == "tset";
      std::int64_t set_seq = -1;
      if (is_wait) set_seq = wait_flag(command.x[0], command.seq);
      const std::int64_t start = current_cycle();
      queue_.pop(start);
      progress_.started(command.seq, start, is_wait ? Stall::Flag : Stall::Empty, set_seq);
      if (is_set) flags_.set(command.x[0], unit_, command.seq, start);
      const std::int64_t done = start + (is_wait || is_set ? 1 : latency_);
      wait(cycle_time(done - start));
      progress_.done(command.seq, done);
      idle_ = true;
    }
  }

  std::int64_t wait_flag(std::uint32_t flag, std::uint64_t wait_seq) {
    flags_.begin_wait(flag, unit_, wait_seq, current_cycle());
    waits_ = true;
    flag_ = flag;
    while (flags_.visible(flag, current_cycle()) == 0) wait(flags_.changed_event(flag));
    const auto seq = static_cast<std::int64_t>(flags_.take(flag, current_cycle()));
    waits_ = false;
    return seq;
  }

  const isa::Unit unit_;
  const std::int64_t latency_;
  CommandQueue& queue_;
  FlagFile& flags_;
  Progress& progress_;
  bool idle_ = true, waits_ = false;
  std::uint32_t flag_ = 0;
};

struct IdleMaster : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<IdleMaster> isock{"isock"};
  explicit IdleMaster(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {}
};

class FakeEngines : public EngineSet {
 public:
  FakeEngines(const EngineWiring& wiring, std::int64_t latency, bool reversed) {
    for (int i = 1; i < isa::kUnits; ++i) {
      const int u = reversed ? isa::kUnits - i : i;
      const std::string name(name_of(isa::Unit(u)));
      engines_[u] = std::make_unique<FakeEngine>(name.c_str(), isa::Unit(u), latency, wiring);
    }
    load_.isock.bind(wiring.load_isock);
    store_.isock.bind(wiring.store_isock);
  }
  UnitStats stats(isa::Unit, std::int64_t end_cycle) override {
    UnitStats stats;
    stats.cycles[static_cast<int>(Stall::Empty)] = end_cycle;
    return stats;
  }
  std::string waiting(isa::Unit unit) const override {
    return engines_[static_cast<int>(unit)]->waiting();
  }
  bool idle(isa::Unit unit) const override { return engines_[static_cast<int>(unit)]->idle(); }

 private:
  std::unique_ptr<FakeEngine> engines_[isa::kUnits];
  IdleMaster load_{"idle_load"}, store_{"idle_store"};
};

/// A machine with fake engines; each run is a process of its own, so that a test may have many.
class FakeMachine {
 public:
  explicit FakeMachine(std::int64_t latency = 10, const std::vector<std::string>& sets = {})
      : isa(isa::Isa::load()),
        arch(isa::load_arch("tiny", sets)),
        plans_(make_plans(isa)),
        check_(arch),
        latency_(latency) {}

  RunResult run(const Code& code, RunOptions options = {}, const std::vector<Buffer>& buffers = {},
                bool reversed = false) const {
    const Program program = program_of(code);
    const std::int64_t latency = latency_;
    const EngineFactory engines = [=](const EngineWiring& wiring) {
      return std::make_unique<FakeEngines>(wiring, latency, reversed);
    };
    return start_child([&] {
             return Platform({isa, arch, plans_, check_, engines}, program, buffers, buffers.size(),
                             options)
                 .run();
           })
        ->finish();
  }

  const isa::Isa isa;
  const isa::Arch arch;

 private:
  const std::vector<TilePlan> plans_;
  const IssueCheck check_;
  const std::int64_t latency_;
};

}  // namespace coldforge::sim::test
