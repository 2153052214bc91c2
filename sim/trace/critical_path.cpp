#include "sim/trace/critical_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace coldforge::sim {
namespace {

constexpr std::size_t kMostSteps = 4096;

class Walk {
 public:
  Walk(const isa::Isa& isa, const std::vector<CommitRecord>& records,
       const std::vector<CoreStall>& stalls)
      : isa_(isa), records_(records), stalls_(stalls), before_in_unit_(records.size()) {
    std::int64_t last[isa::kUnits];
    std::fill(std::begin(last), std::end(last), -1);
    for (std::size_t i = 0; i < records.size(); ++i) {
      std::int64_t& seq = last[static_cast<int>(records[i].unit)];
      before_in_unit_[i] = seq;
      seq = static_cast<std::int64_t>(records[i].seq);
    }
  }

  std::vector<PathStep> run(std::int64_t end_cycle) {
    const CommitRecord* last = nullptr;
    for (const CommitRecord& record : records_) {
      if (record.unit != isa::Unit::Scalar && record.done >= 0 && record.done <= end_cycle &&
          (last == nullptr || record.done >= last->done)) {
        last = &record;
      }
    }
    std::int64_t time = end_cycle;
    if (last != nullptr && last->done == end_cycle) {
      time = instruction(*last, time);
    }
    while (time > 0 && steps_.size() < kMostSteps) time = core(time);
    return std::move(steps_);
  }

 private:
  const CommitRecord* find(std::int64_t seq) const {
    const auto at = std::lower_bound(records_.begin(), records_.end(), seq,
                                     [](const CommitRecord& record, std::int64_t s) {
                                       return static_cast<std::int64_t>(record.seq) < s;
                                     });
    const bool found =
        at != records_.end() && static_cast<std::int64_t>(at->seq) == seq && at->done >= 0;
    return found ? &*at : nullptr;
  }

  void add(isa::Unit unit, std::uint32_t pc, std::string what, std::string because,
           std::int64_t from, std::int64_t to) {
    if (to <= from) return;
    if (!steps_.empty() && steps_.back().unit == unit && steps_.back().pc == pc &&
        steps_.back().what == what && steps_.back().because == because) {
      steps_.back().from = from;
      return;
    }
    steps_.push_back({unit, pc, std::move(what), std::move(because), from, to});
  }

  std::string reason(const CommitRecord& record, const CommitRecord& releaser) const {
    const bool named = record.waited_seq == static_cast<std::int64_t>(releaser.seq);
    if (named && record.waited_for == Stall::Flag)
      return fmt::format("flag from {}", name_of(releaser.unit));
    if (named && record.waited_for != Stall::Empty && record.waited_for != Stall::Busy) {
      return fmt::format("{} behind {}", name_of(record.waited_for), mnemonic(releaser));
    }
    return fmt::format("after {}", mnemonic(releaser));
  }

  const std::string& mnemonic(const CommitRecord& record) const {
    return isa_.instructions()[static_cast<std::size_t>(record.instruction)].name;
  }

  /// The record that this one had to wait for: the one it names; for a flag that an engine sets,
  /// and for whatever stood in the queue longer than a cycle, the one before it in its unit.
  /// nullptr: the core, which issued it.
  const CommitRecord* releaser_of(const CommitRecord& record) const {
    const std::int64_t before =
        before_in_unit_[static_cast<std::size_t>(&record - records_.data())];
    if (isa_.instructions()[static_cast<std::size_t>(record.instruction)].exec == "tset")
      return find(before);
    if (record.waited_seq >= 0) {
      const CommitRecord* named = find(record.waited_seq);
      if (named != nullptr && named->done <= record.start + 1) return named;
    }
    return record.start > record.issue + 1 ? find(before) : nullptr;
  }

  /// Walks back from `time` through engine instructions; returns where the core takes over.
  std::int64_t instruction(const CommitRecord& end, std::int64_t time) {
    const CommitRecord* record = &end;
    for (;;) {
      const CommitRecord* releaser = releaser_of(*record);
      if (releaser != nullptr && releaser->start >= time) releaser = nullptr;
      if (releaser == nullptr) {
        const std::int64_t issue = std::min(record->issue + 1, time);
        add(record->unit, record->pc, mnemonic(*record), "issued by scalar", issue, time);
        return issue;
      }
      const std::int64_t begin = std::min(releaser->done, time);
      add(record->unit, record->pc, mnemonic(*record), reason(*record, *releaser), begin, time);
      time = begin;
      // A set by the core takes effect in the cycle after it.
      if (releaser->unit == isa::Unit::Scalar) return std::min(time, releaser->done);
      if (steps_.size() >= kMostSteps) return 0;
      record = releaser;
    }
  }

  /// Walks back from `time` on the core: scalar code, then the stall before it and what ended that.
  std::int64_t core(std::int64_t time) {
    auto stall = std::upper_bound(stalls_.begin(), stalls_.end(), time,
                                  [](std::int64_t t, const CoreStall& s) { return t < s.to; });
    if (stall == stalls_.begin()) {
      add(isa::Unit::Scalar, 0, "scalar code", "", 0, time);
      return 0;
    }
    --stall;
    add(isa::Unit::Scalar, stall->pc, "scalar code", "", stall->to, time);
    const CommitRecord* releaser = stall->released_by >= 0 ? find(stall->released_by) : nullptr;
    if (releaser == nullptr || releaser->unit == isa::Unit::Scalar) {
      const std::string because = stall->released_by < 0 ? "dram" : name_of(stall->reason);
      add(isa::Unit::Scalar, stall->pc, "scalar code", because, stall->from,
          std::min(time, stall->to));
      return std::min(stall->from, time - 1);
    }
    if (stall->reason == Stall::QueueFull) {
      // The place came free when the releaser started.
      const std::int64_t freed = std::min({stall->to, releaser->start + 1, time});
      add(isa::Unit::Scalar, stall->pc, "scalar code",
          fmt::format("queue of {} full", name_of(releaser->unit)), freed,
          std::min(stall->to, time));
      return before(*releaser, std::min(freed, time - 1));
    }
    const std::int64_t ended = std::min({stall->to, releaser->done, time});
    add(isa::Unit::Scalar, stall->pc, "scalar code", name_of(stall->reason), ended,
        std::min(stall->to, time));
    return instruction(*releaser, std::min(ended, time));
  }

  /// What let a record start, walked back from its start at `time`.
  std::int64_t before(const CommitRecord& record, std::int64_t time) {
    const CommitRecord* releaser = releaser_of(record);
    if (releaser == nullptr || releaser->unit == isa::Unit::Scalar || releaser->start >= time) {
      return std::min(record.issue, time - 1);
    }
    return instruction(*releaser, time);
  }

  const isa::Isa& isa_;
  const std::vector<CommitRecord>& records_;
  const std::vector<CoreStall>& stalls_;
  std::vector<std::int64_t>
      before_in_unit_;  ///< by index in records_: seq of the one before in its unit, or -1
  std::vector<PathStep> steps_;
};

}  // namespace

std::vector<PathStep> critical_path(const isa::Isa& isa, const std::vector<CommitRecord>& records,
                                    const std::vector<CoreStall>& stalls, std::int64_t end_cycle) {
  return Walk(isa, records, stalls).run(end_cycle);
}

}  // namespace coldforge::sim
