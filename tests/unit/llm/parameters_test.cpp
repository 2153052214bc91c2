#include "agent/generator/llm/parameters.h"

#include <catch2/catch.hpp>

using namespace coldforge::agent::llm;

namespace {

const std::vector<std::string> kSent = {"temperature", "seed", "max_tokens", "stream",
                                        "stream_options"};

std::optional<std::string> refused(const std::string& message, const std::string& code = "",
                                   const std::string& param = "") {
  return refused_parameter(ProviderError{message, code, param}, kSent);
}

}  // namespace

TEST_CASE("a refused parameter is found as providers name it", "[llm]") {
  // OpenAI
  CHECK(refused("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                "'max_completion_tokens' instead.",
                "unsupported_parameter", "max_tokens") == "max_tokens");
  CHECK(refused("Unsupported value: 'temperature' does not support 0.7 with this model. Only the "
                "default (1) value is supported.",
                "unsupported_value", "temperature") == "temperature");
  CHECK(refused("Unrecognized request argument supplied: seed") == "seed");
  // FastAPI, with its place
  CHECK(refused("Extra inputs are not permitted", "", "seed") == "seed");
  CHECK(refused("Unknown field", "", "stream_options.include_usage") == "stream_options");
  // whole words only
  CHECK(refused("property 'stream_options' is unsupported") == "stream_options");
  CHECK(refused("unexpected keyword argument 'stream'") == "stream");
}

TEST_CASE("an error about something else refuses no parameter", "[llm]") {
  CHECK_FALSE(refused("maximum context length is 4096 tokens", "context_length_exceeded"));
  CHECK_FALSE(refused("max_tokens is too large: 8192, at most 4096", "invalid_value"));
  CHECK_FALSE(refused("The image type is not supported"));
  CHECK_FALSE(refused("Unknown parameter: 'top_k'", "unknown_parameter", "top_k"));
}

TEST_CASE("the length of an answer changes its name once, then goes", "[llm]") {
  LearntParameters learnt;
  CHECK(learnt.state().length_name == "max_tokens");
  learnt.refuse("max_tokens");
  learnt.refuse("max_tokens");  // by a request that was under way
  CHECK(learnt.state().length_name == "max_completion_tokens");
  learnt.refuse("max_completion_tokens");
  CHECK(learnt.state().length_name.empty());
  learnt.refuse("seed");
  CHECK(learnt.state().dropped == std::set<std::string>{"seed"});
}
