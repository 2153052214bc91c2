#include "agent/generator/llm/failure.h"

#include <fmt/format.h>

#include "agent/generator/llm/retry.h"

namespace coldforge::agent::llm {
namespace {

Failure retried(std::string reason) { return {true, false, std::move(reason), {}}; }
Failure retried_then_fatal(std::string reason) { return {true, true, std::move(reason), {}}; }
Failure failed(std::string reason) { return {false, false, std::move(reason), {}}; }
Failure fatal(std::string reason) { return {false, true, std::move(reason), {}}; }

std::string key_advice(const Provider& provider) {
  return provider.key_variable.empty()
             ? "the provider wants a key: set \"key_variable\" to the environment variable that "
               "holds it"
             : "check the key in environment variable " + provider.key_variable;
}

bool is_about(const ProviderError& error, std::string_view word) {
  return error.code.find(word) != std::string::npos;
}

Failure unknown_model(const ProviderError& error, const std::string& model) {
  return fatal(
      fmt::format("does not know model \"{}\" ({}): set \"model\" to one that `coldforge "
                  "doctor --llm` lists",
                  model, error.message));
}

Failure not_found(const ProviderError& error, const Provider& provider, const std::string& model) {
  if (is_about(error, "model") || error.message.find(model) != std::string::npos)
    return unknown_model(error, model);
  return fatal(fmt::format("status 404: nothing answers at {}: base_url usually ends in /v1",
                           provider.base_url));
}

Failure too_many(const ProviderError& error) {
  if (is_about(error, "insufficient_quota") || is_about(error, "billing"))
    return fatal(fmt::format("status 429: the account has no credit left: {}", error.message));
  return retried(fmt::format(
      "status 429: too many requests ({}): lower requests_per_minute, tokens_per_minute or "
      "concurrency",
      error.message));
}

}  // namespace

Failure connection_failure(const HttpResult& result, const Provider& provider) {
  switch (result.failure) {
    case HttpFailure::Unreachable:
      return retried_then_fatal(
          fmt::format("cannot be reached at {} ({}): is the server running, "
                      "is the proxy right?",
                      provider.base_url, result.detail));
    case HttpFailure::Untrusted:
      return fatal(
          fmt::format("its TLS certificate is not trusted ({}): set ca_file to the PEM "
                      "file of the authority that signed it",
                      result.detail));
    case HttpFailure::NotHttp:
      return fatal(fmt::format("{} does not speak HTTP ({}): check base_url, http or https",
                               provider.base_url, result.detail));
    case HttpFailure::Silent:
      return retried(
          fmt::format("sent nothing for {:.6g} s: raise idle_timeout_s if the model is "
                      "only slow",
                      provider.idle_timeout_s));
    case HttpFailure::TooLong:
      return retried(
          fmt::format("the answer was not whole after {:.6g} s: raise total_timeout_s, "
                      "or ask for fewer tokens",
                      provider.total_timeout_s));
    default:
      return retried(fmt::format(
          "the connection broke ({}): try later; if it never holds, check base_url, http or https",
          result.detail));
  }
}

Failure status_failure(const HttpHead& head, const ProviderError& error, const Provider& provider,
                       const std::string& model, double unix_s) {
  const int status = head.status;
  const auto says = [&](const char* advice) {
    return fmt::format("status {}: {}{}", status, error.message, advice);
  };
  Failure failure;
  if (status >= 300 && status < 400) {
    failure =
        fatal(fmt::format("status {}: redirects to {}; redirects are not followed, so that a "
                          "key goes nowhere else: set base_url to the new address",
                          status, clean_text(head.location, "")));
  } else if (status == 401 || status == 403) {
    failure = fatal(fmt::format("status {}: access refused ({}): {}", status, error.message,
                                key_advice(provider)));
  } else if (status == 402) {
    failure = fatal(says(": the account has no credit left"));
  } else if (status == 404 || status == 405 || status == 410) {
    failure = not_found(error, provider, model);
  } else if (status == 407) {
    failure = fatal(says(": the proxy wants a user and a password, in https_proxy"));
  } else if (status == 413) {
    failure = failed(says(": the prompt is too large for this server"));
  } else if (status == 429) {
    failure = too_many(error);
  } else if (status == 408 || status == 409 || status == 425 || (status >= 500 && status != 501)) {
    failure = retried(says(": the server is overloaded or broken, try later"));
  } else if (is_about(error, "model_not_found")) {
    failure = unknown_model(error, model);
  } else {
    failure = failed(says(""));
  }
  if (failure.is_retried) failure.wait_s = retry_after_s(head.retry_after, unix_s);
  return failure;
}

Failure error_in_answer(const ProviderError& error, const Provider& provider,
                        const std::string& model) {
  // Gateways put the status of the server behind them into the code.
  HttpHead head;
  const bool is_status = error.code.size() == 3 && error.code[0] >= '4' && error.code[0] <= '5' &&
                         error.code.find_first_not_of("0123456789") == std::string::npos;
  if (is_status) {
    head.status = std::stoi(error.code);
    return status_failure(head, error, provider, model, 0.0);
  }
  if (is_about(error, "model_not_found")) return unknown_model(error, model);
  return retried("ended its answer with an error: " + error.message);
}

Failure malformed_answer(const std::string& what) {
  return retried("its answer " + what + ": the server, or a proxy before it, is broken");
}

Failure wrong_content_type(const std::string& type, const Provider& provider) {
  return retried_then_fatal(
      fmt::format("answers with \"{}\" instead of JSON: {} is no OpenAI-compatible address, it "
                  "usually ends in /v1",
                  clean_text(type, ""), provider.base_url));
}

Failure too_large_answer(const Provider& provider) {
  return failed(fmt::format("the answer is larger than answer_bytes_max = {}: given up",
                            provider.answer_bytes_max));
}

Failure refused_answer(const std::string& words) {
  return failed("the model refused to answer: " + words);
}

}  // namespace coldforge::agent::llm
