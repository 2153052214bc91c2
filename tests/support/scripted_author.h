#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/llm_server.h"

namespace coldforge::testing {

/// A "language model" for the test server that answers questions about a few basic tasks with
/// kernels of mixed quality: the hand-written kernel, the baseline's, one that does not compile,
/// one that computes nothing, one with assembly, no block of C++ (mended when asked again, or not),
/// a truncated answer, two megabytes of nothing. Which one depends on the request alone. As an
/// auditor it objects to kernels that hold kTrick.
class ScriptedAuthor {
 public:
  static constexpr const char* kTrick = "kTrickOfTheTrade";

  /// `tasks`: names of kernels/tasks/basic; `hold_s`: how long an answer takes, times 0.5 to 1.5.
  explicit ScriptedAuthor(const std::vector<std::string>& tasks, double hold_s = 0.0);
  Reply operator()(const Call& call) const;

 private:
  struct Known {
    std::string graph;  ///< as prompts show it
    std::string reference, eager;
  };
  std::vector<Known> known_;
  double hold_s_;
};

}  // namespace coldforge::testing
