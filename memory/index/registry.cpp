#include "memory/index/exact.h"
#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

struct Entry {
  const char* name;
  std::unique_ptr<Index> (*make)(int dims);
};
constexpr Entry kIndexes[] = {{"exact", make_exact_index}};

}  // namespace

std::unique_ptr<Index> make_index(const std::string& backend, int dims) {
  std::string known;
  for (const Entry& entry : kIndexes) {
    if (backend == entry.name) return entry.make(dims);
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  throw UserError("memory index '" + backend + "'", "unknown: known are " + known);
}

}  // namespace coldforge::memory
