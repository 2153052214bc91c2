#include "sim/mem/port_arbiter.h"

#include <algorithm>
#include <limits>

#include "sim/base/error.h"

namespace coldforge::sim {
namespace {

constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

}  // namespace

PortSide port_side(isa::Memory memory, bool write) {
  switch (memory) {
    case isa::Memory::Vec:
      return write ? PortSide::VecWrite : PortSide::VecRead;
    case isa::Memory::Left:
      CF_CHECK(write, "nothing contends for reading Left");
      return PortSide::LeftWrite;
    case isa::Memory::Right:
      CF_CHECK(write, "nothing contends for reading Right");
      return PortSide::RightWrite;
    case isa::Memory::Acc:
      break;
  }
  CF_CHECK(!write, "nothing contends for writing Acc");
  return PortSide::AccRead;
}

void MaskRing::drop_below(std::int64_t index) {
  if (index <= base_) return;
  const std::int64_t used = std::min(end_, index);
  if (used > base_) {
    const std::int64_t count = std::min(used - base_, size());
    const std::int64_t first = base_ & static_cast<std::int64_t>(wrap_);
    const std::int64_t tail = std::min(count, size() - first);  // up to the end of the array
    std::fill_n(masks_.begin() + first, tail, 0);
    std::fill_n(masks_.begin(), count - tail, 0);
  }
  base_ = index;
  end_ = std::max(end_, base_);
}

void MaskRing::grow(std::int64_t index) {
  std::size_t size = masks_.size();
  while (static_cast<std::int64_t>(size) <= index - base_) size *= 2;
  std::vector<std::uint64_t> larger(size);
  for (std::int64_t i = base_; i < end_; ++i) {
    larger[static_cast<std::size_t>(i) & (size - 1)] = masks_[static_cast<std::size_t>(i) & wrap_];
  }
  masks_ = std::move(larger);
  wrap_ = size - 1;
}

void LineStream::mark(std::int64_t not_before) {
  // reached_ belongs to the first marks, in order: a mark at a place already passed joins them at
  // once.
  if (steps_.empty() && reached_.size() == marks_.size()) {
    reached_.push_back(last_cycle_);
  } else if (next_place_ < 0) {
    next_place_ = appended();
  }
  marks_.push_back({appended(), not_before});
}

void LineStream::reach_marks(std::int64_t cycle) {
  while (reached_.size() < marks_.size() && marks_[reached_.size()].place <= advanced_) {
    reached_.push_back(cycle);
  }
  next_place_ = reached_.size() < marks_.size() ? marks_[reached_.size()].place : -1;
}

bool LineStream::take_mark(std::int64_t now, std::int64_t* cycle) {
  if (reached_.empty()) return false;
  const std::int64_t at = std::max(reached_.front(), marks_.front().not_before);
  if (at >= now) return false;
  marks_.pop_front();
  reached_.pop_front();
  *cycle = at;
  return true;
}

std::int64_t LineStream::mark_bound(std::int64_t now, std::size_t which) const {
  if (which >= marks_.size()) return kForever;
  const Mark& mark = marks_[which];
  const std::int64_t bound = std::max(now, mark.not_before + 1);
  const std::int64_t steps = mark.place - advanced_;
  if (steps <= 0) return bound;
  const Step& last = steps_[static_cast<std::size_t>(steps) - 1];
  if (higher(last.side).end() <= now) return std::max({bound, now + steps, last.ready + 1});
  std::int64_t t = now;
  for (std::int64_t i = 0; i < steps; ++i) {
    const Step& step = steps_[static_cast<std::size_t>(i)];
    t = higher(step.side).first_without(step.bank, std::max(t, step.ready), kForever) + 1;
  }
  return std::max(bound, t);
}

std::int64_t LineStream::take_requests_below(std::int64_t cycle) {
  std::int64_t taken = 0;
  for (; !requests_.empty() && requests_.front() < cycle; ++taken) requests_.pop_front();
  return taken;
}

/// The step at the front asked in `asked` and lost in all cycles before `until`; in `until` it
/// advances, or nothing is decided yet.
void LineStream::count_lost(std::int64_t asked, std::int64_t until, bool advances) {
  count_.advanced += take_requests_below(asked);
  // A request in a cycle that is lost makes it one of work.
  const std::int64_t requests = take_requests_below(until);
  count_.advanced += requests;
  count_.lost += until - asked - requests;
  if (advances && !requests_.empty() && requests_.front() == until) requests_.pop_front();
}

void LineStream::advance(std::int64_t from, std::int64_t now) {
  std::int64_t t = from;
  while (!steps_.empty()) {
    const Step& step = steps_.front();
    const std::int64_t asked = std::max(t, step.ready);
    if (asked >= now) break;
    t = higher(step.side).first_without(step.bank, asked, now);
    if (t != asked || !requests_.empty()) count_lost(asked, t, t < now);
    if (t == now) break;
    steps_.pop_front();
    ++advanced_;
    last_cycle_ = t;
    if (advanced_ == next_place_) reach_marks(t);
    ++count_.advanced;
    ++t;
  }
  count_.advanced += take_requests_below(now);
}

void PortArbiter::extend_move(std::int64_t fetch_end, std::int64_t last_position) {
  CF_CHECK(last_position > move_last_, "results leave the pipe in the order of instructions");
  move_fetch_end_ = std::max(move_fetch_end_, fetch_end);
  move_last_ = last_position;
  move_ends_.push_back(last_position);
}

bool PortArbiter::take_move(std::int64_t* cycle) {
  if (move_reached_.empty()) return false;
  *cycle = move_reached_.front();
  move_reached_.pop_front();
  return true;
}

std::int64_t PortArbiter::next_move_end() const {
  return move_ends_.empty() ? -1 : move_ends_.front();
}

void PortArbiter::advance_move(std::int64_t now) {
  for (std::int64_t t = now_; t < now && move_position_ <= move_last_; ++t) {
    bool lost = false;
    std::uint64_t own[kPortSides];
    for (int side = 0; side < kPortSides; ++side) {
      own[side] = move_[side].at(move_position_);
      lost |= own[side] != 0 && (own[side] & asked_[side].at(t)) != 0;
    }
    for (int side = 0; side < kPortSides; ++side) {
      // A request that loses blocks those below all the same.
      if (own[side] != 0) asked_[side].put(t, own[side]);
    }
    if (lost) {
      ++move_count_.lost;
      continue;
    }
    if (move_position_ < move_fetch_end_) ++move_count_.advanced;
    while (!move_ends_.empty() && move_ends_.front() == move_position_) {
      move_ends_.pop_front();
      move_reached_.push_back(t);
    }
    ++move_position_;
  }
  for (MaskRing& ring : move_) ring.drop_below(move_position_);
}

void PortArbiter::advance(std::int64_t now) {
  if (now <= now_) return;
  if (move_position_ <= move_last_) advance_move(now);
  store_.advance(now_, now);
  load_.advance(now_, now);
  for (MaskRing& ring : asked_) ring.drop_below(now);
  now_ = now;
}

}  // namespace coldforge::sim
