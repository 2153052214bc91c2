#include "sim/soc/command_queue.h"

#include <algorithm>
#include <utility>

#include "sim/base/error.h"
#include "sim/soc/clock.h"

namespace coldforge::sim {

bool CommandQueue::accepts(std::int64_t now) const {
  const auto unseen = std::count_if(recent_pops_.begin(), recent_pops_.end(),
                                    [&](std::int64_t pop) { return pop >= now; });
  return static_cast<std::int64_t>(entries_.size()) + unseen < depth_;
}

void CommandQueue::push(Command command, std::int64_t now) {
  CF_CHECK(accepts(now), "a push needs a free place");
  while (!recent_pops_.empty() && recent_pops_.front() < now) recent_pops_.pop_front();
  command.issue = now;
  if (entries_.empty()) pushed_event.notify(cycle_time(1));
  entries_.push_back(std::move(command));
  ++pushed_;
}

const Command* CommandQueue::head(std::int64_t now) const {
  return entries_.empty() || entries_.front().issue >= now ? nullptr : &entries_.front();
}

std::int64_t CommandQueue::head_visible_at() const {
  return entries_.empty() ? -1 : entries_.front().issue + 1;
}

void CommandQueue::pop(std::int64_t now) {
  CF_CHECK(head(now) != nullptr, "a pop needs a visible head");
  if (!accepts(now)) popped_event.notify(cycle_time(1));
  entries_.pop_front();
  recent_pops_.push_back(now);
}

}  // namespace coldforge::sim
