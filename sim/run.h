#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "isa/isa.h"
#include "sim/base/units.h"

namespace coldforge::sim {

/// The one public door of the simulator: program in, result, trace and statistics out.

/// A region of DRAM that the guest may use. Buffers do not overlap; between them lie guard zones,
/// any access to which is a fault that names the nearest buffer.
struct Buffer {
  std::string name;
  std::uint32_t address = 0;        ///< at or above kDramBase
  std::vector<std::uint8_t> bytes;  ///< content at reset; its size is the buffer's size
  bool readable = true;
  bool writable = false;  ///< written buffers come back in RunResult::buffers
};

/// Memory map of the guest (the same for both backends).
inline constexpr std::uint32_t kItcmBase = 0x0000'0000;
inline constexpr std::uint32_t kDtcmBase = 0x1000'0000;
inline constexpr std::uint32_t kDramBase = 0x8000'0000;

/// A segment of the program: code in ITCM (read-only, executable), data in DTCM or DRAM (never
/// executable).
struct Segment {
  std::uint32_t address = 0;
  std::vector<std::uint8_t> bytes;
  std::uint32_t size_bytes = 0;  ///< >= bytes.size(); the rest is zero
  bool writable = false;
  bool executable = false;
};

struct Program {
  std::vector<Segment> segments;
  std::uint32_t entry = 0;
  std::map<std::string, std::uint32_t> symbols;
};

/// Reads an RV32 ELF. Throws UserError(where, problem): not an ELF, wrong machine, segment outside
/// the memories, overlapping.
Program load_elf(const std::string& where, const std::vector<std::uint8_t>& file,
                 const isa::Arch& arch);

/// What carries out a run. Both: the model and the RTL, one process each, and a comparison of all
/// that they say.
enum class Backend : std::uint8_t { Model, Rtl, Both };
std::string name_of(Backend backend);  // "model", "rtl", "both"
/// Throws UserError("--backend " + name, ...) for any other name.
Backend backend_named(const std::string& name);

struct RunOptions {
  Backend backend = Backend::Model;  ///< what needs the RTL needs Machine::load_rtl() before
  std::string wave;                  ///< waveform of the RTL, FST; needs load_rtl() with `wave`
  std::int64_t wave_from = 0;        ///< first cycle that it shows
  std::int64_t wave_to = INT64_MAX;  ///< last one
  bool keep_memories = false;        ///< fills RunResult::memories
  Cycles cycle_limit{50'000'000};
  std::uint64_t instruction_limit = 2'000'000'000;  ///< scalar instructions
  std::uint64_t poison_seed = 0;  ///< pattern of tile memories, DTCM beyond the program, at reset
  bool commit_trace = false;      ///< fills RunResult::trace
  bool race_check = true;
  bool critical_path = false;  ///< fills RunResult::critical_path (implies commit records are kept)
  bool source_profile = false;  ///< cycles charged to each pc: RunResult::pc_cycles
  std::size_t print_limit_bytes = 64 * 1024;
};

enum class Outcome : std::uint8_t {
  Exited,       ///< ecall exit; the machine then drained
  Trap,         ///< scalar exception without handler: cause, pc
  EngineFault,  ///< an engine's instruction faulted
  CycleLimit,
  InstructionLimit,
  Deadlock,    ///< nothing can ever happen again; `message` says which engine waits for what
  Race,        ///< the run ended, but two accesses were unordered
  Divergence,  ///< model and RTL disagree; `message` says where first, `pc` is of that instruction
};
std::string name_of(Outcome outcome);  // "exited", "trap", "engine_fault", ...

/// Why a unit did nothing, or that it worked. Each cycle of each unit is charged to the first
/// reason that holds, in this order; sim/README.md defines each.
enum class Stall : std::uint8_t {
  Busy,
  Fault,
  Flag,
  Hazard,
  Bank,
  Dram,
  QueueFull,
  Barrier,
  Result,
  Empty
};
inline constexpr int kStalls = 10;
std::string name_of(Stall stall);  // "busy", "flag", ...

struct UnitStats {
  std::int64_t cycles[kStalls] = {};  ///< adds up to RunResult::cycles
  std::int64_t instructions = 0;
  std::int64_t work = 0;  ///< lane operations, MACs or bytes moved, by unit
};

struct DramStats {
  std::int64_t read_bytes = 0, write_bytes = 0;  ///< useful bytes
  std::int64_t read_beats = 0, write_beats = 0;
  std::int64_t row_hits = 0, row_misses = 0;
  std::int64_t busy_cycles = 0;  ///< cycles in which a beat moved
};

/// One committed instruction of an engine (or a scalar synchronisation).
struct CommitRecord {
  std::uint64_t seq = 0;  ///< order of issue, from 0
  int instruction = 0;    ///< isa::Instruction::id
  isa::Unit unit = isa::Unit::Scalar;
  std::uint32_t pc = 0;
  std::int64_t issue = 0, start = 0, done = 0;  ///< cycles; sim/README.md defines them
  Stall waited_for = Stall::Busy;               ///< what delayed its start most
  std::int64_t waited_seq = -1;                 ///< the record that released it, -1 if none
};

struct RaceReport {
  std::uint32_t pc_first = 0, pc_second = 0;
  std::uint64_t seq_first = 0, seq_second = 0;
  std::string memory;  ///< "Vec", "Acc", "dram:out"
  std::uint32_t address = 0, size_bytes = 0;
  std::string message;  ///< one line, both instructions named
};

/// A step of the critical path, last first: which instruction determined the end, and why it could
/// not be earlier.
struct PathStep {
  isa::Unit unit = isa::Unit::Scalar;
  std::uint32_t pc = 0;
  std::string what;     ///< mnemonic, or "scalar code"
  std::string because;  ///< "dram", "flag 3 from load", "queue full", ...
  std::int64_t from = 0, to = 0;
};

struct RunResult {
  Outcome outcome = Outcome::Exited;
  std::int32_t exit_code = 0;
  std::int64_t cycles = 0;         ///< from reset to exited and drained
  std::uint64_t instructions = 0;  ///< scalar instructions retired
  std::string message;             ///< one line on what went wrong; empty if Exited
  std::string trap_cause;          ///< "illegal instruction", "load access fault", ...
  std::uint32_t pc = 0;            ///< of the trap or fault
  std::uint32_t fault_address = 0;
  /// Divergence: cycle of the first event that differs, -1 if events agree.
  std::int64_t diverged_at = -1;
  std::string printed;                                       ///< ecall 64 output, never parsed
  std::map<std::string, std::vector<std::uint8_t>> buffers;  ///< writable buffers after the run
  std::vector<std::uint8_t>
      signature;  ///< bytes between begin_signature and end_signature, if there
  std::map<std::string, std::vector<std::uint8_t>> memories;  ///< "Vec", ..., "DTCM" at the end
  UnitStats units[isa::kUnits];
  DramStats dram;
  std::vector<RaceReport> races;  ///< at most 16
  std::vector<CommitRecord> trace;
  std::vector<PathStep> critical_path;
  std::map<std::uint32_t, std::int64_t>
      pc_cycles;  ///< scalar cycles and engine busy cycles charged to the issuing pc
};

/// Everything that is prepared once: decode tables, compiled legality rules, vector programs.
/// Shared read-only by all runs; runs are started by one thread at a time.
class Machine {
 public:
  Machine(isa::Isa isa, isa::Arch arch);
  ~Machine();
  Machine(Machine&&) noexcept;
  const isa::Isa& isa() const;
  const isa::Arch& arch() const;

