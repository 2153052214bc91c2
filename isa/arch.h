#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "isa/element_type.h"
#include "sim/base/units.h"

namespace coldforge::isa {

/// One tile memory. A line is what one port moves in a cycle; line i lies in bank i mod banks.
struct TileMemoryArch {
  std::int64_t size_bytes = 0;
  std::int64_t line_bytes = 0;
  std::int64_t banks = 0;
};

/// Every size, depth and latency of one machine; the values come from an architecture file
/// (isa/arch/*.json), whose keys are the member names below (`vec.size_bytes`, `matrix.rows`, ...).
/// Ranges are checked by load_arch().
struct Arch {
  std::string name;

  struct Scalar {
    std::int64_t itcm_bytes = 0;
    std::int64_t dtcm_bytes = 0;
    Cycles mul_cycles;           ///< multiply, data-independent
    Cycles div_cycles;           ///< divide and remainder, data-independent
    Cycles taken_branch_cycles;  ///< taken branch or jump, in all (a not-taken branch takes 1)
    std::int64_t run_ahead_instructions = 0;  ///< host-side cap on run-ahead; moves no cycle
  } scalar;

  TileMemoryArch vec, left, right, acc;

  struct Queue {
    std::int64_t depth = 0;  ///< entries of each engine's queue
    /// Instructions of one engine started and not done, flag operations included.
    std::int64_t max_in_flight = 0;
  } queue;

  struct Matrix {
    std::int64_t rows = 0;  ///< k extent of the array
    std::int64_t cols = 0;  ///< n extent of the array
  } matrix;

  struct Vector {
    std::int64_t lanes = 0;                ///< 32-bit lanes; vec.line_bytes == 4 * lanes
    std::int64_t sfu_elems_per_cycle = 0;  ///< divides lanes
  } vector;

  struct Bus {
    std::int64_t beat_bytes = 0;  ///< AXI data width
    std::int64_t max_burst_beats = 0;
    std::int64_t max_outstanding = 0;  ///< bursts of one master
  } bus;

  struct Dram {
    std::int64_t read_bytes_per_cycle = 0;
    std::int64_t write_bytes_per_cycle = 0;
    std::int64_t shared_bytes_per_cycle = 0;  ///< reads and writes together
    Cycles row_hit_cycles;                    ///< acceptance of a read to its first beat, row open
    Cycles row_miss_cycles;                   ///< the same, row not open
    Cycles write_response_cycles;             ///< last write beat to the response
    std::int64_t row_bytes = 0;
    std::int64_t banks = 0;
  } dram;

  std::int64_t flags = 0;    ///< number of flags; each counts 0..15
  Cycles fault_stop_cycles;  ///< from the detection of an engine fault to the stop of all engines
  double clock_mhz = 0;      ///< for reports only

  std::string digest;  ///< SHA-256 of the canonical JSON

  /// Multiply-accumulates a cycle at best for an operand type; 0 if the matrix unit has it not.
  std::int64_t peak_macs_per_cycle(ElementType type) const;
};

/// Reads, patches and checks an architecture.
///
///   path       a file, or a built-in name ("edge", "tiny") of share_dir()/isa/arch
///   overrides  `path=value` texts of --set, e.g. "vector.lanes=32", in order
/// A file may be a JSON Merge Patch of another: {"base": "edge" or a file beside it, ...}.
/// Throws UserError naming file, key, value and what would be right.
Arch load_arch(const std::string& path, const std::vector<std::string>& overrides = {});

/// The machine as canonical JSON, keys in the order of Arch: what `coldforge arch show` prints.
nlohmann::ordered_json to_json(const Arch& arch);

/// Names of the built-in machines, sorted.
std::vector<std::string> built_in_archs();

}  // namespace coldforge::isa
