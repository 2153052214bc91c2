#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/verify/verifier.h"

namespace coldforge::agent {

/// What a Verifier has prepared, shared by all its candidates. Single-threaded, like everything
/// here.
struct VerifierImpl {
  const kernels::Task* task = nullptr;
  const sim::Machine* machine = nullptr;
  const kernels::Toolchain* toolchain = nullptr;
  VerifyOptions options;
  std::string header;
  kernels::OpCounts counts;
  kernels::Bound bound;
  std::uint32_t period_bytes = 0;
  std::vector<kernels::Trial> trials;  ///< the seen ones, then the hidden ones
  std::optional<TrialStore> own_store;
  TrialStore* store = nullptr;  ///< the caller's or its own
  /// Of a verifier with given inputs, which no store has; made when first wanted.
  std::vector<std::shared_ptr<const TrialData>> own;

  std::shared_ptr<const TrialData> trial(std::size_t index);
};

}  // namespace coldforge::agent
