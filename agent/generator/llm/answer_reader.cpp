#include "agent/generator/llm/answer_reader.h"

#include <algorithm>

namespace coldforge::agent::llm {
namespace {

constexpr char kEventStream[] = "text/event-stream";

std::size_t text_max(const Endpoint& endpoint) {
  return static_cast<std::size_t>(endpoint.provider().answer_bytes_max);
}

/// A body that is no JSON and does not say that it is comes from something else than an API.
Failure malformed(const std::string& problem, const HttpHead& head, const Endpoint& endpoint) {
  const bool says_json =
      head.content_type.empty() || head.content_type.find("json") != std::string::npos;
  return says_json ? malformed_answer(problem)
                   : wrong_content_type(head.content_type, endpoint.provider());
}

}  // namespace

bool Body::add(std::string_view bytes) {
  is_too_large_ = is_too_large_ || bytes_.size() + bytes.size() > bytes_max_;
  if (!is_too_large_) bytes_.append(bytes);
  return !is_too_large_;
}

ChatReader::ChatReader(const Endpoint& endpoint) : endpoint_(endpoint), body_(text_max(endpoint)) {}

void ChatReader::begin() {
  stream_.reset();
  body_.clear();
  is_too_large_ = false;
  answer_ = WireAnswer{};
}

bool ChatReader::read(const HttpHead& head, std::string_view bytes) {
  if (head.content_type == kEventStream) {
    if (!stream_) stream_ = std::make_unique<ChatStream>(text_max(endpoint_));
    is_too_large_ = !stream_->feed(bytes);
  } else {
    is_too_large_ = !body_.add(bytes);
  }
  return !is_too_large_;
}

std::optional<Failure> ChatReader::finish(const HttpHead& head) {
  const Provider& provider = endpoint_.provider();
  if (is_too_large_) return too_large_answer(provider);
  answer_ = stream_ ? stream_->finish() : parse_chat(body_.bytes());
  if (answer_.error) {
    answer_.error->message = endpoint_.clean(answer_.error->message);
    return error_in_answer(*answer_.error, provider, provider.model);
  }
  if (!answer_.problem.empty())
    return stream_ ? malformed_answer(answer_.problem)
                   : malformed(answer_.problem, head, endpoint_);
  if (answer_.finish_reason == "content_filter")
    return refused_answer("stopped by the provider's content filter");
  if (answer_.text.empty() && !answer_.refusal.empty())
    return refused_answer(endpoint_.clean(answer_.refusal));
  return std::nullopt;
}

bool ChatReader::is_truncated() const {
  const std::string& reason = answer_.finish_reason;
  return reason == "length" || reason == "max_tokens" || reason == "model_length";
}

VectorReader::VectorReader(const Endpoint& endpoint, std::size_t count)
    : endpoint_(endpoint),
      count_(count),
      // A number is written with about twenty bytes; a vector has some thousands of them.
      body_(std::max(text_max(endpoint), count * (std::size_t{1} << 18))) {}

void VectorReader::begin() {
  body_.clear();
  answer_ = WireVectors{};
}

bool VectorReader::read(const HttpHead&, std::string_view bytes) { return body_.add(bytes); }

std::optional<Failure> VectorReader::finish(const HttpHead& head) {
  if (body_.is_too_large()) return too_large_answer(endpoint_.provider());
  answer_ = parse_embeddings(body_.bytes(), count_);
  if (answer_.problem.empty()) return std::nullopt;
  return malformed(answer_.problem, head, endpoint_);
}

}  // namespace coldforge::agent::llm
