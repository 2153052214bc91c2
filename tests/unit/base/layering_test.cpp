// Who may include whom: each folder only what stands to its left in the order of the house (README,
// "Layout").
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

namespace fs = std::filesystem;

namespace {

const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"sim/base", {}},
    {"isa", {"sim/base"}},
    {"sim", {"sim/base", "isa"}},
    {"kernels", {"sim/base", "isa"}},
    {"memory", {"sim/base"}},
    {"agent", {"sim/base", "isa", "sim/run.h", "kernels", "memory"}},
    {"cli", {"sim/base", "isa", "sim/run.h", "kernels", "memory", "agent"}},
};

std::string area_of(const std::string& path) {
  if (path.rfind("sim/base/", 0) == 0) return "sim/base";
  return path.substr(0, path.find('/'));
}

bool allowed(const std::string& area, const std::string& included) {
  if (area_of(included) == area) return true;
  const auto& may = kMayInclude.at(area);
  return may.count(area_of(included)) != 0 || may.count(included) != 0;
}

}  // namespace

TEST_CASE("no file includes what its folder may not know", "[base]") {
  int files = 0;
  for (const auto& [area, may] : kMayInclude) {
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(COLDFORGE_SOURCE_DIR) / area)) {
      const std::string path = fs::relative(entry.path(), COLDFORGE_SOURCE_DIR).string();
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cpp") continue;
      if (area_of(path) != area || path.rfind("kernels/lib/", 0) == 0 ||
          path.rfind("kernels/reference/", 0) == 0) {
        continue;  // kernel-side code has include paths of its own
      }
      ++files;
      std::ifstream stream(entry.path());
      for (std::string line; std::getline(stream, line);) {
        if (line.rfind("#include \"", 0) != 0) continue;
        const std::string included = line.substr(10, line.find('"', 10) - 10);
        if (kMayInclude.count(area_of(included)) == 0) continue;  // tests/support, generated
        INFO(path << " includes " << included);
        CHECK(allowed(area, included));
      }
    }
  }
  CHECK(files > 100);
}
