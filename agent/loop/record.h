#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/generator/generator.h"
#include "agent/verify/verdict.h"

namespace coldforge::agent {

/// A candidate with everything that produced it and all that became of it: one line of
/// records.jsonl. Holds no time, path or host, so that the file is the same bytes wherever and
/// however often interrupted the run was.
struct CandidateRecord {
  int round = 0;
  int slot = 0;
  std::string task;
  std::string task_digest;
  std::uint64_t candidate = 0;  ///< number within the task, from 0
  Stage stage = Stage::Draft;
  std::string key;                   ///< state key of Q
  std::string start_point;           ///< item digest, refining only
  std::vector<std::string> context;  ///< credited item digests
  std::string item;                  ///< digest of the item that this candidate became
  GeneratedKernel kernel;
  Verdict verdict;
  double reward = 0;
  /// Leave-one-out credit only: an item of the context and the reward without it.
  struct Without {
    std::string item;
    double reward = 0;
  };
  std::vector<Without> without;
  int extra_verdicts = 0;        ///< that it took
  std::int64_t best_cycles = 0;  ///< of the task after this candidate, 0 while there is none
};

/// What became of a kernel that was to be accepted, on model and RTL side by side: one line of
/// confirmations.jsonl.
struct Confirmation {
  std::string task;
  std::string task_digest;
  std::uint64_t candidate = 0;
  std::string item;  ///< of the candidate
  Verdict verdict;   ///< its cache key names the RTL, too
};
std::string confirmation_line(const Confirmation& confirmation);

/// One line, without the line feed; keys in a fixed order.
std::string record_line(const CandidateRecord& record);
/// Reads a line back. Throws UserError(where, ...) for a damaged one.
CandidateRecord record_from_line(const std::string& line, const std::string& where);

/// All whole lines of a records file; a last line without its line feed was cut off and is left
/// out. Empty if there is no file.
std::vector<CandidateRecord> read_records(const std::string& path);

}  // namespace coldforge::agent
