#include "sim/rtl/rtl_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <regex>
#include <set>

#include "isa/emit/sv_files.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::sim {
namespace {

namespace fs = std::filesystem;

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
  const std::string given = rtl_folder.empty() ? share + "/rtl" : rtl_folder;
  const std::string folder = fs::absolute(given).string();  // tools run in another one
  if (!fs::exists(folder + "/top/cf_npu.sv"))
    throw UserError(given, "holds no RTL: top/cf_npu.sv is not there");
  sources.harness_folder = share + "/sim/rtl/harness";

  for (isa::SvFile& file : isa::emit_rtl_files(isa, arch)) {
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

}  // namespace coldforge::sim
