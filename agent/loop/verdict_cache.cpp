#include "agent/loop/verdict_cache.h"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"

namespace coldforge::agent {

namespace fs = std::filesystem;

VerdictCache::VerdictCache(const fs::path& folder) : folder_(folder) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw UserError(folder_.string(), "cannot be made: " + error.message());
}

fs::path VerdictCache::file_of(const std::string& key) const {
  return folder_ / key.substr(0, 2) / (key + ".json");
}

std::optional<Verdict> VerdictCache::find(const std::string& key) const {
  const fs::path path = file_of(key);
  std::ifstream in(path, std::ios::binary);
  if (!in) return {};
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto json = nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return {};
  try {
    return verdict_from_json(json, path.string());
  } catch (const UserError&) {
    return {};
  }
}

void VerdictCache::add(const std::string& key, const Verdict& verdict) const {
  const fs::path path = file_of(key);
  const fs::path temporary = path.string() + ".tmp" + std::to_string(::getpid());
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(temporary, std::ios::binary);
  out << to_json(verdict).dump();
  out.close();
  if (out) fs::rename(temporary, path, error);  // no sync: what is lost is judged again
  if (!out || error) {
    fs::remove(temporary, error);
    throw InfrastructureError(path.string() + ": cannot be written");
  }
}

}  // namespace coldforge::agent
