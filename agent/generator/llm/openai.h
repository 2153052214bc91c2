#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/generator/llm/chat.h"
#include "agent/generator/llm/clock.h"
#include "agent/generator/llm/embedder.h"
#include "agent/generator/llm/provider.h"

namespace coldforge::agent::llm {

class Endpoint;

/// An OpenAI-compatible server: hosted, or llama.cpp, vLLM, Ollama, LM Studio on this machine. The
/// models made from one endpoint share its limits. `provider` as load_provider() gives it, `key` as
/// read_key() does; `clock` outlives the endpoint.
std::shared_ptr<Endpoint> make_endpoint(const Provider& provider, const std::string& key,
                                        Clock& clock = host_clock());

/// The chat model of a server. Every outcome is in the table of README.md.
class OpenAiModel final : public ChatModel {
 public:
  explicit OpenAiModel(std::shared_ptr<Endpoint> endpoint);

  /// "api.openai.com/gpt-4o"; with a digest of the extra parameters, if there are some.
  std::string name() const override;
  ChatAnswer complete(const ChatRequest& request) override;

 private:
  const std::shared_ptr<Endpoint> endpoint_;
};

/// The embedding model of a server.
class OpenAiEmbedder final : public Embedder {
 public:
  /// Throws UserError if the provider names no embedding model.
  explicit OpenAiEmbedder(std::shared_ptr<Endpoint> endpoint);

  /// "api.openai.com/text-embedding-3-small"; with "/256" if a number of dimensions is asked for.
  std::string name() const override;
  EmbedAnswer embed(const std::vector<std::string>& texts) override;

 private:
  const std::shared_ptr<Endpoint> endpoint_;
};

}  // namespace coldforge::agent::llm
