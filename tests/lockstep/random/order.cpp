#include "tests/lockstep/random/order.h"

#include <algorithm>
#include <array>

#include "sim/base/random.h"
#include "sim/trace/footprint.h"

namespace coldforge::lockstep {
namespace {

using isa::Unit;
/// By unit: so many ops of it, counted from the begin of the scenario, happened before.
using Clock = std::array<std::size_t, isa::kUnits>;
constexpr std::uint32_t kPairs = isa::kUnits * (isa::kUnits - 1);
/// Sets that may stand before their waits. With those whose waits stand in a queue they stay below
/// 15, for queues of up to 8.
constexpr std::size_t kEarlySets = 4;

std::size_t index(Unit unit) { return static_cast<std::size_t>(unit); }

std::uint32_t flag_of(Unit setter, Unit waiter) {
  const auto s = static_cast<std::uint32_t>(setter), w = static_cast<std::uint32_t>(waiter);
  return s * (isa::kUnits - 1) + (w > s ? w - 1 : w);
}

void join(Clock& clock, const Clock& other) {
  for (std::size_t u = 0; u < clock.size(); ++u) clock[u] = std::max(clock[u], other[u]);
}

class Planner {
 public:
  Planner(const World& world, const Scenario& scenario)
      : world_(world),
        scenario_(scenario),
        before_(scenario.ops.size() + 1),
        after_(scenario.ops.size()),
        clock_after_(scenario.ops.size()),
        accesses_(scenario.ops.size()) {}

  std::vector<Event> plan() {
    for (std::size_t i = 0; i < scenario_.ops.size(); ++i) op(i);
    std::vector<Event> events;
    for (std::size_t i = 0; i <= scenario_.ops.size(); ++i) {
      events.insert(events.end(), before_[i].begin(), before_[i].end());
      if (i == scenario_.ops.size()) break;
      Event event;
      event.op = i;
      events.push_back(event);
      events.insert(events.end(), after_[i].begin(), after_[i].end());
    }
    return events;
  }

 private:
  Clock& clock(Unit unit) { return clocks_[index(unit)]; }

  void op(std::size_t i) {
    const Op& op = scenario_.ops[i];
    Random style(op.style, stream_key("order"));
    switch (op.kind) {
      case Op::Kind::Issue: {
        const isa::Instruction& instruction = *op.command.instruction;
        if (!world_.check.problem(world_.plan(instruction), op.command).empty()) return;
        accesses_[i] = sim::accesses_of(op.command);
        add(i, instruction.unit, op.style, style);
        if (world_.plan(instruction).action == sim::Action::Gets) {
          join(clock(Unit::Scalar), clock(Unit::Vector));
        }
        return;
      }
      case Op::Kind::Access:
        accesses_[i].push_back(
            {sim::kSpaceDram, op.write,
             sim::Footprint::of_bytes(op.number, std::int64_t{op.number} + op.count)});
        return add(i, Unit::Scalar, op.style, style);
      case Op::Kind::Order:
        if (op.unit != op.other) order(op.other, i, op.unit, i, 1);
        return;
      case Op::Kind::Barrier:
        return barrier(i, op.number, /*insert=*/false);
      default:
        return;
    }
  }

  /// Op `i` of `unit`: behind everything that has a byte in common with it.
  void add(std::size_t i, Unit unit, std::uint32_t plain, Random& style) {
    join(clock(unit), clock(Unit::Scalar));
    for (int tries = 0; tries < isa::kUnits; ++tries) {  // each orders one unit more
      Clock need = {};
      for (std::size_t p = 0; p < i; ++p) {
        if (accesses_[p].empty() || units_[p] == unit || p < clock(unit)[index(units_[p])])
          continue;
        if (conflict(p, i)) need[index(units_[p])] = p + 1;
      }
      std::size_t from = 0;
      while (from < need.size() && need[from] == 0) ++from;
      if (from == need.size()) break;
      order(static_cast<Unit>(from), need[from] - 1, unit, i, plain == 0 ? 0 : style.below(10));
    }
    units_.resize(i + 1, Unit::Scalar);
    units_[i] = unit;
    clock(unit)[index(unit)] = i + 1;
    clock_after_[i] = clock(unit);
  }

