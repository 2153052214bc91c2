#include "sim/trace/races.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"

namespace coldforge::sim {
namespace {

constexpr std::size_t kMostRaces = 16;
constexpr std::size_t kPruneEvery = 1024;
constexpr int kCore = static_cast<int>(isa::Unit::Scalar);

template <class Clock>
void join(Clock& into, const Clock& other) {
  for (std::size_t u = 0; u < into.size(); ++u) into[u] = std::max(into[u], other[u]);
}

}  // namespace

void RaceCheck::issued(const Command& command) {
  const isa::Instruction& instruction = *command.instruction;
  Pending p;
  p.seq = command.seq;
  p.pc = command.pc;
  p.instruction = instruction.id;
  p.kind = instruction.exec == "tset"    ? Pending::Kind::Set
           : instruction.exec == "twait" ? Pending::Kind::Wait
                                         : Pending::Kind::Plain;
  p.issue = clocks_[kCore];
  if (p.kind == Pending::Kind::Plain) p.accesses = accesses_of(command);
  if (p.kind == Pending::Kind::Set) set_units_[p.seq] = instruction.unit;
  next_seq_ = command.seq + 1;
  pending_[static_cast<int>(instruction.unit)].push_back(std::move(p));
}

void RaceCheck::matched(isa::Unit unit, std::uint64_t set_seq) {
  if (unit != isa::Unit::Scalar) matches_[static_cast<int>(unit)].push_back(set_seq);
}

void RaceCheck::core_set(std::uint64_t seq) {
  set_units_[seq] = isa::Unit::Scalar;
  set_clocks_[seq] = clocks_[kCore];
  next_seq_ = seq + 1;
}

RaceCheck::Clock RaceCheck::after_set(std::uint64_t set_seq) {
  const auto unit = set_units_.find(set_seq);
  CF_CHECK(unit != set_units_.end(), "a wait joins a set that was issued");
  if (unit->second != isa::Unit::Scalar) examine_until(unit->second, set_seq);
  const auto clock = set_clocks_.find(set_seq);
  CF_CHECK(clock != set_clocks_.end(), "a set is examined before its wait");
  const Clock result = clock->second;
  set_clocks_.erase(clock);
  set_units_.erase(unit);
  return result;
}

void RaceCheck::core_wait(std::uint64_t set_seq) { join(clocks_[kCore], after_set(set_seq)); }

void RaceCheck::core_barrier(std::uint32_t mask) {
  for (int u = 1; u < isa::kUnits; ++u) {
    if ((mask >> u & 1) == 0) continue;
    if (!pending_[u].empty()) examine_until(isa::Unit(u), pending_[u].back().seq);
    join(clocks_[kCore], clocks_[u]);
  }
}

void RaceCheck::core_joins(isa::Unit unit, std::uint64_t seq) {
  examine_until(unit, seq);
  join(clocks_[kCore], clocks_[static_cast<int>(unit)]);
}

void RaceCheck::core_access(std::uint32_t pc, std::uint32_t address, std::uint32_t size_bytes,
                            bool write) {
  if (!names_.writable(address)) return;
  Clock& clock = clocks_[kCore];
  ++clock[kCore];
  Seen access{clock[kCore], pc,
              -1,           next_seq_,
              write,        Footprint::of_bytes(address, std::int64_t{address} + size_bytes)};
  check(isa::Unit::Scalar, clock, access, kSpaceDram);
  auto& list = seen_[kSpaceDram][kCore];
  list.push_back(std::move(access));
  if (list.size() % kPruneEvery == 0) prune(kSpaceDram, isa::Unit::Scalar);
}

void RaceCheck::examine_until(isa::Unit unit, std::uint64_t seq) {
  auto& queue = pending_[static_cast<int>(unit)];
  while (!queue.empty() && queue.front().seq <= seq) {
    CF_CHECK(examine_front(unit), "waits are matched before they are asked for");
  }
}

/// False if it is a wait that took nothing yet.
bool RaceCheck::examine_front(isa::Unit unit) {
  const int u = static_cast<int>(unit);
  Clock& clock = clocks_[u];
  if (pending_[u].front().kind == Pending::Kind::Wait) {
    if (matches_[u].empty()) return false;
    const std::uint64_t set_seq = matches_[u].front();
    matches_[u].pop_front();
    join(clock, after_set(set_seq));
  }
  const Pending p = std::move(pending_[u].front());
  pending_[u].pop_front();
  join(clock, p.issue);
  ++clock[u];
  if (p.kind == Pending::Kind::Set) set_clocks_[p.seq] = clock;
  for (const Access& a : p.accesses) {
    if (a.bytes.low() >= a.bytes.end()) continue;
    if (a.space == kSpaceDram && !names_.writable(a.bytes.low())) continue;
    Seen access{clock[u], p.pc, p.instruction, p.seq, a.write, a.bytes};
    check(unit, clock, access, a.space);
    auto& list = seen_[a.space][u];
    list.push_back(std::move(access));
    if (list.size() % kPruneEvery == 0) prune(a.space, unit);
  }
  return true;
}

void RaceCheck::check(isa::Unit unit, const Clock& clock, const Seen& access, int space) {
  for (int v = 0; v < isa::kUnits; ++v) {
    if (v == static_cast<int>(unit)) continue;
    const auto& list = seen_[space][v];
    // Lists are in order, and the clock covers a prefix of each.
    for (auto other = list.rbegin();
         other != list.rend() && other->index > clock[static_cast<std::size_t>(v)]; ++other) {
      Footprint::Interval where{};
      if ((access.write || other->write) && access.bytes.overlaps(other->bytes, &where)) {
        report(*other, access, space, where);
      }
    }
  }
}

void RaceCheck::report(const Seen& a, const Seen& b, int space, const Footprint::Interval& where) {
  // A scalar access has the number of the next issue, and comes before it.
  const bool in_order = a.seq < b.seq || (a.seq == b.seq && a.instruction < 0);
  const Seen& first = in_order ? a : b;
  const Seen& second = in_order ? b : a;
  if (races_.size() >= kMostRaces || !reported_.insert({first.pc, second.pc}).second) return;
  RaceReport race;
  race.pc_first = first.pc;
  race.pc_second = second.pc;
  race.seq_first = first.seq;
  race.seq_second = second.seq;
  race.memory = space == kSpaceDram ? "dram:" + names_.buffer(where.low)
                                    : std::string(name_of(static_cast<isa::Memory>(space)));
  race.address = static_cast<std::uint32_t>(where.low);
  race.size_bytes = static_cast<std::uint32_t>(where.end - where.low);
  const auto describe = [&](const Seen& s) {
    return fmt::format("{} at pc 0x{:08x} ({})",
                       s.instruction >= 0 ? names_.mnemonic(s.instruction)
                       : s.write          ? "scalar store"
                                          : "scalar load",
                       s.pc, s.write ? "write" : "read");
  };
  race.message =
      fmt::format("{} and {} are not ordered on {} bytes at 0x{:x} of {}", describe(first),
                  describe(second), race.size_bytes, race.address, race.memory);
  races_.push_back(std::move(race));
}

/// Drops accesses that happen before everything that is still to come.
void RaceCheck::prune(int space, isa::Unit unit) {
  const auto u = static_cast<std::size_t>(unit);
  std::uint32_t before_all = UINT32_MAX;
  for (std::size_t v = 0; v < isa::kUnits; ++v) {
    if (v == u) continue;
    const Clock& core = pending_[v].empty() ? clocks_[kCore] : pending_[v].front().issue;
    before_all = std::min(before_all, std::max(clocks_[v][u], core[u]));
  }
  auto& list = seen_[space][u];
  while (!list.empty() && list.front().index <= before_all) list.pop_front();
}

void RaceCheck::finish() {
  for (int u = 1; u < isa::kUnits; ++u) {
    while (!pending_[u].empty() && examine_front(isa::Unit(u))) {
    }
  }
  std::sort(races_.begin(), races_.end(), [](const RaceReport& a, const RaceReport& b) {
    return std::pair(a.seq_first, a.seq_second) < std::pair(b.seq_first, b.seq_second);
  });
}

}  // namespace coldforge::sim
