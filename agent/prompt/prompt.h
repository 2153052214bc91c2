#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/generator/generator.h"
#include "agent/generator/llm/chat.h"
#include "agent/prompt/template.h"

namespace coldforge::agent::prompt {

/// A question that fits, and what had to stay out for it.
struct Prompt {
  std::vector<llm::Message> messages;
  std::int64_t tokens = 0;           ///< by most_tokens()
  std::vector<std::string> dropped;  ///< in the order of dropping: "code of kernel 3", "tcmps_eq"
  std::string problem;  ///< why there is none: what must be said does not fit; empty: it does
};

/// What is known of a kernel that an auditor is asked about.
struct AuditSubject {
  const kernels::Task* task = nullptr;
  std::string source;
  std::int64_t cycles = 0;
  std::int64_t lower_bound_cycles = 0;
};

/// The texts of this folder, read once, and what is made of them. Every question depends on its
/// arguments and these texts alone.
class Prompts {
 public:
  /// From share_dir()/agent/prompt. Throws UserError if a file is missing.
  Prompts();

  /// Of all texts, the kernel library's included: part of a generator's version.
  const std::string& digest() const { return digest_; }

  /// Asks for the first correct kernel (draft.md) or a faster one (refine.md), in at most
  /// `token_budget` tokens. While it does not fit, the least valuable part left is dropped:
  ///   1  the code of failed kernels that were retrieved, from the last retrieved to the first
  ///   2  what remains of them
  ///   3  the verifier's words about correct kernels that were retrieved
  ///   4  advice: practices from the last to the first, then that of the bottleneck
  ///   5  the code and the rest of correct kernels that were retrieved, from the last to the first
  ///   6  the code of the last attempt
  ///   7  instructions that no code in the prompt calls, from the last to the first (their names
  ///      stay)
  ///   8  the profile of the kernel to start from
  ///   9  what is beyond the first 1,000 characters of the last verdict
  /// Task, rules, machine, library, the kernel to start from, and instructions in use stay.
  Prompt write(const GenerationRequest& request, std::int64_t token_budget) const;

  /// What is said to an answer that cannot be used.
  std::string repair(const std::string& fault, std::int64_t answer_tokens) const;

  /// Asks whether a kernel is a cheat.
  std::vector<llm::Message> audit(const AuditSubject& subject) const;

 private:
  const Template& text(const std::string& name) const { return texts_.at(name); }
  std::string task_text(const kernels::Task& task) const;

  std::map<std::string, Template> texts_;      ///< by name: "draft"
  std::map<std::string, std::string> advice_;  ///< by bottleneck
  std::string library_;
  std::string digest_;

  friend class PromptWriter;
};

/// Tokens of a question by most_tokens(), with those that a provider puts around each message.
std::int64_t most_tokens_of(const std::vector<llm::Message>& messages);
std::int64_t likely_tokens_of(const std::vector<llm::Message>& messages);

}  // namespace coldforge::agent::prompt
