#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace coldforge::agent::llm {

/// The pause before request `failures` + 1: about 0.5 s, 1 s, 2 s ... for 1, 2, 3 failures, at most
/// `max_s`, each drawn from its upper half. The draw depends on (seed, stream, failures) only.
double backoff_s(int failures, double max_s, std::uint64_t seed, std::uint64_t stream);

/// The value of a Retry-After header, "120" or "Wed, 21 Oct 2026 07:28:00 GMT", as seconds from
/// `unix_s` on, at least 0. None if it is neither.
std::optional<double> retry_after_s(const std::string& header, double unix_s);

}  // namespace coldforge::agent::llm
