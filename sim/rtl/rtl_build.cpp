// verilator -> C++ in some dozen files -> clang++, as many at a time as there are cores -> one
// shared library.
#include "sim/rtl/rtl_build.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <thread>

#include "isa/emit/sv_files.h"
#include "isa/sfu/sfu_tables.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

extern char** environ;

namespace coldforge::sim {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr char kInstall[] = "install it with `apt-get install verilator clang`";

const std::vector<std::string>& verilator_flags() {
  // Settled logic is evaluated in one order whatever the warnings about loops between always blocks
  // say; the lint of rtl/ listens to warnings, a run does not.
  static const std::vector<std::string> kFlags = {
      "--cc",       "-O3",        "--x-assign", "fast",           "--x-initial",
      "fast",       "-Wno-fatal", "-Wno-lint",  "-Wno-UNOPTFLAT", "--top-module",
      "cf_harness", "--prefix",   "VHarness"};
  return kFlags;
}

const std::vector<std::string>& compile_flags() {
  static const std::vector<std::string> kFlags = {"-std=c++17",    "-fPIC",           "-w",
                                                  "-DVERILATOR=1", "-DVM_COVERAGE=0", "-DVM_SC=0"};
  return kFlags;
}

/// Code that runs once (initial values) is compiled without optimisation: it is half of all.
bool runs_once(const std::string& file) {
  return file.find("__Slow") != std::string::npos || file.find("__Syms") != std::string::npos ||
         file.find("__Trace_") != std::string::npos;
}

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

/// A tool in a folder, what it says in a log file there.
pid_t start_tool(const std::vector<std::string>& argv, const std::string& folder,
                 const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, argv[0].c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw InfrastructureError(argv[0] + ": cannot be started: " + std::strerror(error));
  return pid;
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

void check_status(int status, const std::string& tool, const std::string& log) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  if (WIFSIGNALED(status)) {
    throw InfrastructureError(fmt::format("{} was killed by signal {}", tool, WTERMSIG(status)));
  }
  throw UserError("the RTL does not build", tool + ": " + first_error(read_file(log)));
}

/// Runs jobs side by side; `say` hears of the number that are done once a second.
struct Job {
  std::string name;
  std::vector<std::string> argv;
};
void run_jobs(const std::vector<Job>& jobs, const std::string& folder,
              const std::function<void(std::size_t done)>& say) {
  const std::size_t most = std::max(1u, std::thread::hardware_concurrency());
  std::map<pid_t, std::size_t> running;
  std::size_t next = 0, done = 0;
  Clock::time_point said = Clock::now() - std::chrono::seconds(2);
  const auto log_of = [&](std::size_t i) { return folder + "/" + jobs[i].name + ".log"; };
  const auto reap = [&](bool block) {
    for (auto entry = running.begin(); entry != running.end(); ++entry) {
      int status = 0;
      const pid_t ended = ::waitpid(entry->first, &status, block ? 0 : WNOHANG);
      if (ended == 0) continue;
      const std::size_t job = entry->second;
      running.erase(entry);
      ++done;
      return std::pair<int, std::size_t>(status, job);
    }
    return std::pair<int, std::size_t>(-1, 0);
  };
  while (done < jobs.size()) {
    while (next < jobs.size() && running.size() < most) {
      running.emplace(start_tool(jobs[next].argv, folder, log_of(next)), next);
      ++next;
    }
    const auto [status, job] = reap(false);
    if (status > 0) {
      while (!running.empty()) reap(true);
      check_status(status, jobs[job].argv[0], log_of(job));
    }
    if (status < 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (Clock::now() - said >= std::chrono::seconds(1)) {
      said = Clock::now();
      say(done);
    }
  }
}

std::string version_of(const std::string& tool) {
  const std::string log = fmt::format("/tmp/coldforge-version-{}", ::getpid());
  int status = 0;
  ::waitpid(start_tool({tool, "--version"}, "/", log), &status, 0);
  const std::string text = read_file(log);
  fs::remove(log);
  return text.substr(0, text.find('\n'));
}

std::string without_comments(const std::string& text) {
  static const std::regex kComment("//[^\n]*");
  return std::regex_replace(text, kComment, "");
}

/// Packages, each behind those that it uses.
std::vector<std::string> ordered(
    const std::map<std::string, std::pair<std::string, std::string>>& packages) {
  std::vector<std::string> order;
  std::set<std::string> seen;
  const std::function<void(const std::string&)> visit = [&](const std::string& name) {
    if (!seen.insert(name).second) return;
    const std::string text = without_comments(packages.at(name).second);
    for (const auto& [other, file] : packages) {
      if (other != name && text.find(other + "::") != std::string::npos) visit(other);
    }
    order.push_back(packages.at(name).first);
  };
  for (const auto& [name, file] : packages) visit(name);
  return order;
}

/// CF_RTL_BANKS(f): f(number, name, bytes of a line, banks, bank) for each bank of the tile
/// memories.
std::string machine_header(const isa::Arch& arch) {
  const std::pair<const char*, isa::TileMemoryArch> memories[] = {
      {"vec", arch.vec}, {"left", arch.left}, {"right", arch.right}, {"acc", arch.acc}};
  std::string text = "#define CF_RTL_BANKS(f)";
  int number = 0;
  for (const auto& [name, memory] : memories) {
    for (std::int64_t bank = 0; bank < memory.banks; ++bank) {
      text += fmt::format(" \\\n  f({}, {}, {}, {}, {})", number, name, memory.line_bytes,
                          memory.banks, bank);
    }
    ++number;
  }
  return text + "\n";
}

}  // namespace

RtlSources rtl_sources(const isa::Isa& isa, const isa::Arch& arch, const std::string& rtl_folder) {
  RtlSources sources;
  const std::string share = isa::share_dir();
  const std::string folder = rtl_folder.empty() ? share + "/rtl" : rtl_folder;
  if (!fs::exists(folder + "/top/cf_npu.sv"))
    throw UserError(folder, "holds no RTL: top/cf_npu.sv is not there");
  sources.harness_folder = share + "/sim/rtl/harness";

  const std::string tables = share + "/isa/sfu/sfu_tables.json";
  sources.emitted.emplace_back(
      "cf_sfu_pkg.sv", isa::emit_sfu_package(isa::parse_sfu_tables(tables, read_file(tables))));
  for (isa::SvFile& file : isa::emit_sv_files(isa, arch)) {
    sources.emitted.emplace_back(std::move(file.name), std::move(file.text));
  }
  std::map<std::string, std::pair<std::string, std::string>> packages;  // name: path, content
  const auto add = [&](const std::string& path, const std::string& content) {
    const std::string name = fs::path(path).stem().string();
    const bool is_package = name.size() > 4 && name.compare(name.size() - 4, 4, "_pkg") == 0;
    if (is_package) {
      packages[name] = {path, content};
    } else {
      sources.modules.push_back(path);
    }
  };
  for (const auto& [name, content] : sources.emitted) {
    if (fs::path(name).extension() == ".sv") add(name, content);
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path& path = entry.path();
    if (path.extension() == ".vlt") sources.waivers.push_back(path.string());
    if (path.extension() == ".sv" && path.filename().string().compare(0, 3, "cf_") == 0) {
      add(path.string(), read_file(path));
    }
  }
  add(sources.harness_folder + "/cf_harness.sv", "");
  std::sort(sources.modules.begin(), sources.modules.end());
  std::sort(sources.waivers.begin(), sources.waivers.end());
  sources.packages = ordered(packages);
  sources.emitted.emplace_back("cf_rtl_machine.h", machine_header(arch));
  return sources;
}

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

std::string rtl_digest(const RtlSources& sources, const RtlTools& tools, bool wave) {
  Digest digest;
  digest.add("rtl 2").add(tools.versions).add(wave ? 1 : 0);
  for (const auto& flags : {verilator_flags(), compile_flags()}) {
    for (const std::string& flag : flags) digest.add(flag);
  }
  for (const auto& [name, content] : sources.emitted) digest.add(name).add(content);
  const auto add_files = [&](const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      if (path.find('/') == std::string::npos) continue;  // emitted: above
      digest.add(fs::path(path).filename().string()).add(read_file(path));
    }
  };
  add_files(sources.packages);
  add_files(sources.modules);
  add_files(sources.waivers);
  add_files({sources.harness_folder + "/harness.cpp", sources.harness_folder + "/rtl_abi.h"});
  return digest.hex();
}