  /// The RTL of this machine, verilated.
  struct RtlOptions {
    std::string folder;  ///< of the RTL; "" = the one that came with the program
    bool wave = false;   ///< able to write waveforms
    std::function<void(const std::string&)>
        progress;  ///< a line about once a second while it is built
  };
  /// Makes Backend::Rtl and Backend::Both possible. Built on demand and kept
  /// (sim/rtl/rtl_library.h). Throws UserError if a tool is missing or the RTL does not build.
  void load_rtl(const RtlOptions& options);
  /// Names the RTL that is loaded: sources, tools, flags. "" if none is.
  std::string rtl_digest() const;
  /// What is missing to build it, one line; empty if nothing is.
  static std::string missing_rtl_tools();

  /// Runs in this process, on one backend. At most once a process (SystemC elaborates once): tests
  /// and `exec` use it directly.
  RunResult run_here(const Program& program, const std::vector<Buffer>& buffers,
                     const RunOptions& options) const;

  /// Runs in a forked child and waits. Throws InfrastructureError if the child dies or answers
  /// nonsense.
  RunResult run(const Program& program, const std::vector<Buffer>& buffers,
                const RunOptions& options) const;

  /// Starts a forked child; poll `descriptor()` for readability, then finish(). For schedulers that
  /// overlap runs.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual int descriptor() const = 0;
    virtual bool
    ready() = 0;  ///< reads what is there, never blocks; true when the answer is complete
    virtual RunResult finish() = 0;  ///< waits for the child; InfrastructureError if it died
    virtual void cancel() = 0;       ///< kills the child
  };
  std::unique_ptr<Pending> start(const Program& program, const std::vector<Buffer>& buffers,
                                 const RunOptions& options) const;
  /// Makes ready for start(), which else does so when it is first called: the sooner, the smaller
  /// is the process that every run is a fork of.
  void prepare_runs() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Chrome/Perfetto trace JSON of a run's commit trace: a track a unit, flows for flags.
std::string perfetto_trace(const Machine& machine, const RunResult& result);

}  // namespace coldforge::sim
