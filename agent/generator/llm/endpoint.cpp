#include "agent/generator/llm/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/generator/llm/retry.h"
#include "sim/base/random.h"

namespace coldforge::agent::llm {
namespace {

HttpOptions http_options(const Provider& provider) {
  HttpOptions options;
  options.connect_timeout_s = provider.connect_timeout_s;
  options.idle_timeout_s = provider.idle_timeout_s;
  options.total_timeout_s = provider.total_timeout_s;
  options.ca_file = provider.ca_file;
  options.proxy = provider.proxy;
  return options;
}

bool contains(const std::vector<std::string>& names, const char* name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Endpoint::Endpoint(Provider provider, std::string key, Clock& clock)
    : provider_(std::move(provider)),
      key_(std::move(key)),
      clock_(clock),
      http_(http_options(provider_)),
      limiter_(RateLimits{provider_.requests_per_minute, provider_.tokens_per_minute,
                          provider_.concurrency},
               clock) {}

std::optional<Failure> Endpoint::attempt(const Exchange& exchange, const WireRequest& request,
                                         AnswerReader& reader, std::optional<std::string>& refused,
                                         int& http_status) {
  constexpr std::size_t kErrorBytes = 65536;  // of a body that only explains a failure
  constexpr int kOk = 200;
  std::string error_body;
  const auto read = [&](const HttpHead& head, std::string_view bytes) {
    if (head.status == kOk) return reader.read(head, bytes);
    error_body.append(bytes.substr(0, kErrorBytes - error_body.size()));
    return error_body.size() < kErrorBytes;
  };
  HttpRequest http;
  http.url = provider_.base_url + exchange.path;
  http.body = request.body;
  http.key = key_;
  http.first_byte_may_be_late = !contains(request.parameters, "stream");
  reader.begin();
  HttpResult result = http_.send(http, read);
  http_status = result.head.status;
  const bool is_broken =
      result.failure != HttpFailure::None && result.failure != HttpFailure::Stopped;
  if (is_broken && !reader.is_whole()) {
    result.detail = clean(result.detail);
    return connection_failure(result, provider_);
  }
  if (result.head.status == kOk) return reader.finish(result.head);

  ProviderError error = parse_error(error_body);
  if (result.head.status == 400 || result.head.status == 422)
    refused = refused_parameter(error, request.parameters);
  error.message = clean(error.message);
  return status_failure(result.head, error, provider_, exchange.model, clock_.unix_s());
}

ExchangeResult Endpoint::exchange(const Exchange& exchange, AnswerReader& reader) {
  ExchangeResult result;
  const auto end = [&](ChatStatus status, const std::string& reason) {
    result.status = status;
    result.reason = without_key(provider_.name + ": " + reason);
    if (result.attempts > 1) result.reason += fmt::format(" ({} requests)", result.attempts);
    return result;
  };
  for (int failures = 0;;) {
    const WireRequest request = exchange.request(learnt_.state());
    std::optional<std::string> refused;
    std::optional<Failure> failure;
    {
      RateLimiter::Permit permit = limiter_.enter(exchange.tokens_max);
      ++result.attempts;
      failure = attempt(exchange, request, reader, refused, result.http_status);
      const Usage usage = reader.usage();
      result.usage.prompt_tokens += usage.prompt_tokens;
      result.usage.completion_tokens += usage.completion_tokens;
      result.usage.reasoning_tokens += usage.reasoning_tokens;
      const std::int64_t spent = usage.prompt_tokens + usage.completion_tokens;
      // An answer of unknown cost keeps what was reserved for it.
      if (failure || spent > 0) permit.settle(spent);
    }
    if (!failure) {
      result.status = ChatStatus::Answered;
      return result;
    }
    if (refused) {  // each time one parameter fewer: this ends
      learnt_.refuse(*refused);
      continue;
    }
    if (!failure->is_retried || failures >= provider_.retries)
      return end(failure->is_fatal ? ChatStatus::Fatal : ChatStatus::Failed, failure->reason);
    ++failures;
    if (failure->wait_s && *failure->wait_s > provider_.retry_wait_max_s) {
      return end(
          ChatStatus::Fatal,
          fmt::format("{}; it asks to wait {:.0f} s, more than retry_wait_max_s = {:.6g}: go "
                      "on later, or raise it",
                      failure->reason, *failure->wait_s, provider_.retry_wait_max_s));
    }
    if (failure->wait_s) limiter_.hold(*failure->wait_s);
    clock_.sleep_s(failure->wait_s.value_or(
        backoff_s(failures, provider_.retry_wait_max_s, exchange.seed, stream_key(request.body))));
  }
}

}  // namespace coldforge::agent::llm
