#include "tests/unit/composer/choices.h"

#include <algorithm>

#include "isa/emit.h"

namespace coldforge::test {

std::string FixedChooser::pick(const std::string& hole, const std::vector<std::string>& domain,
                               const std::string& /*condition*/) {
  asked.push_back(hole);
  return domain[std::min(position_, domain.size() - 1)];
}

std::vector<agent::ContextItem> api_context(const isa::Isa& isa) {
  std::vector<agent::ContextItem> context;
  for (const isa::ApiItem& api : isa::emit_api_items(isa)) {
    agent::ContextItem item;
    item.id = "api " + std::to_string(context.size());
    item.kind = "api";
    item.content = api.content;
    item.source = api.call;
    context.push_back(item);
  }
  return context;
}

agent::GenerationRequest request_for(const kernels::Task& task, const isa::Arch& arch,
                                     const std::vector<agent::ContextItem>& context) {
  agent::GenerationRequest request;
  request.task = &task;
  request.arch = &arch;
  request.seed = 1;
  request.context = context;
  return request;
}

std::string basic_task(const std::string& name) {
  return std::string(COLDFORGE_SOURCE_DIR) + "/kernels/tasks/basic/" + name + ".onnxtxt";
}

}  // namespace coldforge::test
