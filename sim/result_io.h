#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/run.h"

namespace coldforge::sim {

/// What a run takes.
struct RunInput {
  Program program;
  std::vector<Buffer> buffers;
  RunOptions options;
};

/// A result as bytes, for the pipe between a run's process and its parent; both are the same
/// program, so the format has neither version nor byte order.
std::string to_bytes(const RunResult& result);
/// Throws InfrastructureError if the bytes are not what to_bytes() makes.
RunResult from_bytes(std::string_view bytes);

/// The same for what a run takes.
std::string to_bytes(const Program& program, const std::vector<Buffer>& buffers,
                     const RunOptions& options);
RunInput input_from_bytes(std::string_view bytes);

}  // namespace coldforge::sim
