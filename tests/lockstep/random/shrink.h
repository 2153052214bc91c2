#pragma once

#include <functional>

#include "tests/lockstep/random/scenario.h"

namespace coldforge::lockstep {

/// The smallest scenario found for which `fails` still holds: ops dropped, larger groups first,
/// then plainer code, then smaller tiles and views. `fails` holds for the argument, and is asked at
/// most `tries` times.
Scenario shrink(const Scenario& scenario, int tries,
                const std::function<bool(const Scenario&)>& fails);

}  // namespace coldforge::lockstep
