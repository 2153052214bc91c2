#include "memory/store/common.h"
#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

struct Entry {
  const char* name;
  std::unique_ptr<Store> (*make)(const std::filesystem::path& path, const StoreOptions& options);
};
constexpr Entry kStores[] = {{"ram", make_ram_store}, {"sqlite", make_sqlite_store}};

}  // namespace

std::unique_ptr<Store> open_store(const std::filesystem::path& path, const StoreOptions& options) {
  for (const Entry& entry : kStores) {
    if (options.backend == entry.name) return entry.make(path, options);
  }
  throw UserError("memory back end '" + options.backend + "'",
                  "unknown: known are " + store_backends());
}

std::string store_backends() {
  std::string names;
  for (const Entry& entry : kStores) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  return names;
}

}  // namespace coldforge::memory
