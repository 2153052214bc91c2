#include "sim/rtl/rtl_tools.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>

#include "sim/base/error.h"
#include "sim/base/tool_process.h"

namespace coldforge::sim {
namespace {

namespace fs = std::filesystem;

constexpr char kInstall[] = "install it with `apt-get install verilator clang`";

std::string in_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string file = rest.substr(0, colon) + "/" + program;
    if (::access(file.c_str(), X_OK) == 0) return file;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return "";
}

/// The first line that names an error, else the first line.
std::string first_error(const std::string& text) {
  std::size_t at = text.find("%Error");
  if (at == std::string::npos) at = text.find("error:");
  if (at == std::string::npos) at = 0;
  const std::size_t begin =
      text.rfind('\n', at) == std::string::npos ? 0 : text.rfind('\n', at) + 1;
  return text.substr(begin, text.find('\n', at) - begin);
}

/// A command under way.
struct Running {
  std::string name;
  std::unique_ptr<ToolProcess> process;
};

/// Sleeps until one of them has something to say, at most a fifth of a second.
void wait_for_any(const std::vector<Running>& running) {
  std::vector<pollfd> descriptors;
  for (const Running& one : running) descriptors.push_back({one.process->descriptor(), POLLIN, 0});
  ::poll(descriptors.data(), descriptors.size(), 200);
}

std::string version_of(const std::string& tool) {
  ToolProcess process({tool, "--version"}, "/", unlimited_tool());
  process.wait();
  return process.output().substr(0, process.output().find('\n'));
}

}  // namespace

RtlTools find_rtl_tools() {
  RtlTools tools;
  tools.verilator = in_path("verilator");
  if (tools.verilator.empty()) throw UserError("verilator", std::string("not found; ") + kInstall);
  tools.clang = in_path("clang++");
  if (tools.clang.empty()) throw UserError("clang++", std::string("not found; ") + kInstall);
  tools.ccache = in_path("ccache");
  for (const char* folder :
       {"/usr/share/verilator/include", "/usr/local/share/verilator/include"}) {
    if (tools.include_folder.empty() && fs::exists(std::string(folder) + "/verilated.h")) {
      tools.include_folder = folder;
    }
  }
  if (tools.include_folder.empty())
    throw UserError("verilated.h", std::string("not found; ") + kInstall);
  tools.versions = version_of(tools.verilator) + ", " + version_of(tools.clang);
  return tools;
}

void run_commands(const std::vector<ToolCommand>& commands, const std::string& folder,
                  const std::function<void(std::size_t done)>& say) {
  using Clock = std::chrono::steady_clock;
  const std::size_t most = std::max(1u, std::thread::hardware_concurrency());
  std::vector<Running> running;
  std::size_t next = 0, done = 0;
  Clock::time_point said = Clock::now() - std::chrono::seconds(2);
  while (done < commands.size()) {
    while (next < commands.size() && running.size() < most) {
      const ToolCommand& command = commands[next++];
      running.push_back(
          {command[0], std::make_unique<ToolProcess>(command, folder, unlimited_tool())});
    }
    if (Clock::now() - said >= std::chrono::seconds(1)) {
      said = Clock::now();
      say(done);
    }
    wait_for_any(running);
    for (std::size_t i = 0; i < running.size();) {
      if (!running[i].process->ready()) {
        ++i;
        continue;
      }
      if (running[i].process->exit_code() != 0) {
        throw UserError("the RTL does not build",
                        running[i].name + ": " + first_error(running[i].process->output()));
      }
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
      ++done;
    }
  }
}

}  // namespace coldforge::sim
