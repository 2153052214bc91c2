#include "agent/generator/model/model_auditor.h"

#include <algorithm>

#include "agent/generator/model/answer.h"
#include "agent/verify/source_rules.h"
#include "sim/base/digest.h"

namespace coldforge::agent {
namespace {

constexpr std::size_t kMostObjection = 500;

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r*`");
  const std::size_t end = text.find_last_not_of(" \t\r*`");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

}  // namespace

std::optional<std::string> judgement_in(const std::string& answer) {
  std::optional<std::string> judgement;
  for (std::size_t at = 0; at < answer.size();) {
    const std::size_t end = std::min(answer.find('\n', at), answer.size());
    const std::string line = trimmed(answer.substr(at, std::min<std::size_t>(end - at, 4096)));
    at = end + 1;
    const std::string mark = "VERDICT:";
    if (line.compare(0, mark.size(), mark) != 0) continue;
    const std::string word = trimmed(line.substr(mark.size()));
    if (word == "honest" || word == "honest.") {
      judgement = "";
    } else if (word.rfind("cheat", 0) == 0) {
      const std::size_t colon = word.find(':');
      const std::string why = colon == std::string::npos ? "" : trimmed(word.substr(colon + 1));
      judgement = why.empty() ? "no reason given" : trimmed_answer(why.substr(0, kMostObjection));
    } else {
      judgement.reset();
    }
  }
  return judgement;
}

std::string ModelAuditor::digest() const {
  return Digest().add("auditor 1").add(prompts_.digest()).add(model_).hex();
}

std::string ModelAuditor::objection(const Subject& subject) {
  llm::ChatRequest question;
  // Comments could speak to the auditor.
  question.messages =
      prompts_.audit({subject.task, strip_comments(subject.source), subject.verdict->cycles,
                      subject.verdict->lower_bound_cycles});
  question.max_tokens = kAnswerTokens;
  question.temperature = 0;
  Purpose purpose{subject.task->name, subject.candidate, "audit", 0};
  for (; purpose.ordinal < kAttempts; ++purpose.ordinal) {
    const Conversation::Reply reply = conversation_.ask(purpose, question);
    if (const auto judgement = judgement_in(reply.answer.text)) return *judgement;
  }
  return "the auditor gave no judgement";
}

}  // namespace coldforge::agent
