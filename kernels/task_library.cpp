#include <algorithm>

#include "kernels/task.h"
#include "sim/base/error.h"

namespace coldforge::kernels {
namespace {

namespace fs = std::filesystem;

constexpr char kUnprefixedFolder[] = "basic";
constexpr std::size_t kMostCandidatesShown = 12;

bool is_pattern(const std::string& text) { return text.find_first_of("*?") != std::string::npos; }

std::string join(const std::vector<TaskLibrary::Entry>& entries) {
  std::string list;
  for (std::size_t i = 0; i < entries.size() && i < kMostCandidatesShown; ++i) {
    list += (i > 0 ? ", " : "") + entries[i].name;
  }
  if (entries.size() > kMostCandidatesShown) {
    list += " and " + std::to_string(entries.size() - kMostCandidatesShown) + " more";
  }
  return list;
}

void sort_by_name(std::vector<TaskLibrary::Entry>& entries) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return a.name != b.name ? a.name < b.name : a.path < b.path;
  });
}

/// Files that match a pattern in its last component.
std::vector<TaskLibrary::Entry> matching_files(const std::string& pattern) {
  const fs::path path(pattern);
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::vector<TaskLibrary::Entry> found;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(folder, error)) {
    const std::string extension = file.path().extension().string();
    if (extension != ".onnx" && extension != ".onnxtxt") continue;
    if (!matches_glob(path.filename().string(), file.path().filename().string())) continue;
    found.push_back({file.path().stem().string(),
                     path.has_parent_path() ? file.path() : file.path().filename()});
  }
  sort_by_name(found);
  return found;
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

TaskLibrary::TaskLibrary(const fs::path& folder) : folder_(folder) {
  if (!fs::is_directory(folder))
    throw UserError(folder.string(), "there is no folder with built-in tasks");
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file() || file.path().extension() != ".onnxtxt") continue;
    const fs::path relative = file.path().lexically_relative(folder);
    const std::string suite = relative.parent_path().generic_string();
    const std::string stem = file.path().stem().string();
    const bool plain = suite.empty() || suite == kUnprefixedFolder;
    entries_.push_back({plain ? stem : suite + "/" + stem, file.path()});
  }
  sort_by_name(entries_);
}

std::vector<TaskLibrary::Entry> TaskLibrary::resolve(const std::string& argument) const {
  std::error_code error;
  if (fs::is_regular_file(argument, error)) return {{fs::path(argument).stem().string(), argument}};
  std::vector<Entry> found;
  if (is_pattern(argument)) {
    for (const Entry& entry : entries_) {
      if (matches_glob(argument, entry.name)) found.push_back(entry);
    }
    if (found.empty()) found = matching_files(argument);
    if (found.empty())
      throw UserError(argument, "matches no built-in task and no .onnx or .onnxtxt file");
    return found;
  }
  for (const Entry& entry : entries_) {
    if (entry.name == argument) return {entry};
    if (!argument.empty() && entry.name.find(argument) != std::string::npos) found.push_back(entry);
  }
  if (found.size() == 1) return found;
  if (!found.empty()) throw UserError(argument, "is ambiguous: " + join(found));
  const bool looks_like_path =
      argument.find('/') != std::string::npos || fs::path(argument).has_extension();
  throw UserError(argument, std::string(looks_like_path ? "no such file, and " : "") +
                                "no such built-in task: known are " + join(entries_));
}

}  // namespace coldforge::kernels
