#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/generator/llm/endpoint_check.h"
#include "agent/generator/llm/provider.h"
#include "cli/context.h"
#include "isa/isa.h"
#include "kernels/build/toolchain.h"
#include "sim/base/error.h"

namespace coldforge::cli {
namespace {

using nlohmann::ordered_json;

struct Finding {
  std::string what;
  bool ok = false;
  std::string detail;  ///< version or path; if missing: how to get it
};

/// Full path of a program on PATH, or empty.
std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string folders = path == nullptr ? "" : path;
  for (std::size_t at = 0; at <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', at), folders.size());
    const std::string candidate = folders.substr(at, end - at) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    at = end + 1;
  }
  return "";
}

Finding program(const std::string& name, const std::string& package, const std::string& purpose) {
  const std::string path = find_program(name);
  return {purpose + " (" + name + ")", !path.empty(),
          path.empty() ? "apt-get install " + package : path};
}

Finding kernel_toolchain(const Context& context) {
  try {
    const kernels::Toolchain toolchain(context.load_isa(), context.load_arch());
    return {"kernel toolchain", true, toolchain.tool_versions()};
  } catch (const UserError& error) {
    return {"kernel toolchain", false, error.what()};
  }
}

Finding writable(const std::string& folder) {
  const std::string existing = std::filesystem::exists(folder) ? folder : ".";
  const bool ok = ::access(existing.c_str(), W_OK) == 0;
  return {"folder for banks and runs", ok,
          ok ? folder : "cannot write to " + existing + "; pass --memory and --out"};
}

/// What the command was asked.
struct DoctorOptions {
  bool check_llm = false;
  std::optional<std::string> llm_config;
};

std::vector<Finding> machine_findings(const Context& context) {
  return {
      kernel_toolchain(context),
      program("verilator", "verilator", "RTL simulation"),
      program("yosys", "yosys", "area estimates"),
      program("python3", "python3", "PyTorch export script"),
      writable(".coldforge"),
      {"built-in data", true, isa::share_dir()},
  };
}

std::vector<Finding> llm_findings(const DoctorOptions& options) {
  namespace llm = agent::llm;
  const llm::Environment environment = llm::process_environment();
  const llm::Provider provider = llm::load_provider(options.llm_config, environment);
  std::vector<Finding> findings;
  for (const auto& check : llm::check_endpoint(provider, llm::read_key(provider, environment)))
    findings.push_back({"language model: " + check.what, check.ok, check.detail});
  return findings;
}

void doctor(const DoctorOptions& options, Context& context) {
  const std::vector<Finding> findings =
      options.check_llm ? llm_findings(options) : machine_findings(context);
  ordered_json document = ordered_json::array();
  for (const Finding& finding : findings) {
    context.print(fmt::format("{:<34}{:<9}{}\n", finding.what,
                              finding.ok          ? "ok"
                              : options.check_llm ? "FAILED"
                                                  : "MISSING",
                              finding.detail));
    document.push_back({{"what", finding.what}, {"ok", finding.ok}, {"detail", finding.detail}});
    if (!finding.ok) context.exit_code = 1;
  }
  context.print_json({{"healthy", context.exit_code == 0}, {"findings", document}});
}

}  // namespace

void add_doctor_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command =
      app.add_subcommand("doctor", "What is installed, what is missing, how to get it");
  command->footer(
      "Examples:\n"
      "  coldforge doctor\n"
      "  coldforge doctor --llm --llm-config llm.json    ask the model's server instead\n");
  CLI::Option* llm = command->add_flag("--llm", options->check_llm,
                                       "Check the language model's server: address, key, model, "
                                       "streaming, usage");
  command
      ->add_option("--llm-config", options->llm_config,
                   "Its configuration; else COLDFORGE_LLM_CONFIG or .coldforge/llm.json")
      ->type_name("FILE")
      ->needs(llm);
  add_output_options(*command, context);
  command->callback([options, &context] { doctor(*options, context); });
}

}  // namespace coldforge::cli
