#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/run.h"
#include "sim/trace/footprint.h"

namespace coldforge::sim {

/// Finds accesses that nothing orders, by vector clocks over the six units. Observed time plays no
/// part.
///
/// What happens before what: instructions of one engine in queue order; everything the core did
/// before an issue; the k-th set of a flag (with all before it in its unit) before the k-th wait;
/// the engines of a barrier, and the vector engine at a tgets, before what the core does next; and
/// chains of these.
///
/// Calls follow the run: a match before the wait is asked for, a set before its wait's done. An
/// instruction is examined when it is done, at the latest in finish(). Reads of DRAM that nobody
/// may write are left out by `writable`.
class RaceCheck {
 public:
  struct Names {
    std::function<std::string(int instruction)> mnemonic;  ///< "tload"
    std::function<std::string(std::int64_t address)>
        buffer;                                      ///< name of the buffer at a DRAM address
    std::function<bool(std::int64_t low)> writable;  ///< DRAM at this address may be written
  };
  explicit RaceCheck(Names names) : names_(std::move(names)) {}

  void issued(const Command& command);
  void done(isa::Unit unit, std::uint64_t seq) { examine_until(unit, seq); }
  /// A wait of an engine or of the core took the set `set_seq`; in the order of the waits of each
  /// unit.
  void matched(isa::Unit unit, std::uint64_t set_seq);

  // The core, in program order.
  void core_set(std::uint64_t seq);
  void core_wait(std::uint64_t set_seq);
  void core_barrier(std::uint32_t mask);
  void core_joins(isa::Unit unit, std::uint64_t seq);
  void core_access(std::uint32_t pc, std::uint32_t address, std::uint32_t size_bytes, bool write);

  /// Examines what is left, as far as waits were satisfied.
  void finish();
  /// By position in the program; at most 16, one a pair of instructions.
  const std::vector<RaceReport>& races() const { return races_; }

 private:
  using Clock = std::array<std::uint32_t, isa::kUnits>;
  struct Pending {  // issued, not examined
    std::uint64_t seq;
    std::uint32_t pc;
    int instruction;
    enum class Kind : std::uint8_t { Plain, Set, Wait } kind;
    Clock issue;  // the core's clock at issue
    std::vector<Access> accesses;
  };
  struct Seen {  // examined; in a list a space and unit, by index
    std::uint32_t index;
    std::uint32_t pc;
    int instruction;  // -1: scalar access
    std::uint64_t seq;
    bool write;
    Footprint bytes;
  };
  void examine_until(isa::Unit unit, std::uint64_t seq);
  bool examine_front(isa::Unit unit);
  void check(isa::Unit unit, const Clock& clock, const Seen& access, int space);
  void report(const Seen& first, const Seen& second, int space, const Footprint::Interval& where);
  void prune(int space, isa::Unit unit);
  Clock after_set(std::uint64_t set_seq);

  Names names_;
  Clock clocks_[isa::kUnits] = {};
  std::deque<Pending> pending_[isa::kUnits];
  std::deque<std::uint64_t> matches_[isa::kUnits];
  std::unordered_map<std::uint64_t, isa::Unit> set_units_;  ///< sets that no wait has joined
  std::unordered_map<std::uint64_t, Clock> set_clocks_;     ///< those of them that were examined
  std::deque<Seen> seen_[kSpaces][isa::kUnits];
  std::uint64_t next_seq_ = 0;
  std::set<std::pair<std::uint32_t, std::uint32_t>> reported_;
  std::vector<RaceReport> races_;
};

}  // namespace coldforge::sim
