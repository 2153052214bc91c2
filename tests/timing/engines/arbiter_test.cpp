#include <catch2/catch.hpp>
#include <deque>
#include <limits>
#include <vector>

#include "sim/base/random.h"
#include "sim/mem/port_arbiter.h"
#include "sim/mem/ring.h"

namespace coldforge::sim::test {
namespace {

/// Ports that a stream asks for in one step.
struct Asks {
  std::uint64_t banks[kPortSides] = {};
};

struct LineStepSpec {
  std::int64_t ready;
  PortSide side;
  std::uint64_t bank;
};

/// What all five units will ask for; the same for the arbiter and for the reference.
struct Scenario {
  std::vector<Asks> vector, matrix;  ///< by cycle
  std::vector<Asks> move;            ///< by step of the pipe
  std::int64_t move_start = 0;
  std::vector<LineStepSpec> load, store;
};

constexpr int kBanks = 4;

std::uint64_t random_bank(Random& random) { return std::uint64_t{1} << random.below(kBanks); }

Scenario random_scenario(Random& random) {
  Scenario s;
  const int cycles = 40 + static_cast<int>(random.below(200));
  s.vector.resize(static_cast<std::size_t>(cycles));
  s.matrix.resize(static_cast<std::size_t>(cycles));
  const std::uint32_t density = 1 + random.below(4);
  for (int t = 0; t < cycles; ++t) {
    if (random.below(4) < density) s.vector[t].banks[0] = random_bank(random) | random_bank(random);
    if (random.below(4) < density) s.vector[t].banks[1] = random_bank(random);
    if (random.below(3) == 0) s.matrix[t].banks[4] = random_bank(random);
  }
  s.move.resize(random.below(80));
  for (Asks& asks : s.move) {
    asks.banks[random.below(2) ? 0 : 4] = random_bank(random);
    if (random.below(3)) asks.banks[1 + random.below(3)] = random_bank(random);
  }
  s.move_start = random.below(60);
  const auto lines = [&](std::vector<LineStepSpec>& steps, bool load) {
    std::int64_t ready = random.below(30);
    for (std::uint32_t i = random.below(100); i > 0; --i) {
      if (random.below(3) == 0) ready += random.below(12);
      const PortSide side = load ? (random.below(4) ? PortSide::VecWrite : PortSide::LeftWrite)
                                 : (random.below(4) ? PortSide::VecRead : PortSide::AccRead);
      steps.push_back({ready, side, random.below(20) ? random_bank(random) : 0});
    }
  };
  lines(s.load, true);
  lines(s.store, false);
  return s;
}

struct Outcome {
  std::vector<std::int64_t> move, load, store;  ///< cycle in which each step advanced
  StreamCount move_count, load_count, store_count;
  int late = 0;
  bool operator==(const Outcome& o) const {
    const auto same = [](const StreamCount& a, const StreamCount& b) {
      return a.advanced == b.advanced && a.lost == b.lost;
    };
    return late == o.late && move == o.move && load == o.load && store == o.store &&
           same(move_count, o.move_count) && same(load_count, o.load_count) &&
           same(store_count, o.store_count);
  }
};

/// The rule of sim/README.md, cycle by cycle: a unit advances if no higher one asks for any of its
/// ports.
Outcome reference(const Scenario& s, std::int64_t end) {
  Outcome out;
  std::size_t move = 0, load = 0, store = 0;
  for (std::int64_t t = 0; t < end; ++t) {
    Asks higher;
    const auto add = [&](const Asks& asks) {
      for (int side = 0; side < kPortSides; ++side) higher.banks[side] |= asks.banks[side];
    };
    const auto free = [&](const Asks& asks) {
      for (int side = 0; side < kPortSides; ++side) {
        if (asks.banks[side] & higher.banks[side]) return false;
      }
      return true;
    };
    if (t < static_cast<std::int64_t>(s.vector.size())) {
      add(s.vector[t]);
      add(s.matrix[t]);
    }
    if (t >= s.move_start && move < s.move.size()) {
      const Asks& asks = s.move[move];
      if (free(asks)) {
        out.move.push_back(t);
        ++out.move_count.advanced;
        ++move;
      } else {
        ++out.move_count.lost;
      }
      add(asks);
    }
    const auto line = [&](const std::vector<LineStepSpec>& steps, std::size_t& next,
                          std::vector<std::int64_t>& cycles, StreamCount& count) {
      if (next >= steps.size() || steps[next].ready > t) return;
      Asks asks;
      asks.banks[static_cast<int>(steps[next].side)] = steps[next].bank;
      if (free(asks)) {
        cycles.push_back(t);
        ++count.advanced;
        ++next;
      } else {
        ++count.lost;
      }
      add(asks);
    };
    line(s.store, store, out.store, out.store_count);
    line(s.load, load, out.load, out.load_count);
  }
  return out;
}

/// The same by PortArbiter, which is asked at random times and told of each step no later than it
/// is ready.
Outcome event_driven(const Scenario& s, std::int64_t end, Random& random) {
  PortArbiter arbiter;
  Outcome out;
  std::size_t load = 0, store = 0;
  bool move_started = s.move.empty();
  std::int64_t told = 0;  // vector and matrix cycles
  std::int64_t now = 0;
  while (now < end) {
    arbiter.advance(now);
    std::int64_t cycle = 0;
    while (arbiter.take_move(&cycle)) out.move.push_back(cycle);
    // A unit that wakes at each bound learns of a step in the cycle after it, never later.
    while (arbiter.load().take_mark(now, &cycle)) {
      out.load.push_back(cycle);
      out.late += cycle + 1 != now;
    }
    while (arbiter.store().take_mark(now, &cycle)) {
      out.store.push_back(cycle);
      out.late += cycle + 1 != now;
    }
    // A unit says what it asks for at the start of an instruction: now, and for some cycles ahead.
    const std::int64_t next = std::min(end, now + 1 + random.below(25));
    for (; told < next && told < static_cast<std::int64_t>(s.vector.size()); ++told) {
      for (int side = 0; side < kPortSides; ++side) {
        if (s.vector[told].banks[side]) {
          arbiter.ask_vector(told, static_cast<PortSide>(side), s.vector[told].banks[side]);
        }
      }
      if (s.matrix[told].banks[4]) arbiter.ask_matrix(told, s.matrix[told].banks[4]);
    }
    std::int64_t stop = next;
    if (!move_started && s.move_start > now) stop = std::min(stop, s.move_start);
    if (!move_started && s.move_start == now) {
      move_started = true;
      const std::int64_t position = arbiter.move_position();
      for (std::size_t i = 0; i < s.move.size(); ++i) {
        for (int side = 0; side < kPortSides; ++side) {
          if (s.move[i].banks[side] == 0) continue;
          arbiter.ask_move(position + static_cast<std::int64_t>(i), static_cast<PortSide>(side),
                           s.move[i].banks[side]);
        }
        arbiter.extend_move(position + static_cast<std::int64_t>(s.move.size()),
                            position + static_cast<std::int64_t>(i));
      }
    }
    const auto push = [&](const std::vector<LineStepSpec>& steps, std::size_t& pushed,
                          LineStream& stream) {
      for (; pushed < steps.size() && steps[pushed].ready < stop; ++pushed) {
        stream.push(steps[pushed].ready, steps[pushed].side, steps[pushed].bank);
        stream.mark(0);
      }
    };
    push(s.load, load, arbiter.load());
    push(s.store, store, arbiter.store());
    stop = std::min({stop, std::max(now + 1, arbiter.load().mark_bound(now)),
                     std::max(now + 1, arbiter.store().mark_bound(now))});
    now = stop;
  }
  arbiter.advance(end);
  std::int64_t cycle = 0;
  while (arbiter.take_move(&cycle)) out.move.push_back(cycle);
  while (arbiter.load().take_mark(end, &cycle)) out.load.push_back(cycle);
  while (arbiter.store().take_mark(end, &cycle)) out.store.push_back(cycle);
  out.move_count = arbiter.move_count();
  out.load_count = arbiter.load_count();
  out.store_count = arbiter.store_count();
  return out;
}

}  // namespace

TEST_CASE("the event-driven arbiter equals one that looks at every cycle", "[sim][timing]") {
  Random random(21, stream_key("arbiter"));
  int wrong = 0;
  std::int64_t lost = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    const Scenario scenario = random_scenario(random);
    const Outcome want = reference(scenario, 1500);
    const Outcome got = event_driven(scenario, 1500, random);
    wrong += !(got == want);
    lost += want.move_count.lost + want.load_count.lost + want.store_count.lost;
  }
  CHECK(wrong == 0);
  CHECK(lost > 50000);  // the scenarios do collide
}

