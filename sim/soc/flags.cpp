#include "sim/soc/flags.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <memory>

#include "sim/base/error.h"
#include "sim/soc/clock.h"

namespace coldforge::sim {
namespace {

constexpr int kLargestValue = 15;
constexpr std::int64_t kNoEnd = std::numeric_limits<std::int64_t>::max();

}  // namespace

struct FlagFile::Flag {
  struct Set {
    std::int64_t cycle;
    std::uint64_t seq;
    isa::Unit unit;
  };
  struct Wait {
    isa::Unit unit = isa::Unit::Scalar;
    std::uint64_t seq = 0;
    std::int64_t first = -1, last = -1;  ///< cycles; while it goes on, last is kNoEnd
  };
  std::deque<Set> sets;        ///< not taken yet, oldest first; of one cycle by unit
  std::int64_t taken_in = -1;  ///< cycle of the last take: others still see the value before it
  Set taken{};
  Wait wait;                                   ///< the newest good one
  std::unique_ptr<sc_core::sc_event> changed;  ///< made when somebody waits: few flags ever need it

  bool is_waited_for() const { return wait.last == kNoEnd; }
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

bool FlagFile::set(std::uint32_t flag, isa::Unit unit, std::uint64_t seq, std::int64_t now) {
  Flag& f = *flags_[flag];
  const auto place = std::find_if(f.sets.begin(), f.sets.end(), [&](const Flag::Set& set) {
    return set.cycle == now && set.unit > unit;
  });
  // A take in this cycle does not make room yet, whether it was called before or comes after.
  const int taken = f.taken_in == now ? 1 : 0;
  if (static_cast<int>(place - f.sets.begin()) + taken >= kLargestValue) return false;
  f.sets.insert(place, {now, seq, unit});
  if (static_cast<int>(f.sets.size()) + taken > kLargestValue) {
    const Flag::Set last = f.sets.back();
    f.sets.pop_back();
    fault(last.unit, last.seq, overflow_text(flag));
  }
  if (f.changed) f.changed->notify(cycle_time(1));
  if (f.is_waited_for()) waiter_[static_cast<int>(f.wait.unit)].notify(cycle_time(1));
  return true;
}

bool FlagFile::begin_wait(std::uint32_t flag, isa::Unit unit, std::uint64_t seq, std::int64_t now) {
  Flag& f = *flags_[flag];
  if (f.wait.last >= now) {
    if (f.wait.first < now || f.wait.unit < unit) return false;
    if (f.wait.last == now) {  // it took: gives back what it took
      f.sets.push_front(f.taken);
      f.taken_in = -1;
    }
    fault(f.wait.unit, f.wait.seq, conflict_text(flag));
  }
  f.wait = {unit, seq, now, kNoEnd};
  // A set of this cycle, called before this, found nobody to notify.
  if (!f.sets.empty() && f.sets.back().cycle == now) {
    waiter_[static_cast<int>(unit)].notify(cycle_time(1));
  }
  return true;
}

std::uint64_t FlagFile::take(std::uint32_t flag, std::int64_t now) {
  Flag& f = *flags_[flag];
  CF_CHECK(f.is_waited_for(), "a unit declares that it waits before it takes");
  CF_CHECK(visible(flag, now) > 0 && f.taken_in != now, "a take needs a visible set");
  f.taken = f.sets.front();
  f.sets.pop_front();
  f.taken_in = f.wait.last = now;
  if (on_take) on_take(f.wait.unit, f.taken.seq);
  return f.taken.seq;
}

void FlagFile::fault(isa::Unit unit, std::uint64_t seq, const std::string& reason) {
  const auto& hears = on_fault[static_cast<int>(unit)];
  if (hears) hears(seq, reason);
}

std::string FlagFile::overflow_text(std::uint32_t flag) {
  return "flag overflow: flag " + std::to_string(flag) + " counts 15 already";
}

std::string FlagFile::conflict_text(std::uint32_t flag) {
  return "flag wait: another unit waits for flag " + std::to_string(flag) + " already";
}

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
