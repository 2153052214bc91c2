// What a provider can answer, and what the user then reads. tests/support/llm_server.h plays the
// provider; pauses are jumped over, only idle and total time-outs are waited for.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/system/llm/client.h"

using namespace coldforge;
using namespace coldforge::testing;
using agent::llm::ChatAnswer;
using agent::llm::ChatStatus;
using agent::llm::Provider;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

const std::string kText = "Grüße: \xE2\x82\xAC \xF0\x9F\x94\xA5\n```cpp\nint x = 1;\n```\n";
const ReplyUsage kUsage{100, 50, 20};

/// The n-th request gets the n-th reply, all after them the last.
LlmServer::Script in_turn(std::vector<Reply> replies) {
  return [replies](const Call& call) {
    return replies[std::min(static_cast<std::size_t>(call.ordinal), replies.size() - 1)];
  };
}

LlmServer::Script always(const Reply& reply) { return in_turn({reply}); }

void check_answered(const ChatAnswer& answer, int attempts = 1) {
  INFO(answer.reason);
  CHECK(answer.status == ChatStatus::Answered);
  CHECK(answer.text == kText);
  CHECK(answer.reason.empty());
  CHECK(answer.attempts == attempts);
}

void check_no_answer(const ChatAnswer& answer, ChatStatus status, int attempts,
                     const std::vector<std::string>& words) {
  INFO(answer.reason);
  CHECK(answer.status == status);
  CHECK(answer.attempts == attempts);
  CHECK(answer.text.empty());
  CHECK_THAT(answer.reason, Catch::Matchers::StartsWith("test: "));
  CHECK(answer.reason.find('\n') == std::string::npos);
  for (const std::string& word : words) CHECK_THAT(answer.reason, Contains(word));
}

/// Asks a server that always answers so, `retries` times again.
ChatAnswer answer_to(const Reply& reply, int retries = 2) {
  LlmServer server(always(reply));
  Provider provider = provider_at(server.base_url());
  provider.retries = retries;
  return Client(provider).ask();
}

}  // namespace

TEST_CASE("a plain answer arrives with its usage", "[llm]") {
  LlmServer server(always(chat_reply(kText, kUsage)));
  Provider provider = provider_at(server.base_url());
  provider.stream = false;
  const ChatAnswer answer = Client(provider).ask();
  check_answered(answer);
  CHECK(answer.model == "test-model-1");
  CHECK(answer.usage.prompt_tokens == 100);
  CHECK(answer.usage.completion_tokens == 50);
  CHECK(answer.usage.reasoning_tokens == 20);

  const json sent = json::parse(server.calls().at(0).body);
  CHECK(sent.at("model") == "test-model");
  CHECK(sent.at("messages").at(0).at("content") == "Write a kernel.");
  CHECK(sent.at("max_tokens") == 8192);
  CHECK(sent.at("seed") == 7);
  CHECK_FALSE(sent.contains("stream"));
  CHECK(server.calls().at(0).authorization.empty());
}

TEST_CASE("a streamed answer arrives with its usage", "[llm]") {
  LlmServer server(always(stream_reply(kText, kUsage)));
  const ChatAnswer answer = Client(provider_at(server.base_url())).ask();
  check_answered(answer);
  CHECK(answer.usage.completion_tokens == 50);
  CHECK(answer.usage.reasoning_tokens == 20);
  const json sent = json::parse(server.calls().at(0).body);
  CHECK(sent.at("stream") == true);
  CHECK(sent.at("stream_options").at("include_usage") == true);
}

TEST_CASE("a stream cut within characters, lines and events is the same answer", "[llm]") {
  for (const std::size_t bytes : {1, 2, 3, 7}) {
    check_answered(answer_to(cut_into(stream_reply(kText, kUsage), bytes)));
  }
}

TEST_CASE("a server that does not stream although asked is understood", "[llm]") {
  check_answered(answer_to(chat_reply(kText)));
}

TEST_CASE("an answer cut off at max_tokens says so and keeps its text", "[llm]") {
  for (const Reply& reply :
       {chat_reply(kText, kUsage, "length"), stream_reply(kText, kUsage, "length")}) {
    const ChatAnswer answer = answer_to(reply);
    CHECK(answer.status == ChatStatus::Truncated);
    CHECK(answer.text == kText);
    CHECK_THAT(answer.reason, Contains("max_tokens = 8192"));
  }
}

TEST_CASE("429 with Retry-After waits as long as it is told", "[llm]") {
  Reply busy = error_reply(429, "slow down");
  busy.headers = {{"Retry-After", "17"}};
  Reply busy_until = busy;
  busy_until.headers = {{"Retry-After", "Fri, 15 Jan 2027 08:00:40 GMT"}};  // 40 s after the start
  LlmServer server(in_turn({busy, busy_until, chat_reply(kText)}));
  Client client(provider_at(server.base_url()));
  check_answered(client.ask(), 3);
  const std::vector<double> sleeps = client.clock.sleeps_s();
  REQUIRE(sleeps.size() == 2);
  CHECK(sleeps[0] == Approx(17.0));
  CHECK(sleeps[1] == Approx(23.0));
}

