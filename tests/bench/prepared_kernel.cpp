#include "tests/bench/prepared_kernel.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include "kernels/build/device_headers.h"
#include "kernels/build/link_script.h"
#include "kernels/compare.h"
#include "sim/base/error.h"
#include "sim/base/file.h"
#include "tests/bench/measurement.h"
#include "tests/unit/sim_core/machine_code.h"

namespace coldforge::bench {
namespace {

namespace fs = std::filesystem;

std::string make_folder() {
  std::string name = (fs::temp_directory_path() / "coldforge-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw InfrastructureError(name + ": the folder cannot be made");
  return name;
}

/// Addresses repeat modulo the DRAM's rows and banks, as the verifier places them.
std::uint32_t dram_period(const isa::Arch::Dram& dram) {
  return static_cast<std::uint32_t>(round_up(dram.row_bytes * dram.banks, 4096));
}

/// The program with its first instructions replaced by an exit: loads and decodes as much, and does
/// nothing.
sim::Program ended_at_once(sim::Program program) {
  const std::vector<std::uint8_t> exit = empty_program().segments.front().bytes;
  for (sim::Segment& segment : program.segments) {
    const std::uint64_t offset = std::uint64_t{program.entry} - segment.address;  // huge if below
    if (!segment.executable || offset + exit.size() > segment.bytes.size()) continue;
    std::copy(exit.begin(), exit.end(),
              segment.bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    return program;
  }
  CF_CHECK(false, "the entry lies in no executable segment");
  return program;
}

}  // namespace

Workshop::Workshop() : folder_(make_folder()) {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("edge");
  kernels::Toolchain::Options options;
  options.cache_folder = folder_;
  toolchain_ = std::make_unique<kernels::Toolchain>(isa, arch, options);
  machine_ = std::make_unique<sim::Machine>(isa, arch);
}

void Workshop::load_rtl() {
  sim::Machine::RtlOptions options;
  options.progress = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
  machine_->load_rtl(options);
}

Workshop::~Workshop() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

kernels::Task Workshop::task(const std::string& name, const kernels::ReadOptions& options) const {
  return kernels::load_task(
      fs::path(COLDFORGE_SOURCE_DIR "/kernels/tasks/basic") / (name + ".onnxtxt"), options);
}

std::string source_file(const std::string& path) {
  return read_file(fs::path(COLDFORGE_SOURCE_DIR) / path);
}

sim::Program empty_program() { return sim::test::program_of(sim::test::exit_with(0)); }

PreparedKernel::PreparedKernel(const Workshop& workshop, const kernels::Task& task,
                               const std::string& source, bool check_outputs)
    : machine_(workshop.machine()),
      data_(agent::make_trial_data(task, {1, kernels::Distribution::Normal}, {},
                                   dram_period(machine_.arch().dram))) {
  const kernels::CompileResult compiled =
      workshop.toolchain().compile(source, kernels::emit_task_header(task));
  if (!compiled.ok) throw UserError(task.name, "the kernel does not compile: " + compiled.log);
  program_ = sim::load_elf(task.name, compiled.elf, machine_.arch());
  sim::Segment block;
  block.address = kernels::kArgumentBase;
  block.bytes = data_.argument_block;
  block.size_bytes = static_cast<std::uint32_t>(block.bytes.size());
  block.writable = true;
  program_.segments.push_back(std::move(block));
  empty_ = ended_at_once(program_);
  options_.poison_seed = data_.key;
  options_.cycle_limit = Cycles(1'000'000'000);

  first_ = run(program_, sim::Backend::Model);
  if (first_.outcome != sim::Outcome::Exited || first_.exit_code != 0) {
    throw UserError(task.name, fmt::format("the kernel ended with {}: {}",
                                           sim::name_of(first_.outcome), first_.message));
  }
  for (std::size_t i = 0; check_outputs && i < task.graph.outputs.size(); ++i) {
    const kernels::Value& output = task.graph.outputs[i];
    const kernels::Comparison comparison = kernels::compare(
        kernels::from_bytes(output.type, output.shape, first_.buffers.at(output.name)),
        data_.golden[i], task.tolerance, output.name);
    if (!comparison.pass()) throw UserError(task.name, comparison.message());
  }
}

Timing PreparedKernel::time(sim::Backend backend) const {
  Timing timing;
  const double begin = children_cpu_s();
  run(empty_, backend);
  const double middle = children_cpu_s();
  run(program_, backend);
  timing.fixed_s = middle - begin;
  timing.whole_s = children_cpu_s() - middle;
  return timing;
}

sim::RunResult PreparedKernel::run(const sim::Program& program, sim::Backend backend) const {
  sim::RunOptions options = options_;
  options.backend = backend;
  return machine_.run(program, data_.buffers, options);
}

}  // namespace coldforge::bench
