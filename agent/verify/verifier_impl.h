#pragma once

#include <cstdint>
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
  std::vector<kernels::Trial> trials;          ///< the seen ones, then the hidden ones
  std::vector<std::optional<TrialData>> data;  ///< made when first wanted

  const TrialData& trial(std::size_t index);
};

}  // namespace coldforge::agent
