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
  if (used - base_ >= size()) {
    std::fill(masks_.begin(), masks_.end(), 0);
  } else {
    for (std::int64_t i = base_; i < used; ++i) masks_[static_cast<std::size_t>(i) & wrap_] = 0;
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
  if (steps_.empty() && reached_.size() == marks_.size()) reached_.push_back(last_cycle_);
  marks_.push_back({appended(), not_before});
}

void LineStream::advance_front(std::int64_t cycle) {
  steps_.pop_front();
  ++advanced_;
  last_cycle_ = cycle;
  while (reached_.size() < marks_.size() && marks_[reached_.size()].place <= advanced_) {
    reached_.push_back(cycle);
  }
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
  std::int64_t bound = std::max(now, mark.not_before + 1);
  const std::int64_t steps = mark.place - advanced_;
  if (steps > 0) {
    const Step& last = steps_[static_cast<std::size_t>(steps) - 1];
    bound = std::max({bound, now + steps, last.ready + 1});
  }
  return bound;
}

void LineStream::count_requests_below(std::int64_t cycle) {
  while (!requests_.empty() && requests_.front() < cycle) {
    requests_.pop_front();
    ++count_.advanced;
  }
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

void PortArbiter::advance(std::int64_t now) {
  std::int64_t t = now_;
  while (t < now) {
    const bool move = move_position_ <= move_last_;
    const bool store = !store_.steps_.empty() && store_.steps_.front().ready <= t;
    const bool load = !load_.steps_.empty() && load_.steps_.front().ready <= t;
    if (!move && !store && !load) {
      std::int64_t next = now;
      if (!store_.steps_.empty()) next = std::min(next, store_.steps_.front().ready);
      if (!load_.steps_.empty()) next = std::min(next, load_.steps_.front().ready);
      t = next;
      continue;
    }
    std::uint64_t asked[kPortSides] = {vector_read_.at(t), vector_write_.at(t), 0, 0,
                                       matrix_read_.at(t)};
    if (move) {
      bool lost = false;
      std::uint64_t own[kPortSides];
      for (int side = 0; side < kPortSides; ++side) {
        own[side] = move_[side].at(move_position_);
        lost |= (own[side] & asked[side]) != 0;
        asked[side] |= own[side];  // a request that loses blocks those below all the same
      }
      if (lost) {
        ++move_count_.lost;
      } else {
        if (move_position_ < move_fetch_end_) ++move_count_.advanced;
        while (!move_ends_.empty() && move_ends_.front() == move_position_) {
          move_ends_.pop_front();
          move_reached_.push_back(t);
        }
        ++move_position_;
      }
    }
    for (LineStream* stream : {store ? &store_ : nullptr, load ? &load_ : nullptr}) {
      if (stream == nullptr) continue;
      stream->count_requests_below(t);
      const LineStream::Step step = stream->steps_.front();
      std::uint64_t& higher = asked[static_cast<int>(step.side)];
      const bool requests = !stream->requests_.empty() && stream->requests_.front() == t;
      if (requests) stream->requests_.pop_front();
      if ((higher & step.bank) == 0) {
        stream->advance_front(t);
        ++stream->count_.advanced;
      } else {
        ++(requests ? stream->count_.advanced : stream->count_.lost);
      }
      higher |= step.bank;
    }
    ++t;
  }
  now_ = std::max(now_, now);
  store_.count_requests_below(now_);
  load_.count_requests_below(now_);
  vector_read_.drop_below(now_);
  vector_write_.drop_below(now_);
  matrix_read_.drop_below(now_);
  for (MaskRing& ring : move_) ring.drop_below(move_position_);
}

}  // namespace coldforge::sim
