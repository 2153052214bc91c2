#pragma once

#include <cstdint>
#include <string>

#include "agent/generator/generator.h"
#include "agent/generator/model/conversation.h"
#include "agent/prompt/prompt.h"

namespace coldforge::agent {

/// How a model is asked. All but `concurrency` decides results.
struct ModelSettings {
  std::int64_t prompt_tokens = 32000;  ///< budget of a question, counted high
  std::int64_t answer_tokens = 8192;   ///< of an answer, reasoning included
  double temperature = 0.7;
  int concurrency = 16;  ///< questions under way at a time
};
/// One line of JSON, without `concurrency`.
std::string settings_text(const ModelSettings& settings);
/// Throws UserError(where, ...) if it is none.
ModelSettings settings_from(const std::string& text, const std::string& where);

/// Asks a language model, or a person, for kernels. Up to `concurrency` questions are under way,
/// each kernel is handed over when it is there.
///
/// GeneratedKernel::failure is one of
///   "the prompt does not fit: ..."         the task is too large for the budget of a question
///   "no answer: ..."                       the model failed; the reason is the provider's or ours
///   "no usable answer: ..., nor after the repair: ..."   faults of AnswerKernel::fault
/// If no question of a round is answered at all, generate_all() throws InfrastructureError: the run
/// goes on later and asks again, each question in three sittings at most.
class LlmGenerator : public Generator {
 public:
  /// `name`: "llm", or who answers instead ("manual"). All outlive it.
  LlmGenerator(const prompt::Prompts& prompts, Conversation& conversation, std::string name,
               std::string model, const ModelSettings& settings);

  std::string name() const override { return name_; }
  /// Of this code, the prompts, the model and the settings.
  std::string version() const override;
  GeneratedKernel generate(const GenerationRequest& request) override;
  void generate_all(const std::vector<GenerationRequest>& requests, const Ready& ready) override;
  /// Nothing: a model's kernel has no holes.
  std::vector<std::string> blame(const std::vector<Fragment>&, const std::string&,
                                 const std::string&) const override {
    return {};
  }

  /// The first question about a candidate.
  llm::ChatRequest first_request(const GenerationRequest& request,
                                 const prompt::Prompt& asked) const;

 private:
  struct Written {
    GeneratedKernel kernel;
    bool may_yet_be_answered = false;
  };
  Written write(const GenerationRequest& request);

  const prompt::Prompts& prompts_;
  Conversation& conversation_;
  const std::string name_;
  const std::string model_;
  const ModelSettings settings_;
};

}  // namespace coldforge::agent
