#include "kernels/build/result_cache.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/base/digest.h"

namespace coldforge::kernels {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

fs::path path_of(const std::string& folder, const std::string& digest) {
  return fs::path(folder) / digest.substr(0, 2) / (digest.substr(2) + ".kernel");
}

}  // namespace

// The file: digest of the rest, line feed, one line of JSON, line feed, the ELF.
std::optional<CompileResult> load_result(const std::string& folder, const std::string& digest) {
  std::ifstream in(path_of(folder, digest), std::ios::binary);
  if (!in) return std::nullopt;
  std::stringstream all;
  all << in.rdbuf();
  const std::string content = all.str();
  if (content.size() < 65 || content[64] != '\n') return std::nullopt;
  const std::string rest = content.substr(65);
  if (digest_of(rest) != content.substr(0, 64)) return std::nullopt;
  const std::size_t end = rest.find('\n');
  const Json head = Json::parse(rest.substr(0, end), nullptr, false);
  if (end == std::string::npos || head.is_discarded()) return std::nullopt;
  CompileResult result;
  result.ok = head.at("ok");
  result.forbidden = head.at("forbidden");
  result.log = head.at("log");
  result.digest = digest;
  for (const Json& item : head.at("diagnostics")) {
    result.diagnostics.push_back({item.at(0), item.at(1), item.at(2), item.at(3), item.at(4)});
  }
  result.elf.assign(rest.begin() + static_cast<std::ptrdiff_t>(end) + 1, rest.end());
  return result;
}

void store_result(const std::string& folder, const CompileResult& result) {
  Json head = {{"ok", result.ok}, {"forbidden", result.forbidden}, {"log", result.log}};
  head["diagnostics"] = Json::array();
  for (const Diagnostic& item : result.diagnostics) {
    head["diagnostics"].push_back({item.file, item.line, item.column, item.severity, item.message});
  }
  std::string rest = head.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  rest.append(result.elf.begin(), result.elf.end());
  const fs::path path = path_of(folder, result.digest);
  const fs::path temporary = path.string() + ".tmp" + std::to_string(::getpid());
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(temporary, std::ios::binary);
  out << digest_of(rest) << '\n' << rest;
  out.close();
  if (out) fs::rename(temporary, path, error);
  if (!out || error) fs::remove(temporary, error);
}

}  // namespace coldforge::kernels
