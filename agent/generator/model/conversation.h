#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "agent/generator/llm/chat.h"
#include "agent/generator/model/budget.h"
#include "agent/generator/model/exchanges.h"

namespace coldforge::agent {

/// Who answers when no record does: a model, a person.
class Respondent {
 public:
  virtual ~Respondent() = default;
  /// May be called from several threads at a time. Throws RunStopped if the answer will come later.
  virtual llm::ChatAnswer answer(const Purpose& purpose, const llm::ChatRequest& request) = 0;
};

class ModelRespondent : public Respondent {
 public:
  /// The model outlives it.
  explicit ModelRespondent(llm::ChatModel& model) : model_(model) {}
  llm::ChatAnswer answer(const Purpose&, const llm::ChatRequest& request) override {
    return model_.complete(request);
  }

 private:
  llm::ChatModel& model_;
};

/// All talk of a run: takes what is recorded, else asks within the budget and records the answer.
/// The same recording gives the same answers in every sitting. Thread-safe.
class Conversation {
 public:
  struct Reply {
    llm::ChatAnswer answer;  ///< text by trimmed_answer(); never Fatal
    std::string digest;      ///< of the request
    /// Failed, but a later sitting asks again; after kMostFailures that is enough.
    bool may_yet_be_answered = false;
  };
  static constexpr int kMostFailures = 3;

  /// `respondent` null: offline, only what is recorded is answered. All outlive it.
  Conversation(Exchanges& exchanges, Budget& budget, Respondent* respondent)
      : exchanges_(exchanges), budget_(budget), respondent_(respondent) {}

  /// Throws RunStopped (a cap, a person), UserError (offline and not recorded; the model is beyond
  /// help: bad key, unknown model).
  Reply ask(const Purpose& purpose, const llm::ChatRequest& request);

 private:
  Exchanges& exchanges_;
  Budget& budget_;
  Respondent* respondent_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::set<std::pair<std::string, int>> under_way_;  ///< an equal question waits for the first
};

}  // namespace coldforge::agent
