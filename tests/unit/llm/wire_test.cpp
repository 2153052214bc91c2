#include "agent/generator/llm/wire.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/random.h"
#include "tests/support/llm_reply.h"

using namespace coldforge::agent::llm;
using coldforge::Random;
using namespace coldforge::testing;
using nlohmann::json;

namespace {

ChatRequest question() {
  ChatRequest request;
  request.messages = {{"system", "Be brief."}, {"user", "Why?"}};
  request.seed = 0x123456789abcdef0ull;
  return request;
}

Provider provider() {
  Provider provider;
  provider.model = "m";
  return provider;
}

WireAnswer streamed(const std::string& bytes, std::size_t bytes_max = 1 << 20) {
  ChatStream stream(bytes_max);
  stream.feed(bytes);
  return stream.finish();
}

}  // namespace

TEST_CASE("a request holds what was asked, within what a provider takes", "[llm]") {
  const WireRequest request = chat_request(question(), provider(), {});
  const json body = json::parse(request.body);
  CHECK(body.at("messages").size() == 2);
  CHECK(body.at("messages").at(0).at("role") == "system");
  CHECK(body.at("seed") == (0x123456789abcdef0ull & 0x7fffffff));
  CHECK(body.at("temperature") == 0.7);
  CHECK(request.parameters ==
        std::vector<std::string>{"temperature", "seed", "max_tokens", "stream", "stream_options"});
  CHECK(request.body == chat_request(question(), provider(), {}).body);
}

TEST_CASE("extra parameters are sent and override, learnt ones go", "[llm]") {
  Provider with_extra = provider();
  with_extra.extra_parameters = R"({"temperature": 1, "reasoning_effort": "low"})";
  LearntParameters::State learnt;
  learnt.length_name = "";
  learnt.dropped = {"seed", "reasoning_effort"};
  const json body = json::parse(chat_request(question(), with_extra, learnt).body);
  CHECK(body.at("temperature") == 1);
  for (const char* gone : {"seed", "reasoning_effort", "max_tokens", "max_completion_tokens"})
    CHECK_FALSE(body.contains(gone));
}

TEST_CASE("a prompt with bytes that are no UTF-8 is sent readable", "[llm]") {
  ChatRequest request = question();
  request.messages[0].content =
      "a\xFF"
      "b";
  const json body = json::parse(chat_request(request, provider(), {}).body);
  CHECK(body.at("messages").at(0).at("content") ==
        "a\xEF\xBF\xBD"
        "b");
}

TEST_CASE("answers of odd but lawful form are understood", "[llm]") {
  CHECK(parse_chat(R"({"choices": [{"message": {"content": null}}]})").text.empty());
  CHECK(parse_chat(R"({"choices": [{"message": {"content": [{"type": "text", "text": "a"},
                       {"type": "image"}, {"type": "text", "text": "b"}]}}]})")
            .text == "ab");
  // no finish_reason, but [DONE]; roles and reasoning without content; usage at the end
  const WireAnswer answer = streamed(
      "data: {\"choices\": [{\"delta\": {\"role\": \"assistant\"}}]}\n\n"
      "data: {\"choices\": [{\"delta\": {\"reasoning_content\": \"hm\"}}]}\n\n"
      "data: {\"choices\": [{\"delta\": {\"content\": \"a\"}}]}\n\n"
      "data: {\"choices\": [], \"usage\": {\"completion_tokens\": 3, \"reasoning_tokens\": 2}}\n\n"
      "data: [DONE]\n\n");
  CHECK(answer.problem.empty());
  CHECK(answer.text == "a");
  CHECK(answer.usage.completion_tokens == 3);
  CHECK(answer.usage.reasoning_tokens == 2);
  CHECK(answer.has_usage);
}

TEST_CASE("counts of tokens that cannot be are none", "[llm]") {
  const Usage usage = parse_chat(R"({"choices": [{"message": {"content": "x"}}], "usage":
      {"prompt_tokens": -5, "completion_tokens": 1e300, "completion_tokens_details": 7}})")
                          .usage;
  CHECK(usage.prompt_tokens == 0);
  CHECK(usage.completion_tokens == 0);
  CHECK(usage.reasoning_tokens == 0);
}

TEST_CASE("a stream beyond its size stops", "[llm]") {
  ChatStream stream(1000);
  bool ok = true;
  int events = 0;
  for (; ok && events < 1000; ++events)
    ok = stream.feed("data: {\"choices\": [{\"delta\": {\"content\": \"0123456789\"}}]}\n\n");
  CHECK_FALSE(ok);
  CHECK(events == 101);
}

TEST_CASE("no answer, however broken, does more than be no answer", "[llm]") {
  const std::string plain = body_of(chat_reply("text \xE2\x82\xAC", {1, 2, 3}));
  const std::string events = body_of(stream_reply("text \xE2\x82\xAC", {1, 2, 3}));
  const std::string vectors = body_of(embeddings_reply({{1, 2}, {3, 4}}));
  const std::vector<std::string> values = {"null", "[]",    "{}",   "-1",
                                           "\"\"", "1e999", "[[]]", "\xFF"};
  Random random(3, 4);
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::string& whole = round % 3 == 0 ? plain : round % 3 == 1 ? events : vectors;
    std::string body = whole;
    for (std::uint32_t changes = 1 + random.below(4); changes > 0; --changes) {
      const std::size_t at = random.below(static_cast<std::uint32_t>(body.size()));
      const std::size_t length = random.below(12);
      switch (random.below(3)) {
        case 0:
          body[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          body.replace(at, length, values[random.below(static_cast<std::uint32_t>(values.size()))]);
          break;
        default:
          body.erase(at, length);
          if (body.empty()) body = "x";
      }
    }
    const WireAnswer answer = round % 3 == 1 ? streamed(body) : parse_chat(body);
    if (answer.problem.empty() && !answer.error) ++accepted;
    CHECK(answer.text.size() < 200);
    parse_error(body);
    parse_models(body);
    const WireVectors embedded = parse_embeddings(body, 2);
    CHECK((embedded.vectors.size() == 2 || !embedded.problem.empty()));
  }
  CHECK(accepted > 100);  // most changes are within texts or numbers
}

TEST_CASE("vectors are put in the order of the texts", "[llm]") {
  const WireVectors answer =
      parse_embeddings(body_of(embeddings_reply({{1, 2}, {3, 4}, {5, 6}}, 9)), 3);
  CHECK(answer.problem.empty());
  CHECK(answer.vectors == std::vector<std::vector<double>>{{1, 2}, {3, 4}, {5, 6}});
  CHECK(answer.usage.prompt_tokens == 9);
}

TEST_CASE("vectors that are missing, unequal or no numbers are refused", "[llm]") {
  const auto problem = [](const std::string& body) { return parse_embeddings(body, 2).problem; };
  CHECK_FALSE(problem(body_of(embeddings_reply({{1, 2}}))).empty());
  CHECK_FALSE(problem(body_of(embeddings_reply({{1, 2}, {3}}))).empty());
  CHECK_FALSE(problem(body_of(embeddings_reply({{}, {}}))).empty());
  CHECK_FALSE(
      problem(R"({"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]})")
          .empty());
  CHECK_FALSE(problem(R"({"data": [{"embedding": [null]}, {"embedding": [1]}]})").empty());
}
