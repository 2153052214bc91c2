#pragma once

#include <optional>
#include <string>

#include "agent/generator/llm/http.h"
#include "agent/generator/llm/provider.h"
#include "agent/generator/llm/provider_error.h"

namespace coldforge::agent::llm {

/// What one request that brought no answer means. The table of all outcomes is in README.md.
struct Failure {
  bool is_retried = false;  ///< the same request may well succeed in a moment
  bool is_fatal = false;    ///< if it stays, no other request will be answered either
  std::string reason;       ///< what happened and what to do, one line, without the provider's name
  std::optional<double> wait_s;  ///< the pause that the provider asks for
};

/// The connection failed (failure is neither None nor Stopped).
Failure connection_failure(const HttpResult& result, const Provider& provider);

/// A status other than 200. `error` is what the body says, cleaned; `unix_s` for dates in
/// Retry-After.
Failure status_failure(const HttpHead& head, const ProviderError& error, const Provider& provider,
                       const std::string& model, double unix_s);

/// An error inside an answer that began with status 200.
Failure error_in_answer(const ProviderError& error, const Provider& provider,
                        const std::string& model);

/// Status 200, but `what` is wrong with the answer ("has no choices").
Failure malformed_answer(const std::string& what);
/// Status 200 and a type that is none of the protocol.
Failure wrong_content_type(const std::string& type, const Provider& provider);
Failure too_large_answer(const Provider& provider);
/// The model or a filter refuses: `words` are its own, cleaned.
Failure refused_answer(const std::string& words);

}  // namespace coldforge::agent::llm
