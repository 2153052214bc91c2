#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "cli/context.h"
#include "sim/base/error.h"

namespace {

using coldforge::cli::Context;

constexpr char kExamples[] =
    "Examples:\n"
    "  coldforge synth softmax                        find a fast kernel for a built-in task\n"
    "  coldforge synth my_operator.onnx --budget 60   the same for your operator\n"
    "  coldforge run kernel.cpp --task softmax        verify one kernel, with its profile\n"
    "  coldforge isa doc                              the instruction set of the machine\n";

/// "coldforge synth: --budgt: unknown option; see `coldforge synth --help`": CLI11's message as one
/// line.
int usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  std::string name = app.get_name();
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    name += " " + command->get_name();
  }
  std::string problem = error.what();
  for (char& c : problem) {
    if (c == '\n') c = ' ';
  }
  fmt::print(stderr, "{}: {}; see `{} --help`\n", name, problem, name);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  Context context;
  CLI::App app{"Coldforge writes fast kernels for an NPU that does not exist in silicon yet.",
               "coldforge"};
  app.footer(kExamples);
  app.require_subcommand(1);
  app.set_version_flag("--version", "coldforge " COLDFORGE_VERSION);
  add_synth_command(app, context);
  add_run_command(app, context);
  add_explain_command(app, context);
  add_exec_command(app, context);
  add_bench_command(app, context);
  add_isa_command(app, context);
  add_arch_command(app, context);
  add_tasks_command(app, context);
  add_memory_command(app, context);
  add_doctor_command(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help and --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error);
  } catch (const coldforge::UserError& error) {
    fmt::print(stderr, "coldforge: {}\n", error.what());
    return 2;
  } catch (const coldforge::InfrastructureError& error) {
    fmt::print(stderr, "coldforge: {}\n", error.what());
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "coldforge: internal error: {}\n", error.what());
    return 3;
  }
  return context.exit_code;
}
