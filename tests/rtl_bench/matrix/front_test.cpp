// What the engines of the RTL share, against the model's Engine: scripts of flag operations and of
// instructions with given gates and ends, run by SystemC first and then by the fronts, cycle by
// cycle.
#include <verilated.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <systemc>
#include <vector>

#include "VFront.h"
#include "sim/base/random.h"
#include "sim/engine/engine.h"
#include "sim/exec/legality.h"
#include "sim/soc/clock.h"

using namespace coldforge;
using namespace coldforge::sim;

// SystemC wants one, which nobody calls.
extern "C" __attribute__((weak)) int sc_main(int, char**) { return 0; }

namespace {

constexpr int kEngines = 3, kFirstUnit = 3;
constexpr std::int64_t kCycles = 400;

/// An instruction and what its unit does with it.
struct Op {
  Command command;
  std::int64_t push_from = 0;  ///< cycle in which the core has it
  std::int64_t busy = 1;       ///< cycles from its start in which the unit takes no other
  std::int64_t worked = 1;     ///< the first of them, in which it works
  std::int64_t hazard = 0;     ///< cycles from its start in which the next one waits for order
  std::int64_t latency = 1;    ///< from its start to its own done
};

struct Script {
  std::vector<Op> ops[kEngines];
  std::map<std::int64_t, std::uint32_t> core_sets;  ///< by cycle
};

/// What happened; by engine, then by op or cycle.
struct Log {
  std::map<std::uint64_t, std::int64_t> push, start, done;      ///< by seq
  std::vector<int> stall[kEngines];                             ///< by cycle
  std::map<std::int64_t, std::map<int, std::uint64_t>> faults;  ///< cycle, engine, seq
  std::int64_t core_overflow = -1;
};

std::uint64_t seq_of(int engine, std::size_t op) {
  return static_cast<std::uint64_t>(engine) * 1000 + op;
}

/// The unit's last steps are in different cycles: the first own done from `wanted` on that no other
/// has.
std::int64_t own_done(const std::set<std::int64_t>& taken, std::int64_t wanted) {
  while (taken.count(wanted) != 0) ++wanted;
  return wanted;
}

TileDesc span(isa::Memory memory, std::uint32_t low, std::uint32_t bytes) {
  return {memory, ElementType::Int8, low, 1, bytes, 0, 1};
}

Command draw_own(Random& random, const isa::Isa& isa, int engine) {
  const char* const move[] = {"tmov", "tmov.view", "tmov.bias"};
  const char* const vector[] = {"tadd", "trowsum", "tfma", "texp"};
  Command command;
  command.instruction = isa.find(engine == 0   ? move[random.below(3)]
                                 : engine == 1 ? "tmatmul.acc"
                                               : vector[random.below(4)]);
  for (TileDesc& tile : command.tile) {
    const auto memory = static_cast<isa::Memory>(random.below(3) == 0 ? random.below(4) : 0);
    tile = span(memory, random.below(60), 1 + random.below(16));
  }
  return command;
}

Script draw_script(Random& random, const isa::Isa& isa) {
  const char* const units[] = {"move", "matrix", "vector"};
  Script script;
  const bool hogs = random.below(4) == 0;       // one flag that everybody sets
  const bool conflicts = random.below(4) == 0;  // and one that everybody waits for
  const std::uint32_t gap = hogs ? 2 : random.below(3) == 0 ? 30 : 3;
  for (int e = 0; e < kEngines; ++e) {
    const std::size_t count = 5 + random.below(40);
    std::int64_t from = random.below(5);
    for (std::size_t i = 0; i < count; ++i) {
      Op op;
      const std::uint32_t kind = hogs ? random.below(2) == 0 ? 0 : 6 : random.below(10);
      if (kind < 6) {
        op.command = draw_own(random, isa, e);
        op.busy = 1 + random.below(4);
        op.worked = 1 + random.below(static_cast<std::uint32_t>(op.busy));
        op.hazard = random.below(2) == 0 ? 0 : random.below(10);
        op.latency = op.busy + random.below(random.below(3) == 0 ? 40 : 8);
      } else {
        const bool sets = kind < 8;
        op.command.instruction = isa.find((sets ? "tset." : "twait.") + std::string(units[e]));
        // Flag 4 * setter + waiter, the core is 3.
        const std::uint32_t other = random.below(sets ? 3 : 4),
                            self = static_cast<std::uint32_t>(e);
        op.command.x[0] = sets ? 4 * self + other : 4 * other + self;
        if (sets && hogs) op.command.x[0] = 20;
        if (!sets && conflicts && random.below(2) == 0) op.command.x[0] = 21;
      }
      op.command.seq = seq_of(e, i);
      op.push_from = from;
      from += random.below(gap);
      script.ops[e].push_back(op);
    }
  }
  for (std::int64_t t = random.below(20); t < kCycles; t += 1 + random.below(20)) {
    script.core_sets[t] = hogs ? 20 : conflicts ? 21 : 12 + random.below(3);
  }
  return script;
}

class ScriptedEngine : public Engine {
 public:
  ScriptedEngine(const sc_core::sc_module_name& name, int engine, const EngineContext& context,
                 const Script& script)
      : Engine(name, static_cast<isa::Unit>(kFirstUnit + engine), context),
        ops_(script.ops[engine]),
        checks_overlap_(engine != 1) {}

