#include "cli/llm_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/generator/llm/model_vectors.h"
#include "agent/generator/llm/openai.h"
#include "agent/generator/model/conversation.h"
#include "agent/generator/model/manual.h"
#include "agent/generator/model/mixed_generator.h"
#include "agent/generator/model/model_auditor.h"
#include "agent/generator/model/recorded_embedder.h"
#include "agent/generator/registry.h"
#include "sim/base/error.h"

namespace coldforge::cli {

namespace {

namespace fs = std::filesystem;
namespace llm = agent::llm;
using nlohmann::ordered_json;

constexpr char kRecording[] = "exchanges.jsonl";
constexpr char kPerson[] = "a person";

/// A recording as it is named: the file, or the folder that holds it.
std::string recording_file(const std::string& named) {
  return fs::is_directory(named) ? named + "/" + kRecording : named;
}

}  // namespace

void add_llm_options(CLI::App& command, LlmOptions& options) {
  CLI::App& group = *command.add_option_group("Language models");
  group
      .add_option("--llm-config", options.config,
                  "Provider: address, model, limits, prices (default: $COLDFORGE_LLM_CONFIG, "
                  ".coldforge/llm.json)")
      ->type_name("FILE");
  group
      .add_option("--prompt-tokens", options.settings.prompt_tokens,
                  "Room of a question; what does not fit is left out, the least valuable first")
      ->check(CLI::Range(1000, 10'000'000))
      ->capture_default_str();
  group
      .add_option("--answer-tokens", options.settings.answer_tokens,
                  "Room of an answer, reasoning included")
      ->check(CLI::Range(100, 1'000'000))
      ->capture_default_str();
  group.add_option("--temperature", options.settings.temperature, "Of the model's choices")
      ->check(CLI::Range(0.0, 2.0))
      ->capture_default_str();
  group.add_flag("--audit", options.audits,
                 "Let a model look for cheats in every kernel that passes all rules");
  group.add_flag(
      "--embeddings", options.embeds,
      "Let the provider's embedding model say what is similar (its tokens are charged as "
      "questions)");
  group
      .add_option("--max-calls", options.caps.calls,
                  "Stop before more questions than this, over all sittings of the run")
      ->check(CLI::PositiveNumber);
  group
      .add_option("--max-tokens", options.caps.tokens,
                  "Stop before more tokens than this, questions and answers together")
      ->check(CLI::PositiveNumber);
  group
      .add_option("--max-cost", options.caps.cost_usd,
                  "Stop before more US dollars than this, by the provider's price table")
      ->check(CLI::PositiveNumber);
  group.add_option("--max-minutes", options.caps.minutes, "Ask nothing after so many minutes")
      ->check(CLI::PositiveNumber);
  group.add_flag("--estimate", options.estimates,
                 "Say what the run would ask and cost, ask nothing, and end");
  group.add_flag("--offline", options.is_offline, "Take recorded answers only");
  group
      .add_option("--exchanges", options.recording,
                  "Recorded answers of another run: its folder or exchanges.jsonl")
      ->type_name("PATH");
}

struct Asking::Impl {
  agent::RecordingHead head;
  agent::ModelSettings settings;
  agent::Caps caps;
  agent::TokenPrice price;
  std::string recording;  ///< of another run; empty: none
  bool is_offline = false;
  std::unique_ptr<llm::ChatModel> model;
  std::unique_ptr<llm::Embedder> embedder;
  agent::prompt::Prompts prompts;

  std::unique_ptr<agent::Exchanges> exchanges;
  std::unique_ptr<agent::Budget> budget;
  std::unique_ptr<agent::Respondent> respondent;  ///< null: offline
  std::unique_ptr<agent::Conversation> conversation;
  std::unique_ptr<agent::LlmGenerator> asking_generator;
  std::unique_ptr<agent::Generator> other_generator;  ///< around or instead of it
  std::unique_ptr<agent::ModelAuditor> auditor;
  std::unique_ptr<agent::RecordedEmbedder> recorded_embedder;
  std::unique_ptr<llm::ModelVectors> vectors;

