#pragma once

#include <memory>
#include <string>

#include "agent/generator/llm/chat.h"
#include "agent/generator/llm/openai.h"
#include "agent/generator/llm/provider.h"
#include "tests/support/fake_clock.h"
#include "tests/support/llm_server.h"

namespace coldforge::testing {

/// A provider at a test server, with time-outs that a test can wait for.
inline agent::llm::Provider provider_at(const std::string& base_url) {
  agent::llm::Provider provider;
  provider.base_url = base_url;
  provider.model = "test-model";
  provider.name = "test";
  provider.proxy = "none";
  provider.connect_timeout_s = 5.0;
  provider.idle_timeout_s = 5.0;
  provider.total_timeout_s = 20.0;
  return provider;
}

/// A client of one provider on a clock that jumps: pauses take no time.
struct Client {
  explicit Client(const agent::llm::Provider& provider, const std::string& key = "")
      : model(agent::llm::make_endpoint(provider, key, clock)) {}

  agent::llm::ChatAnswer ask(const std::string& text = "Write a kernel.") {
    agent::llm::ChatRequest request;
    request.messages = {{"user", text}};
    request.seed = 7;
    return model.complete(request);
  }

  FakeClock clock;
  agent::llm::OpenAiModel model;
};

}  // namespace coldforge::testing
