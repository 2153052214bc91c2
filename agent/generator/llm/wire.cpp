#include "agent/generator/llm/wire.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace coldforge::agent::llm {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

json parse(std::string_view text) { return json::parse(text, nullptr, /*allow_exceptions=*/false); }

std::string member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The first element of an array member, or null.
const json& first_of(const json& object, const char* key) {
  static const json nothing;
  const auto found = object.find(key);
  return found != object.end() && found->is_array() && !found->empty() ? (*found)[0] : nothing;
}

/// "content" of a message: a text, or parts of which the texts count.
std::string content_of(const json& message) {
  const auto content = message.find("content");
  if (content == message.end()) return "";
  if (content->is_string()) return content->get<std::string>();
  std::string text;
  if (content->is_array()) {
    for (const json& part : *content) {
      if (part.is_object()) text += member(part, "text");
    }
  }
  return text;
}

std::int64_t count_of(const json& object, const char* key) {
  constexpr double kMost = 1e12;  // beyond that it is no count of tokens
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return 0;
  const auto number = found->get<double>();
  return number >= 0.0 && number <= kMost ? static_cast<std::int64_t>(number) : 0;
}

/// True if the answer says what it cost.
bool read_usage(const json& answer, Usage& usage) {
  const auto found = answer.find("usage");
  if (found == answer.end() || !found->is_object()) return false;
  usage.prompt_tokens = count_of(*found, "prompt_tokens");
  usage.completion_tokens = count_of(*found, "completion_tokens");
  const auto details = found->find("completion_tokens_details");
  usage.reasoning_tokens = details != found->end() && details->is_object()
                               ? count_of(*details, "reasoning_tokens")
                               : count_of(*found, "reasoning_tokens");
  return true;
}

bool has_error(const json& answer) {
  const auto error = answer.find("error");
  return error != answer.end() && !error->is_null();
}

WireRequest without_dropped(ordered_json body, const LearntParameters::State& learnt) {
  for (const std::string& name : learnt.dropped) body.erase(name);
  WireRequest request;
  for (const auto& [name, value] : body.items()) {
    if (name != "model" && name != "messages" && name != "input")
      request.parameters.push_back(name);
  }
  request.body = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return request;
}

}  // namespace

WireRequest chat_request(const ChatRequest& request, const Provider& provider,
                         const LearntParameters::State& learnt) {
  constexpr std::uint64_t kSeedMask = 0x7fffffff;
  ordered_json messages = ordered_json::array();
  for (const Message& message : request.messages)
    messages.push_back({{"role", message.role}, {"content", message.content}});
  ordered_json body = {{"model", provider.model},
                       {"messages", messages},
                       {"temperature", request.temperature},
                       {"seed", request.seed & kSeedMask}};
  if (!learnt.length_name.empty()) body[learnt.length_name] = request.max_tokens;
  if (provider.stream && learnt.dropped.count("stream") == 0) {
    body["stream"] = true;
    body["stream_options"] = {{"include_usage", true}};
  }
  const ordered_json extra = ordered_json::parse(provider.extra_parameters);
  for (const auto& [name, value] : extra.items()) body[name] = value;
  return without_dropped(std::move(body), learnt);
}

WireRequest embeddings_request(const std::vector<std::string>& texts, const Provider& provider,
                               const LearntParameters::State& learnt) {
  ordered_json body = {
      {"model", provider.embedding_model}, {"input", texts}, {"encoding_format", "float"}};
  if (provider.embedding_dims > 0) body["dimensions"] = provider.embedding_dims;
  return without_dropped(std::move(body), learnt);
}

WireAnswer parse_chat(std::string_view body) {
  WireAnswer answer;
  const json root = parse(body);
  if (root.is_discarded()) {
    answer.problem = "is no JSON, or was cut";
    return answer;
  }
  if (!root.is_object()) {
    answer.problem = "is no JSON object";
    return answer;
  }
  answer.model = member(root, "model");
  answer.has_usage = read_usage(root, answer.usage);
  const json& choice = first_of(root, "choices");
  if (!choice.is_object()) {
    if (has_error(root)) {
      answer.error = parse_error(body);
    } else {
      answer.problem = "has no choices";
    }
    return answer;
  }
  answer.finish_reason = member(choice, "finish_reason");
  const auto message = choice.find("message");
  if (message == choice.end() || !message->is_object()) {
    answer.problem = "has a choice without message";
    return answer;
  }
  answer.text = content_of(*message);
  answer.refusal = member(*message, "refusal");
  // A plain answer came whole, even if the server gives no reason for its end.
  if (answer.finish_reason.empty()) answer.finish_reason = "stop";
  return answer;
}

