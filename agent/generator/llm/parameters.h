#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/generator/llm/provider_error.h"

namespace coldforge::agent::llm {

/// The request parameter that an error refuses, one of `sent`: named by the error itself or, beside
/// words like "unsupported", in its message. None if the error is about something else.
std::optional<std::string> refused_parameter(const ProviderError& error,
                                             const std::vector<std::string>& sent);

/// What a provider was found not to take, for the client's life. For any number of threads.
class LearntParameters {
 public:
  struct State {
    /// How the length of an answer is limited: "max_tokens", then "max_completion_tokens" (newer
    /// hosted models), then not at all (empty).
    std::string length_name = "max_tokens";
    std::set<std::string> dropped;
  };

  State state() const;
  /// Requests from now on do without `name`; telling it again changes nothing.
  void refuse(const std::string& name);

 private:
  mutable std::mutex mutex_;
  State state_;
};

}  // namespace coldforge::agent::llm
