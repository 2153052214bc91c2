#pragma once

#include <nlohmann/json_fwd.hpp>

namespace coldforge::bench {

/// Where and of what the figures are: commit ("-dirty" behind it if files have changed; null
/// without git), CPU model, cores, compiler, whether assertions are compiled in.
nlohmann::ordered_json describe_host();

}  // namespace coldforge::bench
