#pragma once

#include <string>
#include <vector>

#include "agent/verify/verdict.h"
#include "isa/arch.h"

namespace coldforge::agent {

/// What a resource achieved and what it could: "dram 27.1 of 32 bytes a cycle (85 %)".
struct PeakRate {
  std::string name;  ///< "dram", "matrix", "vector"
  double achieved = 0;
  double peak = 0;   ///< per cycle; of the matrix unit: for 16-bit operands
  std::string unit;  ///< "bytes", "MACs", "lane operations"
};
std::vector<PeakRate> peak_rates(const Verdict& verdict, const isa::Arch& arch);

/// Where the time went, for a terminal: units with busy share and stall reasons, peak rates,
/// dearest lines and instruction classes, critical path.
std::string profile_text(const Verdict& verdict, const isa::Arch& arch);

/// One line of advice that follows from bottleneck, stalls and roofline fraction.
std::string suggestion(const Verdict& verdict);

}  // namespace coldforge::agent