 private:
  void catch_up(std::int64_t) override {}
  Gate gate(const Command& command, std::int64_t now) override {
    if (busy_until_ > now) return {busy_until_, Stall::Busy, -1};
    const InFlight* const blocker = checks_overlap_ ? overlap(command) : nullptr;
    if (blocker != nullptr && blocker->done != now) {
      return {blocker->done > now ? blocker->done : kNever, Stall::Hazard, -1};
    }
    return {hazard_until_, Stall::Hazard, -1};
  }
  void begin(const Command& command, std::int64_t now) override {
    const Op& op = ops_[command.seq % 1000];
    busy_until_ = now + op.busy;
    hazard_until_ = now + op.hazard;
    worked_until_ = now + op.worked;
    worked_ += op.worked;
    const std::int64_t done = own_done(dones_, now + op.latency);
    dones_.insert(done);
    finish(command.seq, done);
  }
  std::int64_t next_cycle(std::int64_t) override { return kNever; }
  Work work(std::int64_t now) override {
    return {worked_ - std::max<std::int64_t>(0, worked_until_ - now), 0, 0};
  }

  const std::vector<Op>& ops_;
  const bool checks_overlap_;
  std::int64_t busy_until_ = 0, hazard_until_ = 0, worked_until_ = 0, worked_ = 0;
  std::set<std::int64_t> dones_;
};

/// Three engines of the model, their queues and flags, and the core's part.
class ModelWorld : public sc_core::sc_module, private Progress {
 public:
  ModelWorld(const sc_core::sc_module_name& name, const isa::Isa& isa, const isa::Arch& arch,
             const Semantics& semantics, const Plans& plans, const Script& script)
      : sc_module(name), script_(script), flags_(arch.flags), memories_(arch) {
    for (int e = 0; e < kEngines; ++e) {
      queues_[e] = std::make_unique<CommandQueue>(arch.queue.depth);
      const EngineContext context{isa,    arch,  semantics, plans,   *queues_[e],
                                  flags_, *this, memories_, arbiter_};
      engines_[e] = std::make_unique<ScriptedEngine>(("engine" + std::to_string(e)).c_str(), e,
                                                     context, script);
    }
    SC_METHOD(step);
  }
  Log& log() { return log_; }

 private:
  SC_HAS_PROCESS(ModelWorld);
  void step() {
    const std::int64_t now = current_cycle();
    for (int e = 0; e < kEngines; ++e) {
      if (now > 0) {
        const UnitStats stats = engines_[e]->stats(now);
        for (int reason = 0; reason < kStalls; ++reason) {
          if (stats.cycles[reason] != before_[e].cycles[reason]) log_.stall[e].push_back(reason);
        }
        before_[e] = stats;
      }
      const auto& ops = script_.ops[e];
      if (next_[e] < ops.size() && ops[next_[e]].push_from <= now && queues_[e]->accepts(now)) {
        log_.push[seq_of(e, next_[e])] = now;
        queues_[e]->push(ops[next_[e]++].command, now);
      }
    }
    const auto set = script_.core_sets.find(now);
    if (set != script_.core_sets.end() && log_.core_overflow < 0 &&
        !flags_.set(set->second, isa::Unit::Scalar, 9000, now)) {
      log_.core_overflow = now;
    }
    next_trigger(cycle_time(1));
  }
  void issued(const Command&) override {}
  void started(std::uint64_t seq, std::int64_t cycle, Stall, std::int64_t) override {
    log_.start[seq] = cycle;
  }
  void done(std::uint64_t seq, std::int64_t cycle) override { log_.done[seq] = cycle; }
  void fault(std::uint64_t seq, std::int64_t cycle, const std::string&, std::uint32_t) override {
    log_.faults[cycle][static_cast<int>(seq / 1000)] = seq;
  }
  std::int64_t drained_at(isa::Unit) const override { return -1; }

