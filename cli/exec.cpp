#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/backend.h"
#include "cli/context.h"
#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/run.h"

namespace coldforge::cli {
namespace {

struct Options {
  std::string program;
  BackendOptions backend;
  std::string signature;
  std::int64_t cycle_limit = 1'000'000'000;
};

/// One word of four bytes a line, lowest address first, eight hex digits: the format of the RISC-V
/// architectural tests.
std::string signature_text(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    std::uint32_t word = 0;
    for (std::size_t b = 0; b < 4 && i + b < bytes.size(); ++b) {
      word |= std::uint32_t{bytes[i + b]} << (8 * b);
    }
    text += fmt::format("{:08x}\n", word);
  }
  return text;
}

nlohmann::ordered_json to_json(const sim::RunResult& result, const Options& options) {
  const bool exited =
      result.outcome == sim::Outcome::Exited || result.outcome == sim::Outcome::Race;
  nlohmann::ordered_json json;
  json["program"] = options.program;
  json["backend"] = options.backend.name;
  json["outcome"] = name_of(result.outcome);
  json["exit_code"] = exited ? nlohmann::ordered_json(result.exit_code) : nlohmann::ordered_json();
  json["cycles"] = result.cycles;
  json["instructions"] = result.instructions;
  json["trap"] = nullptr;
  if (result.outcome == sim::Outcome::Trap || result.outcome == sim::Outcome::EngineFault) {
    json["trap"] = {{"cause", result.trap_cause},
                    {"pc", fmt::format("0x{:08x}", result.pc)},
                    {"address", fmt::format("0x{:08x}", result.fault_address)}};
  }
  json["message"] = result.message;
  json["printed"] = result.printed;
  return json;
}

void print_text(const Context& context, const sim::RunResult& result) {
  if (!result.printed.empty()) {
    context.print(result.printed);
    if (result.printed.back() != '\n') context.print("\n");
  }
  if (!result.message.empty()) context.print(result.message + "\n");
  if (result.outcome == sim::Outcome::Exited || result.outcome == sim::Outcome::Race) {
    context.print(fmt::format("exit code {} after {} cycles, {} instructions\n", result.exit_code,
                              result.cycles, result.instructions));
  } else {
    context.print(fmt::format("{} after {} cycles, {} instructions\n", name_of(result.outcome),
                              result.cycles, result.instructions));
  }
}

int run(const Options& options, const Context& context) {
  sim::Machine machine(context.load_isa(), context.load_arch());
  const std::string file = read_file(options.program);
  const sim::Program program =
      sim::load_elf(options.program, {file.begin(), file.end()}, machine.arch());
  if (!options.signature.empty() && (program.symbols.count("begin_signature") == 0 ||
                                     program.symbols.count("end_signature") == 0)) {
    throw UserError(options.program,
                    "has no symbols begin_signature and end_signature for --signature");
  }
  sim::RunOptions run_options;
  run_options.cycle_limit = Cycles(options.cycle_limit);
  run_options.backend = load_backend(machine, options.backend);
  run_options.wave = options.backend.wave;
  const sim::RunResult result = machine.run(program, {}, run_options);
  if (!options.signature.empty()) {
    write_file_atomic(options.signature, signature_text(result.signature));
  }
  print_text(context, result);
  nlohmann::ordered_json json = to_json(result, options);
  if (result.outcome == sim::Outcome::Divergence) {
    const Wave wave =
        write_diverging_wave(machine, options.backend, program, {}, run_options, result);
    context.print(wave.text + "\n");
    json["diverged_at"] = result.diverged_at;
    json["wave"] = wave.file;
  }
  context.print_json(json);
  return result.outcome == sim::Outcome::Exited && result.exit_code == 0 ? 0 : 1;
}

}  // namespace

void add_exec_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("exec", "Run any RV32IM ELF on the NPU");
  command->footer(
      "Code lies in the ITCM (from 0x00000000), data in the DTCM (from 0x10000000) or DRAM (from "
      "0x80000000).\n"
      "ecall a7=93 ends with exit code a0; a7=64 prints a2 bytes from a1. Exit status: 0 if the "
      "program exited with\n"
      "code 0, 1 if it did not, 2 if it is no program for this machine.\n\n"
      "Example:\n  coldforge exec hello.elf --json\n");
  command->add_option("program", options->program, "ELF file")->required()->type_name("PROG.elf");
  add_backend_options(*command, options->backend);
  command
      ->add_option("--signature", options->signature,
                   "Write the memory from begin_signature to end_signature, a word a line")
      ->type_name("FILE");
  command->add_option("--wave", options->backend.wave, "Write a waveform (RTL only)")
      ->type_name("F.fst");
  command->add_option("--cycle-limit", options->cycle_limit, "Stop after so many cycles")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000}))
      ->capture_default_str();
  add_machine_options(*command, context);
  command->callback([options, &context] { context.exit_code = run(*options, context); });
}

}  // namespace coldforge::cli
