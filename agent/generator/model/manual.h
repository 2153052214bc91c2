#pragma once

#include <string>

#include "agent/generator/model/conversation.h"

namespace coldforge::agent {

/// A person answers. The question is written to `<folder>/<task>-<candidate>-<step>.md`; the kernel
/// (plain C++, no fences) is taken from the file beside it that ends in `.cpp`, or a judgement from
/// the one that ends in `.txt`. While there is none, RunStopped says where which file belongs.
class ManualRespondent : public Respondent {
 public:
  explicit ManualRespondent(std::string folder) : folder_(std::move(folder)) {}
  llm::ChatAnswer answer(const Purpose& purpose, const llm::ChatRequest& request) override;

 private:
  const std::string folder_;
};

}  // namespace coldforge::agent
