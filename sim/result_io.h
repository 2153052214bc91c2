#pragma once

#include <string>
#include <string_view>

#include "sim/run.h"

namespace coldforge::sim {

/// A result as bytes, for the pipe between a run's process and its parent; both are the same
/// program, so the format has neither version nor byte order.
std::string to_bytes(const RunResult& result);
/// Throws InfrastructureError if the bytes are not what to_bytes() makes.
RunResult from_bytes(std::string_view bytes);

}  // namespace coldforge::sim
