#include "agent/generator/random_search.h"

#include <algorithm>
#include <iterator>

namespace coldforge::agent {

GenerationRequest without_experience(const GenerationRequest& request) {
  GenerationRequest bare;
  bare.task = request.task;
  bare.arch = request.arch;
  bare.seed = request.seed;
  bare.candidate = request.candidate;
  bare.proposed = request.proposed;
  std::copy_if(request.context.begin(), request.context.end(), std::back_inserter(bare.context),
               [](const ContextItem& item) { return item.kind == "api"; });
  return bare;
}

GeneratedKernel RandomSearch::generate(const GenerationRequest& request) {
  return composer_.generate(without_experience(request));
}

std::vector<std::string> RandomSearch::blame(const std::vector<Fragment>& fragments,
                                             const std::string& gate,
                                             const std::string& reason) const {
  return composer_.blame(fragments, gate, reason);
}

}  // namespace coldforge::agent