  void take_head(const std::string& file) {
    head = agent::Exchanges::read_head(file);
    if (agent::asks_somebody(head.generator)) settings = agent::settings_from(head.settings, file);
  }
  void configure(const LlmOptions& options) {
    const auto config = options.config.empty() ? std::nullopt : std::optional(options.config);
    const llm::Environment environment = llm::process_environment();
    const llm::Provider provider = llm::load_provider(config, environment);
    const bool is_asked = !options.is_offline && !options.estimates;
    const auto endpoint =
        llm::make_endpoint(provider, is_asked ? llm::read_key(provider, environment) : "");
    model = std::make_unique<llm::OpenAiModel>(endpoint);
    if (options.embeds) {
      embedder = std::make_unique<llm::OpenAiEmbedder>(endpoint);
      head.embedder = embedder->name();
    }
    settings.concurrency = static_cast<int>(provider.concurrency);
    head.model = model->name();
    const auto known = provider.price_of(provider.model);
    if (known) price = {known->prompt, known->completion};
    if (caps.cost_usd > 0 && !known)
      throw UserError("--max-cost", "no price of " + provider.model +
                                        " is known; add it to `prices` of the "
                                        "provider's configuration");
  }
};

Asking::Asking(const LlmOptions& options, const std::string& generator, const std::string& folder)
    : impl_(std::make_unique<Impl>()) {
  impl_->settings = options.settings;
  impl_->caps = options.caps;
  impl_->is_offline = options.is_offline || generator == "replay";
  if (!options.recording.empty()) impl_->recording = recording_file(options.recording);
  const std::string own = folder.empty() ? "" : folder + "/" + kRecording;
  if (generator == "replay" && impl_->recording.empty())
    throw UserError("--generator replay", "give the recording with --exchanges PATH");
  if (impl_->is_offline && !impl_->recording.empty()) {
    impl_->take_head(impl_->recording);
    return;
  }
  if (impl_->is_offline && !own.empty() && fs::exists(own)) {
    impl_->take_head(own);
    return;
  }
  impl_->head.generator = generator;
  impl_->head.audits = options.audits;
  if (generator == "manual") {
    if (options.embeds) throw UserError("--embeddings", "a person makes no vectors");
    impl_->head.model = kPerson;
  } else {
    impl_->configure(options);
  }
  impl_->head.settings = agent::settings_text(impl_->settings);
}

Asking::~Asking() = default;

std::string Asking::identity() const {
  const agent::RecordingHead& head = impl_->head;
  return head.generator + " " + head.model + " " + head.settings + (head.audits ? " audits" : "") +
         " " + head.embedder;
}

const std::string& Asking::generator_name() const { return impl_->head.generator; }
const std::string& Asking::model_name() const { return impl_->head.model; }
const agent::ModelSettings& Asking::settings() const { return impl_->settings; }
bool Asking::audits() const { return impl_->head.audits; }
const agent::prompt::Prompts& Asking::prompts() const { return impl_->prompts; }

void Asking::open(const std::string& folder, bool fresh) {
  Impl& all = *impl_;
  const std::string own = folder + "/" + kRecording;
  if (fresh) fs::remove(own);
  all.exchanges = std::make_unique<agent::Exchanges>(own, all.head);
  std::error_code ignored;
  if (!all.recording.empty() && !fs::equivalent(all.recording, own, ignored))
    all.exchanges->also_read(all.recording);
  all.budget = std::make_unique<agent::Budget>(all.caps, all.price, all.exchanges->spent());
  if (!all.is_offline && all.model) {
    all.respondent = std::make_unique<agent::ModelRespondent>(*all.model);
  } else if (!all.is_offline) {
    all.respondent = std::make_unique<agent::ManualRespondent>(folder + "/questions");
  }
  all.conversation =
      std::make_unique<agent::Conversation>(*all.exchanges, *all.budget, all.respondent.get());
  if (!all.head.embedder.empty()) {
    all.recorded_embedder =
        std::make_unique<agent::RecordedEmbedder>(all.is_offline ? nullptr : all.embedder.get(),
                                                  all.head.embedder, *all.exchanges, *all.budget);
    all.vectors = std::make_unique<llm::ModelVectors>(*all.recorded_embedder);
  }
  if (agent::asks_somebody(all.head.generator)) {
    const bool is_mixed = all.head.generator == "mixed";
    all.asking_generator = std::make_unique<agent::LlmGenerator>(
        all.prompts, *all.conversation, is_mixed ? "llm" : all.head.generator, all.head.model,
        all.settings);
    if (is_mixed)
      all.other_generator = std::make_unique<agent::MixedGenerator>(*all.asking_generator);
  } else {
    all.other_generator = agent::make_generator(all.head.generator);
  }
  if (all.head.audits)
    all.auditor =
        std::make_unique<agent::ModelAuditor>(all.prompts, *all.conversation, all.head.model);
}

agent::Generator& Asking::generator() {
  return impl_->other_generator ? *impl_->other_generator : *impl_->asking_generator;
}
agent::Auditor* Asking::auditor() { return impl_->auditor.get(); }
memory::VectorMaker* Asking::vectors() { return impl_->vectors.get(); }

ordered_json Asking::to_json(const agent::Spending& spending) const {
  return {{"model", impl_->head.model},
          {"calls", spending.calls},
          {"prompt_tokens", spending.prompt_tokens},
          {"completion_tokens", spending.completion_tokens},
          {"cost_usd", agent::cost_usd(spending, impl_->price)}};
}

ordered_json Asking::spent() const { return to_json(impl_->budget->spent()); }

std::string spending_text(const ordered_json& spending) {
  std::string text = fmt::format("{} questions, {} tokens asked, {} answered",
                                 spending.at("calls").get<std::int64_t>(),
                                 spending.at("prompt_tokens").get<std::int64_t>(),
                                 spending.at("completion_tokens").get<std::int64_t>());
  const double cost = spending.at("cost_usd");
  if (cost > 0) text += fmt::format(", {:.2f} USD", cost);
  return text;
}

}  // namespace coldforge::cli
