#include "sim/run.h"

#include <fmt/format.h>

#include <cstdlib>
#include <iterator>
#include <memory>
#include <utility>

#include "sim/base/error.h"
#include "sim/machine.h"
#include "sim/rtl/lockstep.h"
#include "sim/rtl/rtl_platform.h"
#include "sim/soc/platform.h"

/// libsystemc wants one; a virtual platform that links this library brings its own.
extern "C" __attribute__((weak)) int sc_main(int, char**) { return 0; }

namespace coldforge::sim {
namespace {

/// The program's segments in DRAM, as buffers behind those of the caller.
std::vector<Buffer> program_buffers(const Program& program) {
  std::vector<Buffer> buffers;
  for (const Segment& segment : program.segments) {
    if (segment.address < kDramBase) continue;
    Buffer buffer;
    buffer.name = buffers.empty() ? "program" : fmt::format("program.{}", buffers.size());
    buffer.address = segment.address;
    buffer.bytes = segment.bytes;
    buffer.bytes.resize(segment.size_bytes);
    buffer.writable = segment.writable;
    buffers.push_back(std::move(buffer));
  }
  return buffers;
}

/// One run on a fresh platform. Where the process ends with it, taking hundreds of SystemC objects
/// apart would only cost time.
template <class OnePlatform, class Setup>
RunResult run_platform(const Setup& setup, const Program& program,
                       const std::vector<Buffer>& buffers, const RunOptions& options,
                       bool process_ends) {
  ::setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  std::vector<Buffer> all = program_buffers(program);
  if (!all.empty()) all.insert(all.begin(), buffers.begin(), buffers.end());
  auto platform = std::make_unique<OnePlatform>(setup, program, all.empty() ? buffers : all,
                                                buffers.size(), options);
  RunResult result = platform->run();
  if (process_ends) static_cast<void>(platform.release());
  return result;
}

template <class Impl>
RunResult run_backend(const Impl& machine, const Program& program,
                      const std::vector<Buffer>& buffers, const RunOptions& options,
                      bool process_ends) {
  if (options.backend == Backend::Model) {
    const EngineFactory engines = engine_factory(machine.semantics, machine.engine_plans);
    const Platform::Setup setup{machine.isa, machine.arch, machine.plans, machine.check, engines};
    return run_platform<Platform>(setup, program, buffers, options, process_ends);
  }
  CF_CHECK(options.backend == Backend::Rtl && machine.rtl,
           "one backend a process, and it is loaded");
  const RtlPlatform::Setup setup{machine.isa, machine.arch, machine.plans, machine.engine_plans,
                                 *machine.rtl};
  return run_platform<RtlPlatform>(setup, program, buffers, options, process_ends);
}

constexpr const char* kBackends[] = {"model", "rtl", "both"};

}  // namespace

std::string name_of(Outcome outcome) {
  constexpr const char* kNames[] = {
      "exited",   "trap", "engine_fault", "cycle_limit", "instruction_limit",
      "deadlock", "race", "divergence"};
  return kNames[static_cast<int>(outcome)];
}

std::string name_of(Backend backend) { return kBackends[static_cast<int>(backend)]; }

Backend backend_named(const std::string& name) {
  for (const Backend backend : {Backend::Model, Backend::Rtl, Backend::Both}) {
    if (name == name_of(backend)) return backend;
  }
  throw UserError("--backend " + name, "unknown; known: model, rtl, both");
}

std::string name_of(Stall stall) {
  constexpr const char* kNames[kStalls] = {"busy", "fault",      "flag",    "hazard", "bank",
                                           "dram", "queue_full", "barrier", "result", "empty"};
  return kNames[static_cast<int>(stall)];
}

Machine::Machine(isa::Isa isa, isa::Arch arch)
    : impl_(std::make_unique<Impl>(std::move(isa), std::move(arch))) {}
Machine::~Machine() = default;
Machine::Machine(Machine&&) noexcept = default;
const isa::Isa& Machine::isa() const { return impl_->isa; }
const isa::Arch& Machine::arch() const { return impl_->arch; }

void Machine::load_rtl(const RtlOptions& options) {
  impl_->server.reset();  // does not know it
  impl_->rtl = std::make_unique<RtlLibrary>(
      impl_->isa, impl_->arch, RtlLibrary::Options{options.folder, options.wave, options.progress});
}

std::string Machine::rtl_digest() const { return impl_->rtl ? impl_->rtl->digest() : ""; }

std::string Machine::missing_rtl_tools() { return sim::missing_rtl_tools(); }

RunResult Machine::run_here(const Program& program, const std::vector<Buffer>& buffers,
                            const RunOptions& options) const {
  return run_backend(*impl_, program, buffers, options, /*process_ends=*/false);
}

void Machine::prepare_runs() const {
  if (impl_->server != nullptr) return;
  impl_->server = std::make_unique<RunServer>(
      [impl = impl_.get()](const Program& program, const std::vector<Buffer>& buffers,
                           const RunOptions& options) {
        return run_backend(*impl, program, buffers, options, /*process_ends=*/true);
      });
}

std::unique_ptr<Machine::Pending> Machine::start(const Program& program,
                                                 const std::vector<Buffer>& buffers,
                                                 const RunOptions& options) const {
  prepare_runs();
  const auto one = [&](const RunOptions& chosen) {
    try {
      return impl_->server->start(program, buffers, chosen);
    } catch (const InfrastructureError&) {
      impl_->server.reset();  // the next attempt finds a new one
      throw;
    }
  };
  if (options.backend != Backend::Both) return one(options);
  RunOptions model = lockstep_options(options), rtl = model;
  model.backend = Backend::Model;
  rtl.backend = Backend::Rtl;
  return start_lockstep(impl_->isa, options, one(model), one(rtl));
}

RunResult Machine::run(const Program& program, const std::vector<Buffer>& buffers,
                       const RunOptions& options) const {
  return start(program, buffers, options)->finish();
}

}  // namespace coldforge::sim
