#include "agent/generator/reasons.h"

namespace coldforge::agent {

const std::vector<Reason>& reasons() {
  static const std::vector<Reason> kAll = {kNoGrammar,    kUnsupportedForm, kNoInstruction,
                                           kNoPlan,       kNoScratch,       kNoCorrectCandidate,
                                           kHiddenTrials, kRtlDiffers};
  return kAll;
}

std::string say(const Reason& reason, const std::string& detail) {
  return std::string(reason.id) + ": " + detail;
}

std::string reason_id(const std::string& text) {
  const std::string head = text.substr(0, text.find(':'));
  for (const Reason& reason : reasons()) {
    if (head == reason.id) return head;
  }
  return "";
}

}  // namespace coldforge::agent