TEST_CASE("429 without Retry-After backs off longer each time", "[llm]") {
  const Reply busy = error_reply(429, "slow down");
  LlmServer server(in_turn({busy, busy, busy, chat_reply(kText)}));
  Client client(provider_at(server.base_url()));
  check_answered(client.ask(), 4);
  const std::vector<double> sleeps = client.clock.sleeps_s();
  REQUIRE(sleeps.size() == 3);
  for (int i = 0; i < 3; ++i) {
    CHECK(sleeps[i] >= 0.25 * (1 << i));
    CHECK(sleeps[i] <= 0.5 * (1 << i));
  }
}

TEST_CASE("429 that stays is a failure that names the limits to lower", "[llm]") {
  check_no_answer(answer_to(error_reply(429, "slow down")), ChatStatus::Failed, 3,
                  {"429", "slow down", "requests_per_minute", "3 requests"});
}

TEST_CASE("a server that asks for a longer pause than allowed ends the run", "[llm]") {
  Reply busy = error_reply(429, "daily limit reached");
  busy.headers = {{"Retry-After", "3600"}};
  check_no_answer(answer_to(busy), ChatStatus::Fatal, 1,
                  {"daily limit reached", "3600 s", "retry_wait_max_s = 60"});
}

TEST_CASE("an account without credit ends the run at once", "[llm]") {
  check_no_answer(answer_to(error_reply(429, "You exceeded your quota", "insufficient_quota")),
                  ChatStatus::Fatal, 1, {"no credit", "You exceeded your quota"});
}

TEST_CASE("500 and 503 are tried again, then fail", "[llm]") {
  for (const int status : {500, 503}) {
    const Reply broken = error_reply(status, "out of memory");
    LlmServer server(in_turn({broken, broken, chat_reply(kText)}));
    check_answered(Client(provider_at(server.base_url())).ask(), 3);
    check_no_answer(answer_to(broken), ChatStatus::Failed, 3,
                    {std::to_string(status), "out of memory", "try later"});
  }
}

TEST_CASE("a connection that drops is tried again, then fails", "[llm]") {
  const Reply plain = first_bytes(chat_reply(kText), 40, End::Drop);
  const Reply streamed = first_bytes(stream_reply(kText), 300, End::Drop);
  for (const Reply& dropped : {plain, streamed}) {
    LlmServer server(in_turn({dropped, chat_reply(kText)}));
    check_answered(Client(provider_at(server.base_url())).ask(), 2);
    check_no_answer(answer_to(dropped), ChatStatus::Failed, 3, {"connection broke"});
  }
}

TEST_CASE("a stream that ends early without a break is cut, too", "[llm]") {
  Reply cut = first_bytes(stream_reply(kText), 300, End::Whole);
  check_no_answer(answer_to(cut), ChatStatus::Failed, 3, {"was cut before its end"});
}

TEST_CASE("a connection that breaks after [DONE] does no harm", "[llm]") {
  Reply reply = stream_reply(kText);
  reply.end = End::Drop;
  check_answered(answer_to(reply));
}

TEST_CASE("a connection that stalls ends by the idle time-out", "[llm]") {
  LlmServer server(always(first_bytes(stream_reply(kText), 300, End::Stall)));
  Provider provider = provider_at(server.base_url());
  provider.retries = 1;
  provider.idle_timeout_s = 0.1;
  check_no_answer(Client(provider).ask(), ChatStatus::Failed, 2,
                  {"nothing for 0.1 s", "idle_timeout_s"});
}

TEST_CASE("a slow trickle ends by the total time-out", "[llm]") {
  Reply trickle;
  trickle.content_type = "text/event-stream";
  trickle.pieces = {{": still thinking\n\n", 0.02, 1000}};
  LlmServer server(always(trickle));
  Provider provider = provider_at(server.base_url());
  provider.retries = 0;
  provider.idle_timeout_s = 5.0;
  provider.total_timeout_s = 0.3;
  check_no_answer(Client(provider).ask(), ChatStatus::Failed, 1,
                  {"not whole after 0.3 s", "total_timeout_s"});
}

TEST_CASE("a plain answer may take longer to begin than the idle time-out", "[llm]") {
  Reply late = chat_reply(kText);
  late.hold_s = 0.3;
  LlmServer server(always(late));
  Provider provider = provider_at(server.base_url());
  provider.stream = false;
  provider.idle_timeout_s = 0.1;
  check_answered(Client(provider).ask());
}

