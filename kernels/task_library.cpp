#include <algorithm>
#include <set>
#include <sstream>

#include "kernels/task.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::kernels {
namespace {

namespace fs = std::filesystem;

constexpr char kUnprefixedFolder[] = "basic";
constexpr char kDevelopmentList[] = "development.txt";
constexpr std::size_t kMostCandidatesShown = 12;

bool is_pattern(const std::string& text) { return text.find_first_of("*?") != std::string::npos; }

/// Of the tasks whose names need no suite in front.
bool is_basic(const TaskLibrary::Entry& entry) { return entry.name.find('/') == std::string::npos; }

std::vector<TaskLibrary::Entry> basic_first(std::vector<TaskLibrary::Entry> entries) {
  std::stable_partition(entries.begin(), entries.end(), is_basic);
  return entries;
}

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
    const bool any = p < pattern.size() && pattern[p] == '?' && text[t] != '/';
    if (any || (p < pattern.size() && pattern[p] != '*' && pattern[p] == text[t])) {
      ++p, ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (star != std::string_view::npos && text[resume] != '/') {
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

std::vector<TaskLibrary::Entry> TaskLibrary::half_of_the_split(bool development) const {
  const fs::path list = folder_ / kDevelopmentList;
  std::set<std::string> names;
  std::istringstream lines(read_file(list));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line[0] != '#') names.insert(line);
  }
  std::vector<Entry> found;
  for (const Entry& entry : entries_) {
    const bool is_split = entry.name.rfind("level", 0) == 0;
    if (is_split && (names.erase(entry.name) != 0) == development) found.push_back(entry);
  }
  if (!names.empty()) throw UserError(list.string(), "there is no task '" + *names.begin() + "'");
  return found;
}

std::vector<TaskLibrary::Entry> TaskLibrary::resolve(const std::string& argument) const {
  std::error_code error;
  if (fs::is_regular_file(argument, error)) return {{fs::path(argument).stem().string(), argument}};
  if (argument == "@development" || argument == "@measured")
    return half_of_the_split(argument == "@development");
  std::vector<Entry> found;
  if (is_pattern(argument)) {
    for (const Entry& entry : entries_) {
      if (matches_glob(argument, entry.name) ||
          (is_basic(entry) && matches_glob(argument, kUnprefixedFolder + ("/" + entry.name)))) {
        found.push_back(entry);
      }
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
  found = basic_first(std::move(found));
  if (std::count_if(found.begin(), found.end(), is_basic) == 1) return {found.front()};
  if (!found.empty()) throw UserError(argument, "is ambiguous: " + join(found));
  const bool looks_like_path =
      argument.find('/') != std::string::npos || fs::path(argument).has_extension();
  throw UserError(argument, std::string(looks_like_path ? "no such file, and " : "") +
                                "no such built-in task: known are " + join(basic_first(entries_)) +
                                " (`coldforge tasks list`)");
}

}  // namespace coldforge::kernels
