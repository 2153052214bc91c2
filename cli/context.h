#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "isa/isa.h"

namespace CLI {
class App;
}

namespace coldforge::cli {

/// What every subcommand shares: the machine options, the output mode, the exit code. One object for the program's life.
///
/// Exit codes: 0 success; 1 the asked-for thing failed (wrong kernel, divergence, no solution); 2 bad usage or input
/// (UserError); 3 our own bug.
class Context {
 public:
  bool json = false;                  ///< --json: one JSON document on standard output, all else on standard error
  std::string arch = "edge";          ///< --arch: file or built-in name
  std::vector<std::string> overlays;  ///< --isa: overlay files, in order
  std::vector<std::string> sets;      ///< --set path=value, in order
  int exit_code = 0;

  isa::Isa load_isa() const;
  isa::Arch load_arch() const;

  /// Prints text to standard output, unless --json was asked for.
  void print(std::string_view text) const;
  /// Prints one JSON document and a line feed to standard output, if --json was asked for.
  void print_json(const nlohmann::ordered_json& document) const;
};

/// Adds --json to a command.
void add_output_options(CLI::App& command, Context& context);
/// Adds --arch, --isa, --set and --json to a command that builds or runs kernels.
void add_machine_options(CLI::App& command, Context& context);

/// Progress on standard error: a line that is rewritten on a terminal, plain lines (at most one a second) otherwise,
/// nothing if `quiet`. Never reaches a result.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet = false);
  ~ProgressLine();
  void update(const std::string& text);
  /// Prints a line that stays.
  void line(const std::string& text);
  void clear();

 private:
  bool quiet_;
  bool terminal_;
  bool shown_ = false;
  std::int64_t last_ms_ = -1000000;
};

// One a file; each adds its subcommand with options, help and an example.
void add_synth_command(CLI::App& app, Context& context);
void add_bench_command(CLI::App& app, Context& context);
void add_run_command(CLI::App& app, Context& context);
void add_explain_command(CLI::App& app, Context& context);
void add_exec_command(CLI::App& app, Context& context);
void add_isa_command(CLI::App& app, Context& context);
void add_arch_command(CLI::App& app, Context& context);
void add_tasks_command(CLI::App& app, Context& context);
void add_tasks_eager_command(CLI::App& tasks, Context& context);  // `tasks eager`
void add_memory_command(CLI::App& app, Context& context);
void add_doctor_command(CLI::App& app, Context& context);

}  // namespace coldforge::cli
