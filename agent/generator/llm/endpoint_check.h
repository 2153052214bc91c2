#pragma once

#include <string>
#include <vector>

#include "agent/generator/llm/clock.h"
#include "agent/generator/llm/provider.h"

namespace coldforge::agent::llm {

struct CheckResult {
  std::string
      what;  ///< "address", "key", "model", "streaming", "usage", "parameters", "embeddings"
  bool ok = false;
  std::string detail;  ///< what was found; if not ok, what to do
};

/// Asks a provider's server a few short questions and says whether the client will get along with
/// it. Ends early where nothing more can be learnt. Costs some hundred tokens.
std::vector<CheckResult> check_endpoint(const Provider& provider, const std::string& key,
                                        Clock& clock = host_clock());

}  // namespace coldforge::agent::llm
