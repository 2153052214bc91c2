#include "cli/backend.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/context.h"
#include "sim/base/error.h"

namespace coldforge::cli {
namespace {

/// What a waveform shows around a difference, in cycles.
constexpr std::int64_t kBefore = 200, kAfter = 50;

}  // namespace

void add_backend_options(CLI::App& command, BackendOptions& options) {
  command.add_option("--backend", options.name, "What runs it")
      ->type_name("model|rtl|both")
      ->capture_default_str();
  command.add_option("--rtl", options.rtl, "RTL instead of the one that came with the program")
      ->type_name("DIR");
}

sim::Backend load_backend(sim::Machine& machine, const BackendOptions& options) {
  const sim::Backend backend = sim::backend_named(options.name);
  if (backend != sim::Backend::Model) {
    load_rtl(machine, options.rtl, !options.wave.empty());
  } else if (!options.wave.empty()) {
    throw UserError("--wave " + options.wave, "waveforms come from the RTL: --backend rtl or both");
  } else if (!options.rtl.empty()) {
    throw UserError("--rtl " + options.rtl, "is what --backend rtl or both runs");
  }
  return backend;
}

void load_rtl(sim::Machine& machine, const std::string& folder, bool wave) {
  ProgressLine progress;
  sim::Machine::RtlOptions options;
  options.folder = folder;
  options.wave = wave;
  options.progress = [&](const std::string& text) { progress.update(text); };
  machine.load_rtl(options);
  progress.clear();
}

Wave write_diverging_wave(sim::Machine& machine, const BackendOptions& options,
                          const sim::Program& program, const std::vector<sim::Buffer>& buffers,
                          sim::RunOptions run, const sim::RunResult& diverged) {
  if (!run.wave.empty()) return {run.wave, "waveform of the run: " + run.wave};
  const bool is_at_end = diverged.diverged_at < 0;
  const std::int64_t at = is_at_end ? diverged.cycles : diverged.diverged_at;
  run.backend = sim::Backend::Rtl;
  run.wave = options.wave.empty() ? "diverged.fst" : options.wave;
  run.wave_from = std::max<std::int64_t>(0, at - kBefore);
  run.wave_to = at + kAfter;
  if (options.wave.empty()) load_rtl(machine, options.rtl, /*wave=*/true);
  const sim::RunResult again = machine.run(program, buffers, run);
  return {run.wave,
          fmt::format("waveform of cycles {} to {}, {}: {}", run.wave_from,
                      std::min(run.wave_to, again.cycles),
                      is_at_end ? "the end of the run" : "around the first difference", run.wave)};
}

}  // namespace coldforge::cli