void build_rtl(const RtlSources& sources, const RtlTools& tools, bool wave,
               const std::string& folder, const std::function<void(const std::string&)>& say) {
  for (const auto& [name, content] : sources.emitted)
    write_file_atomic(fs::path(folder) / name, content);
  Job verilate{"verilator", {tools.verilator}};
  const auto append = [&](const std::vector<std::string>& more) {
    verilate.argv.insert(verilate.argv.end(), more.begin(), more.end());
  };
  append(verilator_flags());
  if (wave) append({"--trace-fst", "--trace-structs"});
  append({"--Mdir", ".", "+incdir+."});
  append(sources.waivers);
  append(sources.packages);
  append(sources.modules);
  run_jobs({verilate}, folder, [&](std::size_t) { say("verilator"); });

  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".cpp") files.push_back(entry.path().filename().string());
  }
  // The longest first, so that the last ones end together; the harness is short.
  std::sort(files.begin(), files.end(), [&](const std::string& a, const std::string& b) {
    const auto size_a = fs::file_size(fs::path(folder) / a),
               size_b = fs::file_size(fs::path(folder) / b);
    return size_a != size_b ? size_a > size_b : a < b;
  });
  files.push_back(sources.harness_folder + "/harness.cpp");
  for (const char* runtime : {"verilated.cpp", "verilated_threads.cpp"}) {
    files.push_back(tools.include_folder + "/" + runtime);
  }
  if (wave) files.push_back(tools.include_folder + "/verilated_fst_c.cpp");

  std::vector<Job> jobs;
  Job link{"link", {tools.clang, "-shared", "-o", "libnpu.so"}};
  for (const std::string& file : files) {
    const std::string stem = fs::path(file).stem().string();
    Job job{stem, {}};
    if (!tools.ccache.empty()) job.argv.push_back(tools.ccache);
    job.argv.push_back(tools.clang);
    job.argv.insert(job.argv.end(), compile_flags().begin(), compile_flags().end());
    for (const std::string& flag :
         {std::string("-DVM_TRACE=") + (wave ? "1" : "0"),
          std::string("-DVM_TRACE_FST=") + (wave ? "1" : "0"),
          std::string(wave ? "-DCF_RTL_WAVE" : "-UCF_RTL_WAVE"),
          std::string(runs_once(stem) ? "-O0" : "-O1"), std::string("-I."),
          "-I" + sources.harness_folder, std::string("-isystem"), tools.include_folder,
          std::string("-isystem"), tools.include_folder + "/vltstd", std::string("-c"), file,
          std::string("-o"), stem + ".o"}) {
      job.argv.push_back(flag);
    }
    jobs.push_back(std::move(job));
    link.argv.push_back(stem + ".o");
  }
  run_jobs(jobs, folder,
           [&](std::size_t done) { say(fmt::format("compile {}/{}", done, jobs.size())); });
  for (const char* library : {"-lpthread", "-latomic"}) link.argv.push_back(library);
  if (wave) link.argv.push_back("-lz");
  run_jobs({link}, folder, [&](std::size_t) { say("link"); });
  // Only the library is wanted again.
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != "libnpu.so") fs::remove(entry.path());
  }
}

}  // namespace coldforge::sim
