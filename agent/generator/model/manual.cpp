#include "agent/generator/model/manual.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "agent/generator/generator.h"
#include "agent/prompt/template.h"
#include "sim/base/file.h"

namespace coldforge::agent {
namespace {

namespace fs = std::filesystem;

std::string question_text(const llm::ChatRequest& request) {
  std::string text;
  for (const llm::Message& message : request.messages) text += message.content + "\n\n";
  return text;
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

}  // namespace

llm::ChatAnswer ManualRespondent::answer(const Purpose& purpose, const llm::ChatRequest& request) {
  std::string name = purpose.task;
  std::replace(name.begin(), name.end(), '/', '-');
  std::string stem = fmt::format("{}/{}-{:03}-{}", folder_, name, purpose.candidate, purpose.step);
  if (purpose.ordinal > 0) stem += fmt::format("-{}", purpose.ordinal + 1);
  const bool is_kernel = purpose.step != "audit";
  const std::string answer_file = stem + (is_kernel ? ".cpp" : ".txt");
  if (fs::exists(answer_file)) {
    const std::string content = read_file(answer_file);
    if (!is_blank(content)) {
      llm::ChatAnswer answer;
      answer.status = llm::ChatStatus::Answered;
      answer.text = is_kernel ? prompt::fenced(content, "cpp") : content;
      answer.model = "manual";
      answer.attempts = 1;
      return answer;
    }
  }
  write_file_atomic(stem + ".md", question_text(request));
  throw RunStopped(
      fmt::format("{}: the question is in {}.md; put the {} into {} and give the same "
                  "command again",
                  to_text(purpose), stem, is_kernel ? "kernel" : "judgement", answer_file));
}

}  // namespace coldforge::agent
