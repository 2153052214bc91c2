#include "tests/support/llm_reply.h"

#include <nlohmann/json.hpp>

namespace coldforge::testing {
namespace {

using nlohmann::ordered_json;

ordered_json usage_json(const ReplyUsage& usage) {
  return {{"prompt_tokens", usage.prompt},
          {"completion_tokens", usage.completion},
          {"total_tokens", usage.prompt + usage.completion},
          {"completion_tokens_details", {{"reasoning_tokens", usage.reasoning}}}};
}

ordered_json head(const char* object) {
  return {{"id", "chatcmpl-1"}, {"object", object}, {"created", 1}, {"model", "test-model-1"}};
}

Piece event(const ordered_json& json) { return {"data: " + json.dump() + "\n\n"}; }

/// Length of the UTF-8 character that begins at `at`.
std::size_t character_bytes(const std::string& text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return end - at;
}

}  // namespace

Reply chat_reply(const std::string& text, const ReplyUsage& usage,
                 const std::string& finish_reason) {
  ordered_json json = head("chat.completion");
  json["choices"] = {{{"index", 0},
                      {"message", {{"role", "assistant"}, {"content", text}}},
                      {"finish_reason", finish_reason}}};
  json["usage"] = usage_json(usage);
  return raw_reply(json.dump());
}

Reply stream_reply(const std::string& text, const ReplyUsage& usage,
                   const std::string& finish_reason) {
  constexpr std::size_t kCharacters = 4;  // about a token
  Reply reply;
  reply.content_type = "text/event-stream";
  ordered_json json = head("chat.completion.chunk");
  const auto add = [&](const ordered_json& delta, const ordered_json& finish) {
    json["choices"] = {{{"index", 0}, {"delta", delta}, {"finish_reason", finish}}};
    reply.pieces.push_back(event(json));
  };
  add({{"role", "assistant"}, {"content", ""}}, nullptr);
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    for (std::size_t i = 0; i < kCharacters && end < text.size(); ++i)
      end += character_bytes(text, end);
    add({{"content", text.substr(at, end - at)}}, nullptr);
    at = end;
  }
  add(ordered_json::object(), finish_reason);
  json["choices"] = ordered_json::array();
  json["usage"] = usage_json(usage);
  reply.pieces.push_back(event(json));
  reply.pieces.push_back({"data: [DONE]\n\n"});
  return reply;
}

Reply error_reply(int status, const std::string& message, const std::string& code,
                  const std::string& param) {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? ordered_json() : ordered_json(text);
  };
  Reply reply = raw_reply(ordered_json{{"error",
                                        {{"message", message},
                                         {"type", "invalid_request_error"},
                                         {"param", or_null(param)},
                                         {"code", or_null(code)}}}}
                              .dump());
  reply.status = status;
  return reply;
}

Reply embeddings_reply(const std::vector<std::vector<double>>& vectors, std::int64_t tokens) {
  ordered_json data = ordered_json::array();
  for (std::size_t i = vectors.size(); i-- > 0;)
    data.push_back({{"object", "embedding"}, {"index", i}, {"embedding", vectors[i]}});
  return raw_reply(ordered_json{{"object", "list"},
                                {"data", data},
                                {"model", "test-embedder-1"},
                                {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}}
                       .dump());
}

Reply raw_reply(const std::string& body, const std::string& content_type) {
  Reply reply;
  reply.content_type = content_type;
  reply.pieces.push_back({body});
  return reply;
}

Reply cut_into(Reply reply, std::size_t bytes) {
  const std::string body = body_of(reply);
  reply.pieces.clear();
  for (std::size_t at = 0; at < body.size(); at += bytes)
    reply.pieces.push_back({body.substr(at, bytes)});
  return reply;
}

Reply first_bytes(const Reply& reply, std::size_t bytes, End end) {
  const std::string body = body_of(reply);
  Reply cut = reply;
  cut.pieces = {{body.substr(0, bytes)}};
  cut.length_bytes = body.size();
  cut.end = end;
  return cut;
}

std::string body_of(const Reply& reply) {
  std::string body;
  for (const Piece& piece : reply.pieces) {
    for (std::size_t i = 0; i < piece.times; ++i) body += piece.bytes;
  }
  return body;
}

}  // namespace coldforge::testing