  const Script& script_;
  Log log_;
  FlagFile flags_;
  TileMemories memories_;
  PortArbiter arbiter_;
  std::unique_ptr<CommandQueue> queues_[kEngines];
  std::unique_ptr<ScriptedEngine> engines_[kEngines];
  UnitStats before_[kEngines];
  std::size_t next_[kEngines] = {};
};

/// The same on the RTL; compares with the model's log as it goes.
class RtlWorld {
 public:
  RtlWorld(const Script& script, const Log& expected)
      : script_(script), expected_(expected), top_(&context_) {
    top_.clk_i = 0;
    top_.rst_ni = 0;
    top_.stop_i = 0;
    top_.eval();
    top_.clk_i = 1;
    top_.eval();
    top_.clk_i = 0;
    top_.rst_ni = 1;
  }
  /// Up to the first fault, which is compared, too, or to a stop.
  void run(std::int64_t stop_at = kCycles) {
    for (std::int64_t t = 0; t < kCycles - 1; ++t) {
      INFO("cycle " << t);
      if (t == stop_at) return check_stopped(t);
      drive(t);
      compare(t);
      if (expected_.faults.count(t) != 0 || expected_.core_overflow == t) return;
      learn(t);
      top_.clk_i = 1;
      top_.eval();
      top_.clk_i = 0;
    }
  }

 private:
  struct State {
    std::size_t next = 0, done = 0, started = 0;
    std::int64_t busy_until = 0, hazard_until = 0, worked_until = 0;
    std::map<std::int64_t, int> ends;  ///< slots by cycle of own done - 1
    std::set<std::int64_t> dones;
  };

