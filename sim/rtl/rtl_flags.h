#pragma once

#include <string>
#include <vector>

namespace coldforge::sim {

/// How the RTL is verilated and compiled. All of it enters the digest of a library, through
/// rtl_flags_text().

const std::vector<std::string>& verilator_flags();
const std::vector<std::string>& compile_flags();
/// Optimisation of a file of verilated code, by its name without folder and suffix.
std::string optimisation_of(const std::string& stem);

/// Everything above, one a line.
std::string rtl_flags_text();

}  // namespace coldforge::sim
