#pragma once

#include <memory>
#include <string>

#include "agent/verify/verifier.h"

namespace coldforge::agent {

/// The state machine of one candidate; see PendingVerdict.
std::unique_ptr<PendingVerdict> start_verdict(VerifierImpl& verifier, const std::string& source,
                                              const std::string& cache_key);

/// Whether the engines did the work that the task declares: "" if so, else what is missing. A
/// quarter of the least possible operations is enough: zero padding and triangular operands may
/// save the rest.
std::string missing_work(const kernels::DeclaredWork& declared, const kernels::OpCounts& least,
                         const sim::RunResult& run);

}  // namespace coldforge::agent