ChatStream::ChatStream(std::size_t bytes_max)
    : bytes_max_(bytes_max),
      parser_([this](std::string_view data) { on_event(data); }, bytes_max) {}

bool ChatStream::feed(std::string_view bytes) {
  return parser_.feed(bytes) && answer_.text.size() <= bytes_max_;
}

void ChatStream::on_event(std::string_view data) {
  if (is_done_ || !answer_.problem.empty() || answer_.error) return;
  if (data == "[DONE]") {
    is_done_ = true;
    return;
  }
  const json event = parse(data);
  if (!event.is_object()) {
    answer_.problem = "has an event that is no JSON object";
    return;
  }
  if (has_error(event)) {
    answer_.error = parse_error(data);
    return;
  }
  if (answer_.model.empty()) answer_.model = member(event, "model");
  answer_.has_usage = read_usage(event, answer_.usage) || answer_.has_usage;
  const json& choice = first_of(event, "choices");
  if (!choice.is_object()) return;  // the event with the usage has none
  has_choice_ = true;
  const auto delta = choice.find("delta");
  if (delta != choice.end() && delta->is_object()) {
    if (answer_.text.size() <= bytes_max_) answer_.text += content_of(*delta);
    answer_.refusal += member(*delta, "refusal");
  }
  if (const std::string reason = member(choice, "finish_reason"); !reason.empty())
    answer_.finish_reason = reason;
}

WireAnswer ChatStream::finish() {
  if (!answer_.problem.empty() || answer_.error) return std::move(answer_);
  if (!has_choice_) {
    answer_.problem = is_done_ ? "has no choices" : "ended before its first event";
  } else if (answer_.finish_reason.empty()) {
    // Some servers end with [DONE] and never give a reason.
    if (is_done_) {
      answer_.finish_reason = "stop";
    } else {
      answer_.problem = "was cut before its end";
    }
  }
  return std::move(answer_);
}

WireVectors parse_embeddings(std::string_view body, std::size_t count) {
  WireVectors answer;
  const json root = parse(body);
  if (!root.is_object()) {
    answer.problem = "is no JSON object, or was cut";
    return answer;
  }
  answer.model = member(root, "model");
  read_usage(root, answer.usage);
  const auto data = root.find("data");
  if (data == root.end() || !data->is_array() || data->size() != count) {
    answer.problem = "does not have one vector for each text";
    return answer;
  }
  std::vector<std::vector<double>> vectors(count);
  for (std::size_t i = 0; i < count; ++i) {
    const json& entry = (*data)[i];
    if (!entry.is_object()) continue;
    const auto index = entry.find("index");
    const bool has_index = index != entry.end() && index->is_number_unsigned();
    const std::size_t place = has_index ? index->get<std::size_t>() : i;
    const auto values = entry.find("embedding");
    if (place >= count || values == entry.end() || !values->is_array()) continue;
    for (const json& value : *values)
      vectors[place].push_back(value.is_number() ? value.get<double>() : std::nan(""));
  }
  for (const std::vector<double>& vector : vectors) {
    const bool is_right = !vector.empty() && vector.size() == vectors[0].size() &&
                          std::all_of(vector.begin(), vector.end(),
                                      [](double value) { return std::isfinite(value); });
    if (!is_right) {
      answer.problem = "has vectors that are missing, of unequal length or not finite";
      return answer;
    }
  }
  answer.vectors = std::move(vectors);
  return answer;
}

std::optional<std::vector<std::string>> parse_models(std::string_view body) {
  const json root = parse(body);
  if (!root.is_object()) return std::nullopt;
  const auto data = root.find("data");
  if (data == root.end() || !data->is_array()) return std::nullopt;
  std::vector<std::string> names;
  for (const json& entry : *data) {
    if (entry.is_object()) names.push_back(member(entry, "id"));
  }
  return names;
}

}  // namespace coldforge::agent::llm
