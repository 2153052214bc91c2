#pragma once

#include <string>

#include "sim/run.h"

namespace coldforge::cli {

/// Loads what a backend needs, with a progress line while the RTL is built. `wave`: file of a
/// waveform, "" = none. Throws UserError for a waveform of the model, which has none.
void load_backend(sim::Machine& machine, sim::Backend backend, const std::string& wave);

}  // namespace coldforge::cli
