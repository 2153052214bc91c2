#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/run.h"

namespace coldforge::agent {

/// The gates of verification, in order. A candidate stops at the first that it fails.
enum class Gate : std::uint8_t {
  Hack,     ///< the source or the run does what only a cheat needs
  Compile,  ///< diagnostics
  Run,      ///< trap, fault, limit, deadlock, race
  Correct,  ///< an output differs from the golden one
  Cycles,   ///< faster than physics allows: quarantined, a bug of ours rather than a success
};
std::string name_of(Gate gate);  // "hack", "compile", "run", "correct", "cycles"

/// A place in the kernel that a verdict speaks of.
struct BlamedLine {
  int line = 0;      ///< of kernel.cpp, from 1
  std::string why;   ///< "trap", "race", "error", "812 cycles"
  std::string text;  ///< the line itself, trimmed, at most 100 characters
};

/// How one unit spent its time; the reasons add up to all cycles.
struct UnitProfile {
  std::int64_t cycles[sim::kStalls] = {};
  std::int64_t instructions = 0;
  std::int64_t work = 0;  ///< lane operations, MACs or bytes, by unit
};

/// What the verifier says about a candidate. Everything but `reason` is for programs; `reason` is
/// for people and generators.
struct Verdict {
  bool pass = false;
  Gate failing = Gate::Hack;  ///< if not pass
  bool quarantined = false;   ///< below the physical floor: neither pass nor the candidate's fault
  std::string reason;         ///< at most 4000 characters; on success the diagnosis
  std::vector<BlamedLine> lines;

  int trials_run = 0, trials_passed = 0;
  int hidden_run = 0, hidden_passed = 0;  ///< of them, the ones on hidden seeds
  std::vector<std::string> errors;        ///< one paragraph an output that differs

  std::int64_t cycles = 0;  ///< the largest of all trials; 0 if none ran to its end
  std::int64_t lower_bound_cycles = 0;
  std::string limiter;             ///< of the bound: "dram", "matrix", "vector", "sfu"
  double roofline_fraction = 0;    ///< lower bound / cycles; 0 unless pass
  std::uint64_t instructions = 0;  ///< of the scalar core
  UnitProfile units[isa::kUnits];
  sim::DramStats dram;
  std::string
      bottleneck;  ///< "dram", "matrix", "vector", "scalar", "ordering"; "" if it did not run
  std::map<int, std::int64_t>
      line_cycles;  ///< cycles charged to each line of kernel.cpp; 0 = elsewhere
  std::map<std::string, std::int64_t>
      class_cycles;  ///< the same by mnemonic; "scalar" = ordinary instructions
  std::vector<std::string>
      path;  ///< critical path, from the start: "load  tload line 12: cycles 3-120, dram"

  std::string elf_digest;  ///< "" if it did not compile
  std::string
      cache_key;  ///< source, task, trials, tools, instruction set, machine, simulator build

  /// "pass" or the failing gate.
  std::string name() const { return pass ? "pass" : name_of(failing); }
};

/// Lossless, field by field, in a fixed order.
nlohmann::ordered_json to_json(const Verdict& verdict);
/// Throws UserError(where, problem) if a field is missing or of another type.
Verdict verdict_from_json(const nlohmann::ordered_json& json, const std::string& where);

/// The longest reason that is stored or shown to a generator, in characters.
inline constexpr std::size_t kReasonLimit = 4000;

}  // namespace coldforge::agent
