#include "sim/soc/flags.h"

#include <algorithm>
#include <deque>
#include <memory>

#include "sim/base/error.h"
#include "sim/soc/clock.h"

namespace coldforge::sim {
namespace {

constexpr int kLargestValue = 15;

}  // namespace

struct FlagFile::Flag {
  struct Set {
    std::int64_t cycle;
    std::uint64_t seq;
  };
  std::deque<Set> sets;        ///< not taken yet, oldest first
  std::int64_t taken_in = -1;  ///< cycle of the last take: others still see the value before it
  int waiter = -1;             ///< Unit, or -1
  std::unique_ptr<sc_core::sc_event> changed;  ///< made when somebody waits: few flags ever need it
};

FlagFile::FlagFile(std::int64_t flags) {
  for (std::int64_t i = 0; i < flags; ++i) flags_.push_back(std::make_unique<Flag>());
}
FlagFile::~FlagFile() = default;

int FlagFile::visible(std::uint32_t flag, std::int64_t now) const {
  const Flag& f = *flags_[flag];
  const auto seen = std::count_if(f.sets.begin(), f.sets.end(),
                                  [&](const Flag::Set& set) { return set.cycle < now; });
  return static_cast<int>(seen) + (f.taken_in == now ? 1 : 0);
}

bool FlagFile::set(std::uint32_t flag, std::uint64_t seq, std::int64_t now) {
  Flag& f = *flags_[flag];
  // A take in this cycle does not make room yet, whether it was called before or comes after.
  const int value = static_cast<int>(f.sets.size()) + (f.taken_in == now ? 1 : 0);
  if (value >= kLargestValue) return false;
  f.sets.push_back({now, seq});
  if (f.changed) f.changed->notify(cycle_time(1));
  if (f.waiter >= 0) waiter_[f.waiter].notify(cycle_time(1));
  return true;
}

std::uint64_t FlagFile::take(std::uint32_t flag, std::int64_t now) {
  Flag& f = *flags_[flag];
  CF_CHECK(f.waiter >= 0, "a unit declares that it waits before it takes");
  CF_CHECK(visible(flag, now) > 0 && f.taken_in != now, "a take needs a visible set");
  const std::uint64_t seq = f.sets.front().seq;
  f.sets.pop_front();
  f.taken_in = now;
  if (on_take) on_take(static_cast<isa::Unit>(f.waiter), seq);
  return seq;
}

bool FlagFile::begin_wait(std::uint32_t flag, isa::Unit unit) {
  Flag& f = *flags_[flag];
  if (f.waiter >= 0 && f.waiter != static_cast<int>(unit)) return false;
  f.waiter = static_cast<int>(unit);
  // A set of this cycle, called before this, found nobody to notify.
  if (!f.sets.empty() && f.sets.back().cycle == current_cycle()) {
    waiter_[f.waiter].notify(cycle_time(1));
  }
  return true;
}

void FlagFile::end_wait(std::uint32_t flag) { flags_[flag]->waiter = -1; }

sc_core::sc_event& FlagFile::changed_event(std::uint32_t flag) {
  Flag& f = *flags_[flag];
  if (!f.changed) {
    f.changed = std::make_unique<sc_core::sc_event>();
    // A set of this cycle, called before this, found no event to notify.
    if (!f.sets.empty() && f.sets.back().cycle == current_cycle()) f.changed->notify(cycle_time(1));
  }
  return *f.changed;
}

}  // namespace coldforge::sim
