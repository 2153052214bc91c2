#pragma once

#include <cstdint>
#include <string>

#include "agent/verify/verdict.h"
#include "kernels/task.h"

namespace coldforge::agent {

/// The last gate against cheats, behind all rules: reads a kernel that passed and says whether it
/// honestly computes its task. Only asked for; not part of a verdict otherwise.
class Auditor {
 public:
  struct Subject {
    const kernels::Task* task = nullptr;
    std::uint64_t candidate = 0;
    std::string source;
    const Verdict* verdict = nullptr;  ///< a passing one
  };

  virtual ~Auditor() = default;
  /// Who judges by which question: part of a run's identity.
  virtual std::string digest() const = 0;
  /// What is dishonest about the kernel, in a sentence; empty: nothing. Equal kernels of a task get
  /// equal judgements. May be called from several threads at a time.
  virtual std::string objection(const Subject& subject) = 0;
};

}  // namespace coldforge::agent
