#include "agent/generator/llm/retry.h"

#include <curl/curl.h>

#include <algorithm>

#include "sim/base/random.h"

namespace coldforge::agent::llm {

double backoff_s(int failures, double max_s, std::uint64_t seed, std::uint64_t stream) {
  constexpr double kFirst_s = 0.5;
  double longest = kFirst_s;
  for (int i = 1; i < failures && longest < max_s; ++i) longest *= 2.0;
  const std::uint64_t key = stream_key(stream, stream_key("llm back-off"));
  Random random(seed, stream_key(static_cast<std::uint64_t>(failures), key));
  return std::min(longest, max_s) * (0.5 + 0.5 * random.uniform());
}

std::optional<double> retry_after_s(const std::string& header, double unix_s) {
  if (header.empty()) return std::nullopt;
  if (header.find_first_not_of("0123456789") == std::string::npos)
    return header.size() > 9 ? 1e9 : std::stod(header);
  const time_t date = ::curl_getdate(header.c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return std::max(0.0, static_cast<double>(date) - unix_s);
}

}  // namespace coldforge::agent::llm