TEST_CASE("truncated and broken JSON are tried again, then fail", "[llm]") {
  const std::string whole = body_of(chat_reply(kText));
  const Reply cut = raw_reply(whole.substr(0, whole.size() / 2));
  LlmServer server(in_turn({cut, chat_reply(kText)}));
  check_answered(Client(provider_at(server.base_url())).ask(), 2);
  check_no_answer(answer_to(cut), ChatStatus::Failed, 3, {"no JSON, or was cut"});
  check_no_answer(answer_to(raw_reply(std::string(100000, '['))), ChatStatus::Failed, 3, {"JSON"});
  check_no_answer(answer_to(raw_reply("{\"choices\": [{\"message\": {\"content\": \"\xFF\"}}]}")),
                  ChatStatus::Failed, 3, {"JSON"});
  check_no_answer(answer_to(raw_reply("data: {\"choices\n\n", "text/event-stream")),
                  ChatStatus::Failed, 3, {"no JSON object"});
}

TEST_CASE("an answer of another type says that the address is wrong", "[llm]") {
  check_no_answer(answer_to(raw_reply("<html>Welcome</html>", "text/html; charset=utf-8")),
                  ChatStatus::Fatal, 3, {"\"text/html\" instead of JSON", "/v1"});
  check_answered(answer_to(raw_reply(body_of(chat_reply(kText)), "text/plain")));
}

TEST_CASE("an answer without choices is tried again, then fails", "[llm]") {
  check_no_answer(answer_to(raw_reply("{\"choices\": []}")), ChatStatus::Failed, 3,
                  {"has no choices"});
  check_no_answer(
      answer_to(raw_reply("data: {\"choices\": []}\n\ndata: [DONE]\n\n", "text/event-stream")),
      ChatStatus::Failed, 3, {"has no choices"});
}

TEST_CASE("an error inside a stream is tried again, then fails with its words", "[llm]") {
  Reply reply = first_bytes(stream_reply(kText), 0, End::Whole);
  reply.pieces.push_back({"data: {\"error\": {\"message\": \"worker died\", \"code\": 502}}\n\n"});
  check_no_answer(answer_to(reply), ChatStatus::Failed, 3, {"502", "worker died"});
}

TEST_CASE("what a filter or the model refuses is not asked again", "[llm]") {
  check_no_answer(answer_to(chat_reply("half an ans", {}, "content_filter")), ChatStatus::Failed, 1,
                  {"refused", "content filter"});
  check_no_answer(
      answer_to(raw_reply("{\"choices\": [{\"message\": {\"content\": null, \"refusal\": \"I "
                          "cannot\"}, \"finish_reason\": \"stop\"}]}")),
      ChatStatus::Failed, 1, {"refused", "I cannot"});
}

TEST_CASE("a prompt that is too long fails with the server's words", "[llm]") {
  check_no_answer(answer_to(error_reply(400, "maximum context length is 4096 tokens",
                                        "context_length_exceeded", "messages")),
                  ChatStatus::Failed, 1, {"400", "maximum context length is 4096 tokens"});
}

TEST_CASE("refused parameters are dropped, one by one, and for good", "[llm]") {
  const auto script = [](const Call& call) {
    const json body = json::parse(call.body);
    if (body.contains("max_tokens")) {
      return error_reply(400,
                         "Unsupported parameter: 'max_tokens' is not supported with this model. "
                         "Use 'max_completion_tokens' instead.",
                         "unsupported_parameter", "max_tokens");
    }
    if (body.contains("temperature"))
      return error_reply(400, "Only the default (1) value is supported.", "unsupported_value",
                         "temperature");
    if (body.contains("seed")) {
      Reply fast_api = raw_reply(
          "{\"detail\": [{\"loc\": [\"body\", \"seed\"], \"msg\": \"Extra inputs are not "
          "permitted\"}]}");
      fast_api.status = 422;
      return fast_api;
    }
    if (body.contains("stream_options"))
      return error_reply(400, "Unrecognized request argument supplied: stream_options");
    return reply_as_asked(call, kText);
  };
  LlmServer server(script);
  Client client(provider_at(server.base_url()));
  check_answered(client.ask(), 5);
  CHECK(client.clock.sleeps_s().empty());
  check_answered(client.ask("another"), 1);
  const json last = json::parse(server.calls().back().body);
  CHECK(last.at("max_completion_tokens") == 8192);
  for (const char* gone : {"max_tokens", "temperature", "seed", "stream_options"})
    CHECK_FALSE(last.contains(gone));
  CHECK(last.at("stream") == true);
}