  void drive(std::int64_t t) {
    const auto set = script_.core_sets.find(t);
    top_.core_set_i = set != script_.core_sets.end();
    top_.core_flag_i = top_.core_set_i ? static_cast<std::uint8_t>(set->second) : 0;
    top_.push_i = top_.end_i = top_.ends_at_once_i = top_.busy_i = 0;
    top_.eval();
    for (int e = 0; e < kEngines; ++e) {
      State& state = state_[e];
      const auto& ops = script_.ops[e];
      if (state.next < ops.size() && ops[state.next].push_from <= t && (top_.accepts_o >> e & 1)) {
        push(e, ops[state.next].command);
        REQUIRE(expected_.push.at(seq_of(e, state.next)) == t);
        ++state.next;
      }
      top_.gate_i[e] = t < state.busy_until ? 1 : t < state.hazard_until ? 2 : 0;
      set_end(e, t);
      if ((top_.head_valid_o >> e & 1) && own_done(state.dones, t + op_of(e).latency) == t + 1) {
        top_.ends_at_once_i |= static_cast<std::uint8_t>(1 << e);
      }
    }
    top_.eval();
    for (int e = 0; e < kEngines; ++e) {
      if (t < state_[e].worked_until || (top_.start_o >> e & 1)) {
        top_.busy_i |= static_cast<std::uint8_t>(1 << e);
      }
    }
    top_.eval();
  }
  /// Units end and are free, heads wait, flags are set in flight: nothing starts, no flag is set.
  void check_stopped(std::int64_t t) {
    top_.stop_i = 1;
    top_.core_set_i = 0;
    for (const std::int64_t end = t + 60; t < end; ++t) {
      INFO("stopped, cycle " << t);
      top_.push_i = top_.end_i = top_.ends_at_once_i = top_.busy_i = 0;
      top_.eval();
      for (int e = 0; e < kEngines; ++e) {
        State& state = state_[e];
        const auto& ops = script_.ops[e];
        if (state.next < ops.size() && (top_.accepts_o >> e & 1)) {
          push(e, ops[state.next++].command);
        }
        top_.gate_i[e] = 0;
        set_end(e, t);
      }
      top_.eval();
      REQUIRE(top_.started_o == 0);
      REQUIRE(top_.start_o == 0);
      REQUIRE(top_.set_o == 0);
      top_.clk_i = 1;
      top_.eval();
      top_.clk_i = 0;
    }
  }
  void set_end(int e, std::int64_t t) {
    const auto end = state_[e].ends.find(t);
    if (end == state_[e].ends.end()) return;
    top_.end_i |= static_cast<std::uint8_t>(1 << e);
    top_.end_slot_i[e] = static_cast<std::uint8_t>(end->second);
  }
  const Op& op_of(int e) const { return script_.ops[e][top_.head_seq_o[e] % 1000]; }
  void push(int e, const Command& command) {
    top_.push_i |= static_cast<std::uint8_t>(1 << e);
    auto* const words = &top_.word_i[static_cast<std::size_t>(15 * e)];
    words[0] = static_cast<std::uint32_t>(command.instruction->id);
    words[1] = static_cast<std::uint32_t>(command.seq);
    words[2] = command.x[0];
    for (int i = 0; i < 4; ++i) {
      const TileSpan bytes = span_of(command.tile[i]);
      words[3 + 3 * i] = static_cast<std::uint32_t>(command.tile[i].memory);
      words[4 + 3 * i] = static_cast<std::uint32_t>(bytes.begin);
      words[5 + 3 * i] = static_cast<std::uint32_t>(bytes.end);
    }
  }
  void compare(std::int64_t t) {
    const auto faults = expected_.faults.find(t);
    for (int e = 0; e < kEngines; ++e) {
      INFO("engine " << e);
      State& state = state_[e];
      const bool faults_now = faults != expected_.faults.end() && faults->second.count(e) != 0;
      REQUIRE(((top_.fault_o >> e & 1) != 0) == faults_now);
      if (faults_now) REQUIRE(top_.fault_seq_o[e] == faults->second.at(e));
      REQUIRE(int{top_.stall_o[e]} == expected_.stall[e].at(static_cast<std::size_t>(t)));
      // The model has noted the start of a wait that turns out to be a fault in the same cycle.
      if (!faults_now) {
        const auto start = expected_.start.find(seq_of(e, state.started));
        const bool starts = start != expected_.start.end() && start->second == t;
        REQUIRE(((top_.started_o >> e & 1) != 0) == starts);
        if (starts) REQUIRE(top_.started_seq_o[e] == seq_of(e, state.started++));
      }
      REQUIRE(top_.done_count_o[e] == state.done);
      std::size_t ends = 0;
      for (;; ++ends) {
        const auto done = expected_.done.find(seq_of(e, state.done + ends));
        if (done == expected_.done.end() || done->second != t) break;
      }
      REQUIRE(top_.done_o[e] == ends);
      state.done += ends;
      const bool is_drained = state.done == state.next - (top_.push_i >> e & 1);
      REQUIRE(((top_.is_drained_o >> e & 1) != 0) == is_drained);
    }
    REQUIRE((top_.core_overflow_o != 0) == (expected_.core_overflow == t));
  }
  void learn(std::int64_t t) {
    for (int e = 0; e < kEngines; ++e) {
      if ((top_.start_o >> e & 1) == 0) continue;
      State& state = state_[e];
      const Op& op = op_of(e);
      state.busy_until = t + op.busy;
      state.worked_until = t + op.worked;
      state.hazard_until = t + op.hazard;
      const std::int64_t done = own_done(state.dones, t + op.latency);
      state.dones.insert(done);
      if (done > t + 1) state.ends[done - 1] = top_.start_slot_o[e];
    }
  }

  const Script& script_;
  const Log& expected_;
  VerilatedContext context_;
  VFront top_;
  State state_[kEngines];
};

}  // namespace

TEST_CASE(
    "the fronts of the RTL's engines issue, retire, stall and fault as the model's do, "
    "and nothing more when stopped",
    "[rtl]") {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  const Semantics semantics(isa);
  const Plans plans(isa, arch);
  const char* const asked = std::getenv("COLDFORGE_SEEDS");
  const int runs = asked == nullptr ? 40 : std::atoi(asked);
  std::vector<std::unique_ptr<Script>> scripts;
  std::vector<std::unique_ptr<ModelWorld>> models;
  for (int run = 0; run < runs; ++run) {
    Random random(static_cast<std::uint64_t>(run), stream_key("rtl front"));
    scripts.push_back(std::make_unique<Script>(draw_script(random, isa)));
    models.push_back(std::make_unique<ModelWorld>(("world" + std::to_string(run)).c_str(), isa,
                                                  arch, semantics, plans, *scripts.back()));
  }
  sc_core::sc_start(cycle_time(kCycles));
  for (int run = 0; run < runs; ++run) {
    INFO("seed " << run);
    const Script& script = *scripts[static_cast<std::size_t>(run)];
    const Log& log = models[static_cast<std::size_t>(run)]->log();
    RtlWorld(script, log).run();
    for (std::int64_t stop_at = run % 7; stop_at < 100; stop_at += 7) {
      RtlWorld(script, log).run(stop_at);
    }
  }
}
