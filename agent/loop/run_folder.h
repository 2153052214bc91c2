#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/loop/outcome.h"
#include "agent/loop/record.h"

namespace coldforge::agent {

/// The files of one run. Every change is atomic, so that a run killed at any moment can go on:
///   run.json        identity: tasks, options, versions, and the bank's sequence when it began
///   round.json      the newest rounds and the bank's sequence that each reads
///   records.jsonl   one line a candidate, whole rounds only
///   confirmations.jsonl  one line a kernel that was run on model and RTL: --confirm
///   summary.json    written last: the run is finished
///   <task>/best.cpp the best kernel so far
///   <task>/diverged.cpp  the fastest kernel that model and RTL disagree about
class RunFolder {
 public:
  /// `key` digests tasks, options and versions, without the bank's sequence.
  RunFolder(std::string folder, std::string key);

  /// Opens the run that the folder holds, or begins a new one at the given bank sequence. Throws
  /// UserError if it holds another run, unless `fresh`.
  void open(bool fresh, std::int64_t bank_sequence);

  const std::string& id() const {
    return id_;
  }  ///< digest of key and the sequence at which the run began
  std::int64_t first_sequence() const { return first_sequence_; }

  /// The sequence that a round reads: the one noted before an interruption, else `current`, which
  /// is noted. Notes of the kNotedRounds newest rounds are kept.
  static constexpr std::size_t kNotedRounds = 32;
  std::int64_t round_sequence(int round, std::int64_t current);

  std::vector<CandidateRecord> read_records() const;
  void append_records(const std::vector<CandidateRecord>& records);
  /// Cuts off what an interruption left of a round or of a line: keeps the first `count` records,
  /// nothing else.
  void keep_records(const std::vector<CandidateRecord>& records, std::size_t count);

  /// Returns the path. `task` may hold slashes.
  std::string write_best(const std::string& task, const std::string& source);
  std::string write_diverged(const std::string& task, const std::string& source);

  /// If the run is finished; with its kernels confirmed, if that is wanted.
  std::optional<std::vector<TaskOutcome>> summary(bool confirmed) const;
  void write_summary(const std::vector<TaskOutcome>& outcomes, bool confirmed);
  void write_confirmations(const std::vector<Confirmation>& confirmations);

 private:
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string write_kernel(const std::string& task, const char* name, const std::string& source);

  std::string folder_;
  std::string key_;
  std::string id_;
  std::int64_t first_sequence_ = 0;
};

}  // namespace coldforge::agent
