#include "agent/generator/model/mixed_generator.h"

namespace coldforge::agent {

GeneratedKernel MixedGenerator::generate(const GenerationRequest& request) {
  return request.stage == Stage::Draft ? composer_.generate(request) : model_.generate(request);
}

void MixedGenerator::generate_all(const std::vector<GenerationRequest>& requests,
                                  const Ready& ready) {
  std::vector<GenerationRequest> for_model;
  std::vector<std::size_t> number_of;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (requests[i].stage == Stage::Draft) {
      if (!ready(i, composer_.generate(requests[i]))) return;
    } else {
      for_model.push_back(requests[i]);
      number_of.push_back(i);
    }
  }
  model_.generate_all(for_model, [&](std::size_t i, GeneratedKernel kernel) {
    return ready(number_of[i], std::move(kernel));
  });
}

}  // namespace coldforge::agent
