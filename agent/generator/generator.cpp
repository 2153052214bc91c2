#include "agent/generator/generator.h"

namespace coldforge::agent {

void Generator::generate_all(const std::vector<GenerationRequest>& requests, const Ready& ready) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (!ready(i, generate(requests[i]))) return;
  }
}

}  // namespace coldforge::agent
