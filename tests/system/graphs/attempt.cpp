#include "tests/system/graphs/attempt.h"

#include "agent/generator/reasons.h"
#include "agent/verify/verifier.h"
#include "isa/arch.h"
#include "tests/unit/composer/choices.h"

namespace coldforge::test {

Workbench::Workbench()
    : isa_(isa::Isa::load()),
      arch_(isa::load_arch("edge")),
      toolchain_(isa_, arch_),
      machine_(isa_, arch_),
      context_(api_context(isa_)) {}

Attempt Workbench::attempt(const kernels::Task& task, std::uint64_t seed, int budget) {
  agent::VerifyOptions options;
  options.hidden_seed = 2;
  options.hidden_trials = 2;
  options.profile = false;
  const agent::Verifier verifier(task, machine_, toolchain_, options);
  Attempt result;
  bool wrote = false;
  std::vector<agent::ContextItem> context = context_;
  for (; result.candidates < budget; ++result.candidates) {
    auto request = request_for(task, arch_, context);
    request.seed = seed;
    request.candidate = static_cast<std::uint64_t>(result.candidates);
    const agent::GeneratedKernel kernel = composer_.generate(request);
    if (kernel.source.empty()) {
      result.reason = kernel.failure;
      continue;
    }
    wrote = true;
    const agent::Verdict verdict = verifier.verify(kernel.source);
    if (verdict.pass) {
      result.end = Attempt::End::Kernel;
      ++result.candidates;
      return result;
    }
    result.source = kernel.source;
    result.failures.push_back(verdict.name() + ": " + verdict.reason.substr(0, 400));
    // What a bank would show to the next candidate.
    agent::ContextItem failed;
    failed.id = "candidate " + std::to_string(result.candidates);
    failed.kind = "trace";
    failed.pattern = kernel.pattern;
    failed.fragments = kernel.fragments;
    failed.failing_gate = verdict.name();
    failed.blamed = composer_.blame(kernel.fragments, verdict.name(), verdict.reason);
    context.push_back(failed);
  }
  if (!wrote && !agent::reason_id(result.reason).empty()) result.end = Attempt::End::Reason;
  return result;
}

}  // namespace coldforge::test
