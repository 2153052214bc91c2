// verilator -> C++ -> clang++, as many at a time as there are cores -> one
// shared library.
#include "sim/rtl/rtl_build.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/rtl/rtl_flags.h"

namespace coldforge::sim {

namespace fs = std::filesystem;

namespace {

/// Files below this size are compiled together: each reads a header that names every signal, and
/// arithmetic that stands in one file with what it calls is inlined.
constexpr std::uintmax_t kSmallBytes = 1'000'000;

/// The verilated code, file names in its folder, the longest first, so that the last ones end
/// together. Small files become `small.cpp` and `small__Slow.cpp`, by how they are optimised.
std::vector<std::string> gathered(const fs::path& folder) {
  std::vector<std::pair<std::uintmax_t, std::string>> files;  // size, name
  std::map<std::string, std::set<std::string>> small;         // by the optimisation
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string name = entry.path().filename().string();
    if (entry.file_size() < kSmallBytes) {
      small[optimisation_of(entry.path().stem().string())].insert(name);
    } else {
      files.emplace_back(entry.file_size(), name);
    }
  }
  for (const auto& [optimisation, names] : small) {
    std::string text;
    for (const std::string& name : names) text += "#include \"" + name + "\"\n";
    const std::string name =
        optimisation == optimisation_of("small") ? "small.cpp" : "small__Slow.cpp";
    write_file_atomic(folder / name, text);
    files.emplace_back(kSmallBytes, name);
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::vector<std::string> names;
  for (const auto& [size, name] : files) names.push_back(name);
  return names;
}

}  // namespace

std::string rtl_digest(const RtlSources& sources, const RtlTools& tools, bool wave) {
  Digest digest;
  digest.add("rtl 4").add(tools.versions).add(wave ? 1 : 0).add(rtl_flags_text());
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
  ToolCommand verilate{tools.verilator};
  const auto append = [&](const std::vector<std::string>& more) {
    verilate.insert(verilate.end(), more.begin(), more.end());
  };
  append(verilator_flags());
  if (wave) append({"--trace-fst", "--trace-structs"});
  append({"--Mdir", ".", "+incdir+."});
  append(sources.waivers);
  append(sources.packages);
  append(sources.modules);
  run_commands({verilate}, folder, [&](std::size_t) { say("verilator"); });

  std::vector<std::string> files = gathered(folder);
  files.push_back(sources.harness_folder + "/harness.cpp");
  for (const char* runtime : {"verilated.cpp", "verilated_threads.cpp"}) {
    files.push_back(tools.include_folder + "/" + runtime);
  }
  if (wave) files.push_back(tools.include_folder + "/verilated_fst_c.cpp");

  std::vector<ToolCommand> commands;
  ToolCommand link{tools.clang, "-shared", "-o", "libnpu.so"};
  for (const std::string& file : files) {
    const std::string stem = fs::path(file).stem().string();
    ToolCommand command;
    if (!tools.ccache.empty()) command.push_back(tools.ccache);
    command.push_back(tools.clang);
    command.insert(command.end(), compile_flags().begin(), compile_flags().end());
    for (const std::string& flag :
         {std::string("-DVM_TRACE=") + (wave ? "1" : "0"),
          std::string("-DVM_TRACE_FST=") + (wave ? "1" : "0"),
          std::string(wave ? "-DCF_RTL_WAVE" : "-UCF_RTL_WAVE"), optimisation_of(stem),
          std::string("-I."), "-I" + sources.harness_folder, std::string("-isystem"),
          tools.include_folder, std::string("-isystem"), tools.include_folder + "/vltstd",
          std::string("-c"), file, std::string("-o"), stem + ".o"}) {
      command.push_back(flag);
    }
    commands.push_back(std::move(command));
    link.push_back(stem + ".o");
  }
  run_commands(commands, folder,
               [&](std::size_t done) { say(fmt::format("compile {}/{}", done, commands.size())); });
  for (const char* library : {"-lpthread", "-latomic"}) link.push_back(library);
  if (wave) link.push_back("-lz");
  run_commands({link}, folder, [&](std::size_t) { say("link"); });
  // Only the library is wanted again.
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != "libnpu.so") fs::remove(entry.path());
  }
}

}  // namespace coldforge::sim
