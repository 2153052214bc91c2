#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "agent/generator/llm/chat.h"
#include "agent/generator/model/budget.h"

namespace coldforge::agent {

/// What a question was asked for: for messages and file names. No part of the question: equal
/// questions have equal answers, whoever asks.
struct Purpose {
  std::string task;
  std::uint64_t candidate = 0;
  std::string step;  ///< "draft", "refine", "repair", "audit"; kEmbedStep
  int ordinal = 0;   ///< of equal requests whose answers shall be independent, from 0
};
/// Of vectors. They are no questions: their tokens count, their calls do not.
inline constexpr char kEmbedStep[] = "embed";
/// "softmax, candidate 3, draft"; "embed".
std::string to_text(const Purpose& purpose);

/// Names a question: SHA-256 of all of it.
std::string request_digest(const llm::ChatRequest& request);

/// Who answered a run, and under which settings it was asked: what a recording must say to be
/// replayed. One line of JSON.
struct RecordingHead {
  std::string generator;  ///< "llm", "mixed", "manual"
  std::string model;      ///< ChatModel::name()
  std::string settings;   ///< JSON of the generator's settings
  bool audits = false;    ///< an auditor was asked, too
  std::string embedder;   ///< Embedder::name(); empty: none was asked
};

/// What was asked and answered: exchanges.jsonl in a run's folder. The first line is the head, each
/// further line an exchange: request digest and ordinal, purpose, answer, usage. Nothing in it is
/// secret. The file is written in the order in which answers came; only (digest, ordinal) counts.
/// Answers stay on disk, an index of less than a hundred bytes an exchange is kept. Thread-safe.
class Exchanges {
 public:
  /// A recorded answer, and how often the question has failed (ChatStatus::Failed) so far.
  struct Found {
    llm::ChatAnswer answer;
    int failures = 0;
  };

  /// Opens the recording `file`, or begins it with the first exchange; cuts off a line that was not
  /// finished. Throws UserError if it has another head or is damaged.
  Exchanges(std::string file, const RecordingHead& head);
  /// Reads the head of a recording. Throws UserError if there is none.
  static RecordingHead read_head(const std::string& file);

  /// Answers from another run's recording, too; those of `file` come first.
  void also_read(const std::string& file);

  /// The newest answer to a question.
  std::optional<Found> find(const std::string& digest, int ordinal) const;
  void add(const std::string& digest, const Purpose& purpose, const llm::ChatRequest& request,
           const llm::ChatAnswer& answer);

  /// Of all exchanges in the run's own file.
  Spending spent() const;
  const std::string& file() const { return file_; }

 private:
  /// Half of the digest's bits: short, and still never the same for two questions.
  struct Key {
    std::uint64_t high = 0, low = 0;
    int ordinal = 0;
    bool operator<(const Key& other) const {
      return std::tie(high, low, ordinal) < std::tie(other.high, other.low, other.ordinal);
    }
  };
  struct Place {
    std::int64_t offset = 0;
    std::uint32_t file = 0;  ///< index into files_
    std::uint32_t failures = 0;
  };

  static Key key_of(const std::string& digest, int ordinal);
  void index(std::uint32_t file, bool is_own);
  void note(const Key& key, Place place, bool is_failure);

  std::string file_;
  std::string head_line_;
  std::vector<std::string> files_;
  mutable std::mutex mutex_;
  std::map<Key, Place> places_;
  Spending spent_;
  std::int64_t size_ = 0;  ///< of the own file
};

}  // namespace coldforge::agent
