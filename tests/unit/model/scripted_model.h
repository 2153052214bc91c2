#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "agent/generator/model/conversation.h"
#include "tests/support/program.h"

/// A language model in-process: a function.
namespace coldforge::agent::test {

class ScriptedModel : public llm::ChatModel {
 public:
  using Script = std::function<llm::ChatAnswer(const llm::ChatRequest&)>;
  explicit ScriptedModel(Script script) : script_(std::move(script)) {}
  std::string name() const override { return "test/scripted"; }
  llm::ChatAnswer complete(const llm::ChatRequest& request) override {
    ++calls;
    return script_(request);
  }
  std::atomic<int> calls{0};

 private:
  Script script_;
};

inline llm::ChatAnswer answered(const std::string& text, std::int64_t prompt_tokens = 100,
                                std::int64_t completion_tokens = 10) {
  llm::ChatAnswer answer;
  answer.status = llm::ChatStatus::Answered;
  answer.text = text;
  answer.model = "scripted-1";
  answer.usage = {prompt_tokens, completion_tokens, 0};
  answer.attempts = 1;
  return answer;
}

inline llm::ChatAnswer failed(llm::ChatStatus status, const std::string& reason) {
  llm::ChatAnswer answer;
  answer.status = status;
  answer.reason = reason;
  answer.attempts = 1;
  return answer;
}

inline const RecordingHead kHead = {"llm", "test/scripted", "{}", false, ""};

/// A conversation with all that it needs, in a folder of its own; `sit()` is what a new process
/// does.
struct Sitting {
  explicit Sitting(ScriptedModel::Script script) : model(std::move(script)) { sit(); }
  void sit(const Caps& caps = {}, const TokenPrice& price = {}, bool is_offline = false) {
    exchanges = std::make_unique<Exchanges>(folder / "exchanges.jsonl", kHead);
    budget = std::make_unique<Budget>(caps, price, exchanges->spent());
    conversation =
        std::make_unique<Conversation>(*exchanges, *budget, is_offline ? nullptr : &respondent);
  }
  testing::ScratchFolder folder;
  ScriptedModel model;
  ModelRespondent respondent{model};
  std::unique_ptr<Exchanges> exchanges;
  std::unique_ptr<Budget> budget;
  std::unique_ptr<Conversation> conversation;
};

inline llm::ChatRequest question(const std::string& text, std::int64_t max_tokens = 50) {
  llm::ChatRequest request;
  request.messages = {{"user", text}};
  request.max_tokens = max_tokens;
  return request;
}

}  // namespace coldforge::agent::test