TEST_CASE("a server that refuses streaming is asked for plain answers", "[llm]") {
  LlmServer server([](const Call& call) {
    const json body = json::parse(call.body);
    if (body.contains("stream")) return error_reply(400, "stream is not supported by this model");
    return chat_reply(kText);
  });
  Client client(provider_at(server.base_url()));
  check_answered(client.ask(), 2);
  check_answered(client.ask(), 1);
}

TEST_CASE("an answer of 50 MB ends as a failure, plain or streamed, and is not read", "[llm]") {
  const std::string megabyte(1 << 20, 'x');
  Reply plain = raw_reply("{\"choices\": [{\"message\": {\"content\": \"");
  plain.pieces.push_back({megabyte, 0.0, 50});
  Reply streamed = stream_reply("");
  streamed.pieces.insert(streamed.pieces.begin(), {"data: {\"choices\": [{\"delta\": {\"content\": "
                                                   "\"" +
                                                       megabyte + "\"}}]}\n\n",
                                                   0.0, 50});
  Reply one_event = streamed;
  one_event.pieces = {{"data: "}, {megabyte, 0.0, 50}};
  for (const Reply& reply : {plain, streamed, one_event}) {
    check_no_answer(answer_to(reply), ChatStatus::Failed, 1,
                    {"larger than answer_bytes_max = 8388608"});
  }
}

TEST_CASE("a large explanation of a failure is read in part only", "[llm]") {
  Reply reply = error_reply(400, std::string(std::size_t{10} << 20, 'y'));
  const ChatAnswer answer = answer_to(reply);
  check_no_answer(answer, ChatStatus::Failed, 1, {"status 400"});
  CHECK(answer.reason.size() < 500);
}

TEST_CASE("an unknown model ends the run and is named", "[llm]") {
  LlmServerOptions options;
  options.model = "the-right-one";
  LlmServer server({}, options);
  check_no_answer(Client(provider_at(server.base_url())).ask(), ChatStatus::Fatal, 1,
                  {"does not know model \"test-model\"", "doctor --llm"});
}

TEST_CASE("a wrong path ends the run and shows the address", "[llm]") {
  LlmServer server;
  Provider provider = provider_at(server.base_url() + "/wrong");
  check_no_answer(Client(provider).ask(), ChatStatus::Fatal, 1,
                  {"404", server.base_url() + "/wrong", "/v1"});
}

TEST_CASE("a key is sent, and a bad one ends the run without being shown", "[llm]") {
  LlmServerOptions options;
  options.key = "sk-right-0123456789";
  LlmServer server({}, options);
  Provider provider = provider_at(server.base_url());
  provider.key_variable = "TEST_KEY";
  CHECK(Client(provider, "sk-right-0123456789").ask().status == ChatStatus::Answered);
  const ChatAnswer answer = Client(provider, "sk-wrong-9876543210").ask();
  check_no_answer(answer, ChatStatus::Fatal, 1, {"401", "TEST_KEY", "***"});
  CHECK_THAT(answer.reason, !Contains("9876543210"));
  provider.key_variable.clear();
  check_no_answer(Client(provider).ask(), ChatStatus::Fatal, 1, {"401", "key_variable"});
}

TEST_CASE("a key that a server sends back goes no further", "[llm]") {
  LlmServer server([](const Call& call) {
    Reply redirect = raw_reply("");
    redirect.status = 302;
    redirect.headers = {{"Location", "http://elsewhere/?" + call.authorization.substr(7)}};
    return call.ordinal == 0 ? reply_as_asked(call, "You sent " + call.authorization) : redirect;
  });
  Client client(provider_at(server.base_url()), "sk-echo-0123456789");
  CHECK(client.ask().text == "You sent Bearer ***");
  const std::string reason = client.ask().reason;
  CHECK_THAT(reason, Contains("redirects to http://elsewhere/?***") && !Contains("0123456789"));
}

TEST_CASE("a redirect is not followed, so that the key goes nowhere", "[llm]") {
  LlmServer elsewhere;
  Reply redirect = raw_reply("");
  redirect.status = 307;
  redirect.headers = {{"Location", elsewhere.base_url() + "/chat/completions"}};
  LlmServer server(always(redirect));
  check_no_answer(Client(provider_at(server.base_url()), "sk-secret").ask(), ChatStatus::Fatal, 1,
                  {"307", "redirects to " + elsewhere.base_url(), "base_url"});
  CHECK(elsewhere.call_count() == 0);
}

TEST_CASE("a server that is not there ends the run after retries", "[llm]") {
  std::string base_url;
  {
    LlmServer gone;
    base_url = gone.base_url();
  }
  Provider provider = provider_at(base_url);
  provider.retries = 2;
  Client client(provider);
  check_no_answer(client.ask(), ChatStatus::Fatal, 3,
                  {"cannot be reached at " + base_url, "is the server running"});
  CHECK(client.clock.sleeps_s().size() == 2);
}
