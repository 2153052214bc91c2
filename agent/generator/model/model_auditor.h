#pragma once

#include <optional>
#include <string>

#include "agent/generator/model/conversation.h"
#include "agent/generator/model/llm_generator.h"
#include "agent/prompt/prompt.h"
#include "agent/verify/auditor.h"

namespace coldforge::agent {

/// Asks a language model, with the prompt audit.md, at temperature 0.
///
/// An answer without a judgement is asked for anew, kAttempts times in all; a kernel that gets none
/// does not pass: a check that cannot tell is no pass.
class ModelAuditor : public Auditor {
 public:
  static constexpr int kAttempts = 3;
  static constexpr std::int64_t kAnswerTokens = 4096;

  /// All outlive it.
  ModelAuditor(const prompt::Prompts& prompts, Conversation& conversation, std::string model)
      : prompts_(prompts), conversation_(conversation), model_(std::move(model)) {}

  std::string digest() const override;
  std::string objection(const Subject& subject) override;

 private:
  const prompt::Prompts& prompts_;
  Conversation& conversation_;
  const std::string model_;
};

/// The last line that begins with "VERDICT:", read: the objection, empty if honest; nothing if
/// there is no such line, or it says neither.
std::optional<std::string> judgement_in(const std::string& answer);

}  // namespace coldforge::agent