  bool conflict(std::size_t p, std::size_t i) const {
    for (const sim::Access& a : accesses_[p]) {
      for (const sim::Access& b : accesses_[i]) {
        if (a.space == b.space && (a.write || b.write) && a.bytes.overlaps(b.bytes)) return true;
      }
    }
    return false;
  }

  /// What `to` does from op `at` on happens after op `last` of `from`.
  void order(Unit from, std::size_t last, Unit to, std::size_t at, std::uint32_t way) {
    if (from ==
        Unit::Scalar) {  // an issue is behind all that the core did; the flag is for its own sake
      return handshake(from, to, at);
    }
    if (way >= 8 || flag_of(from, to) >= spare_flags(world_.arch)) {
      return barrier(at, 1u << index(from) | (way == 9 ? 1u << index(to) : 0), /*insert=*/true);
    }
    if (way >= 6 && to != Unit::Scalar) {  // by way of the core or of a third engine
      const Unit third = way == 6 ? Unit::Scalar : static_cast<Unit>(1 + last % 5);
      if (third != from && third != to && flag_of(third, to) < spare_flags(world_.arch) &&
          flag_of(from, third) < spare_flags(world_.arch)) {
        handshake(from, third, at);
        return third == Unit::Scalar ? join(clock(to), clock(third)) : handshake(third, to, at);
      }
    }
    auto& waits = waits_[flag_of(from, to)];
    const auto early =
        std::count_if(waits.begin(), waits.end(), [&](std::size_t wait) { return wait > last; });
    const bool has_record = last < units_.size() && units_[last] == from && last != at;
    if (way < 3 && has_record && static_cast<std::size_t>(early) < kEarlySets) {
      after_[last].push_back(event(Event::Kind::Set, from, flag_of(from, to)));
      before_[at].push_back(event(Event::Kind::Wait, to, flag_of(from, to)));
      waits.push_back(at);
      join(clock(to), clock_after_[last]);
    } else {
      handshake(from, to, at);
    }
  }

  /// A set by `from` and a wait of `to` for it, right in front of op `at`.
  void handshake(Unit from, Unit to, std::size_t at) {
    const std::uint32_t flag = flag_of(from, to);
    if (flag >= spare_flags(world_.arch)) return barrier(at, 1u << index(from), /*insert=*/true);
    before_[at].push_back(event(Event::Kind::Set, from, flag));
    before_[at].push_back(event(Event::Kind::Wait, to, flag));
    waits_[flag].push_back(at);
    join(clock(from), clock(Unit::Scalar));
    join(clock(to), clock(from));
  }

  void barrier(std::size_t at, std::uint32_t mask, bool insert) {
    for (std::size_t u = 1; u < isa::kUnits; ++u) {
      if ((mask >> u & 1) != 0) join(clock(Unit::Scalar), clocks_[u]);
    }
    if (insert) before_[at].push_back(event(Event::Kind::Barrier, Unit::Scalar, mask));
    for (Clock& each : clocks_) join(each, clock(Unit::Scalar));  // whatever is issued from here on
  }

  static Event event(Event::Kind kind, Unit unit, std::uint32_t number) {
    Event event;
    event.kind = kind;
    event.unit = unit;
    event.number = number;
    return event;
  }

  const World& world_;
  const Scenario& scenario_;
  std::vector<std::vector<Event>> before_, after_;
  std::vector<Clock> clock_after_;
  std::vector<std::vector<sim::Access>> accesses_;  ///< none: it orders nothing and needs no order
  std::vector<Unit> units_;
  Clock clocks_[isa::kUnits] = {};
  std::array<std::vector<std::size_t>, kPairs>
      waits_;  ///< by flag: ops in front of which they stand
};

}  // namespace

std::uint32_t spare_flags(const isa::Arch& arch) {
  return std::min(kPairs, static_cast<std::uint32_t>(arch.flags));
}

std::vector<Event> in_order(const World& world, const Scenario& scenario) {
  return Planner(world, scenario).plan();
}

}  // namespace coldforge::lockstep
