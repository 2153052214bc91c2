#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

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

void doctor(Context& context) {
  std::vector<Finding> findings = {
      kernel_toolchain(context),
      program("verilator", "verilator", "RTL simulation"),
      program("yosys", "yosys", "area estimates"),
      program("python3", "python3", "PyTorch export script"),
      writable(".coldforge"),
  };
  ordered_json document = ordered_json::array();
  for (const Finding& finding : findings) {
    context.print(fmt::format("{:<34}{:<9}{}\n", finding.what, finding.ok ? "ok" : "MISSING",
                              finding.detail));
    document.push_back({{"what", finding.what}, {"ok", finding.ok}, {"detail", finding.detail}});
    if (!finding.ok) context.exit_code = 1;
  }
  context.print(fmt::format("{:<34}{:<9}{}\n", "built-in data", "ok", isa::share_dir()));
  context.print_json({{"healthy", context.exit_code == 0}, {"findings", document}});
}

}  // namespace

void add_doctor_command(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("doctor", "What is installed, what is missing, how to get it");
  command->footer("Example:\n  coldforge doctor\n");
  add_output_options(*command, context);
  command->callback([&context] { doctor(context); });
}

}  // namespace coldforge::cli
