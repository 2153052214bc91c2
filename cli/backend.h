#pragma once

#include <string>
#include <vector>

#include "sim/run.h"

namespace CLI {
class App;
}

namespace coldforge::cli {

/// What carries out the runs of a command.
struct BackendOptions {
  std::string name = "model";
  std::string rtl;   ///< folder of the RTL, "" = the one that came with the program
  std::string wave;  ///< file of a waveform, "" = none
};
/// Adds --backend and --rtl.
void add_backend_options(CLI::App& command, BackendOptions& options);

/// Loads what a backend needs, with a progress line while the RTL is built. Throws UserError for a
/// waveform or a folder that the model has no use for.
sim::Backend load_backend(sim::Machine& machine, const BackendOptions& options);
/// The same for the RTL of `folder`, with or without waveforms.
void load_rtl(sim::Machine& machine, const std::string& folder, bool wave);

/// A waveform that was written.
struct Wave {
  std::string file;
  std::string text;  ///< one line about it, for people
};
/// Runs what diverged once more, on the RTL alone, and writes a waveform from 200 cycles before the
/// first difference to 50 after (of the run's end, if no event differs): to options.wave, else
/// `diverged.fst`. A waveform that `run` asked for covers all of the run
/// and stays.
Wave write_diverging_wave(sim::Machine& machine, const BackendOptions& options,
                          const sim::Program& program, const std::vector<sim::Buffer>& buffers,
                          sim::RunOptions run, const sim::RunResult& diverged);

}  // namespace coldforge::cli
