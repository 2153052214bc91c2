#include "sim/rtl/rtl_flags.h"

namespace coldforge::sim {
namespace {

constexpr char kOften[] = "-O3", kOnce[] = "-O0";

/// Code that runs once (initial values, names) is compiled without optimisation: it is half of all.
bool runs_once(const std::string& stem) {
  return stem.find("__Slow") != std::string::npos || stem.find("__Syms") != std::string::npos ||
         stem.find("__Trace_") != std::string::npos;
}

}  // namespace

const std::vector<std::string>& verilator_flags() {
  // Settled logic is evaluated in one order whatever the warnings about loops between always blocks
  // say; the lint of rtl/ listens to warnings, a run does not. Files of some size: each reads the
  // header, which names every signal.
  static const std::vector<std::string> kFlags = {
      "--cc",           "-O3",          "--output-split", "30000",     "--x-assign",
      "fast",           "--x-initial",  "unique",         "-Wno-fatal", "-Wno-lint",
      "-Wno-UNOPTFLAT", "--top-module", "cf_harness",     "--prefix",   "VHarness"};
  return kFlags;
}

const std::vector<std::string>& compile_flags() {
  static const std::vector<std::string> kFlags = {"-std=c++17",    "-fPIC",           "-w",
                                                  "-DVERILATOR=1", "-DVM_COVERAGE=0", "-DVM_SC=0"};
  return kFlags;
}

std::string optimisation_of(const std::string& stem) { return runs_once(stem) ? kOnce : kOften; }

std::string rtl_flags_text() {
  std::string text;
  for (const auto& flags : {verilator_flags(), compile_flags()}) {
    for (const std::string& flag : flags) text += flag + "\n";
  }
  return text + kOften + "\n" + kOnce + "\n";
}

}  // namespace coldforge::sim
