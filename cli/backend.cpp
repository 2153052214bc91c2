#include "cli/backend.h"

#include "cli/context.h"
#include "sim/base/error.h"

namespace coldforge::cli {

void load_backend(sim::Machine& machine, sim::Backend backend, const std::string& wave) {
  if (backend == sim::Backend::Model) {
    if (!wave.empty())
      throw UserError("--wave " + wave, "waveforms come from the RTL: --backend rtl or both");
    return;
  }
  ProgressLine progress;
  sim::Machine::RtlOptions options;
  options.wave = !wave.empty();
  options.progress = [&](const std::string& text) { progress.update(text); };
  machine.load_rtl(options);
  progress.clear();
}

}  // namespace coldforge::cli