TEST_CASE("a losing request still blocks those below it", "[sim][timing]") {
  PortArbiter arbiter;
  arbiter.ask_vector(0, PortSide::VecRead, 1);
  // The move asks for banks 0 and 1 of the read side; it loses bank 0 in cycle 0, and the store
  // loses bank 1 to it.
  arbiter.ask_move(0, PortSide::VecRead, 3);
  arbiter.extend_move(1, 0);
  arbiter.store().push(0, PortSide::VecRead, 2);
  arbiter.store().mark(0);
  arbiter.advance(5);
  std::int64_t cycle = -1;
  REQUIRE(arbiter.take_move(&cycle));
  CHECK(cycle == 1);
  REQUIRE(arbiter.store().take_mark(5, &cycle));
  CHECK(cycle == 2);
  CHECK(arbiter.store_count().lost == 2);
}

TEST_CASE("a request of the bus counts as work, once a cycle", "[sim][timing]") {
  PortArbiter arbiter;
  arbiter.load().push(2, PortSide::VecWrite, 1);
  arbiter.load().push(2, PortSide::VecWrite, 1);
  arbiter.load().request(1);
  arbiter.load().request(2);
  arbiter.load().request(7);
  arbiter.advance(10);
  CHECK(arbiter.load_count().advanced == 4);  // cycles 1, 2, 3 and 7
  CHECK(arbiter.load_count().lost == 0);
}

