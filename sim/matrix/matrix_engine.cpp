#include "sim/matrix/matrix_engine.h"

#include <algorithm>

#include "sim/exec/legality.h"

namespace coldforge::sim {

MatrixEngine::MatrixEngine(const sc_core::sc_module_name& name, const EngineContext& context)
    : Engine(name, isa::Unit::Matrix, context), timing_(context.arch) {}

void MatrixEngine::catch_up(std::int64_t) {}  // everything is known at the start

Engine::Gate MatrixEngine::gate(const Command&, std::int64_t) {
  return {weights_free_, Stall::Busy, static_cast<std::int64_t>(newest_seq_)};
}

void MatrixEngine::begin(const Command& command, std::int64_t now) {
  std::int64_t stream_from = std::max(stream_free_, now);
  // The instruction itself is in flight already, as the last.
  for (std::size_t i = 0; i + 1 < in_flight_.size(); ++i) {
    const InFlight& entry = in_flight_[i];
    if (entry.command.instruction != nullptr &&
        spans_overlap(entry.command.tile[0], command.tile[0])) {
      stream_from = std::max(stream_from, entry.own_done);
    }
  }
  timing_.plan(command, now, stream_from, schedule_, arbiter_);
  newest_seq_ = command.seq;
  weights_free_ = schedule_.weights_free;
  occupied_ += schedule_.stream_free - std::max(stream_free_, now);
  stream_free_ = schedule_.stream_free;
  for (const CycleSpan& span : schedule_.work) {
    auto place = work_.end();
    while (place != work_.begin() && std::prev(place)->begin > span.begin) --place;
    work_.insert(place, span);
  }
  stats_.work += std::int64_t{command.tile[1].rows} * command.tile[1].cols * command.tile[2].cols;
  finish(command.seq, schedule_.done);
  semantics_.execute(command, memories_);
}

std::int64_t MatrixEngine::next_cycle(std::int64_t) { return kNever; }

Engine::Work MatrixEngine::work(std::int64_t now) {
  // Spans are sorted by their begin, so a sweep counts each cycle once.
  for (const CycleSpan& span : work_) {
    if (span.begin >= now) break;
    const std::int64_t begin = std::max(span.begin, counted_);
    const std::int64_t end = std::min(span.end, now);
    if (end <= begin) continue;
    busy_ += end - begin;
    counted_ = end;
  }
  counted_ = std::max(counted_, now);
  while (!work_.empty() && work_.front().end <= now) work_.pop_front();
  // From its start until its last row has entered, a product works or waits for a partial sum.
  const std::int64_t occupied = occupied_ - std::max<std::int64_t>(0, stream_free_ - now);
  return {busy_, 0, occupied - busy_};
}

}  // namespace coldforge::sim
