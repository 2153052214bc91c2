#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "agent/generator/model/budget.h"
#include "agent/generator/model/llm_generator.h"
#include "agent/verify/auditor.h"
#include "memory/vector_maker.h"

namespace CLI {
class App;
}

namespace coldforge::cli {

/// What `synth` is told about language models.
struct LlmOptions {
  std::string config;     ///< provider; empty: where llm::load_provider looks
  std::string recording;  ///< exchanges of another run: a file, or the run's folder
  agent::ModelSettings settings;
  agent::Caps caps;
  bool is_offline = false;
  bool audits = false;
  bool embeds = false;
  bool estimates = false;
};
void add_llm_options(CLI::App& command, LlmOptions& options);

/// All that a run asks and who answers: a model, a person or a recording. Made in two steps,
/// because the folder of a run depends on who is asked.
class Asking {
 public:
  /// Who is asked, and how. `folder` of the run if it is known already, else empty. Throws
  /// UserError for a provider that is not configured, or a recording that is none.
  Asking(const LlmOptions& options, const std::string& generator, const std::string& folder);
  ~Asking();

  /// Part of the name of the run's default folder.
  std::string identity() const;
  /// Who writes: what --generator names, in a replay the one that was recorded.
  const std::string& generator_name() const;

  /// Opens the run's recording; `fresh`: forgets it first.
  void open(const std::string& folder, bool fresh);
  agent::Generator& generator();
  agent::Auditor* auditor();       ///< null if none is asked
  memory::VectorMaker* vectors();  ///< null: the built-in ones

  const std::string& model_name() const;
  const agent::ModelSettings& settings() const;
  bool audits() const;
  const agent::prompt::Prompts& prompts() const;

  /// {"model", "calls", "prompt_tokens", "completion_tokens", "cost_usd"} of the run so far.
  nlohmann::ordered_json spent() const;
  nlohmann::ordered_json to_json(const agent::Spending& spending) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// "12 questions, 231000 tokens asked, 14000 answered, 0.91 USD".
std::string spending_text(const nlohmann::ordered_json& spending);

}  // namespace coldforge::cli