TEST_CASE("a mark is known in the cycle after its step and not before", "[sim][timing]") {
  PortArbiter arbiter;
  arbiter.load().push(4, PortSide::VecWrite, 1);
  arbiter.load().push(4, PortSide::VecWrite, 1);
  arbiter.load().mark(0);
  arbiter.load().mark(9);
  CHECK(arbiter.load().mark_bound(0) ==
        5);  // the last step is ready in 4; two steps need two cycles
  arbiter.advance(5);
  CHECK(arbiter.load().mark_bound(5) == 6);
  std::int64_t cycle = -1;
  CHECK_FALSE(arbiter.load().take_mark(5, &cycle));
  arbiter.advance(6);
  REQUIRE(arbiter.load().take_mark(6, &cycle));
  CHECK(cycle == 5);
  CHECK_FALSE(arbiter.load().take_mark(6, &cycle));  // nothing to step, but not before cycle 9
  CHECK(arbiter.load().mark_bound(6) == 10);
  arbiter.advance(10);
  REQUIRE(arbiter.load().take_mark(10, &cycle));
  CHECK(cycle == 9);
}

TEST_CASE("a bound counts in what higher engines have asked for already", "[sim][timing]") {
  PortArbiter arbiter;
  arbiter.ask_matrix_run(0, 40, 1);  // bank 0 of Acc in cycles 0 to 39
  arbiter.ask_matrix(41, 2);
  arbiter.store().push(0, PortSide::AccRead, 1);
  arbiter.store().push(0, PortSide::AccRead, 2);
  arbiter.store().mark(0);
  // The first step advances in 40; the second is asked for in 41, lost, and advances in 42.
  CHECK(arbiter.store().mark_bound(0) == 43);
  arbiter.advance(42);
  CHECK(arbiter.store().mark_bound(42) == 43);
  std::int64_t cycle = -1;
  CHECK_FALSE(arbiter.store().take_mark(42, &cycle));
  arbiter.advance(43);
  REQUIRE(arbiter.store().take_mark(43, &cycle));
  CHECK(cycle == 42);
  CHECK(arbiter.store_count().advanced == 2);
  CHECK(arbiter.store_count().lost == 41);
}

TEST_CASE("a ring keeps its order while it wraps and grows", "[sim]") {
  Ring<int> ring;
  int pushed = 0, popped = 0;
  bool in_order = true;
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 7; ++i) ring.push_back(pushed++);
    for (int i = 0; i < 5; ++i, ring.pop_front()) in_order = in_order && ring.front() == popped++;
  }
  CHECK(in_order);
  REQUIRE(ring.size() == 200);
  for (std::size_t i = 0; i < ring.size(); ++i) {
    in_order = in_order && ring[i] == popped + static_cast<int>(i);
  }
  CHECK(in_order);
}

}  // namespace coldforge::sim::test
