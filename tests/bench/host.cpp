#include "tests/bench/host.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

namespace coldforge::bench {
namespace {

using nlohmann::ordered_json;

/// First line of a command's output, "" if it fails.
std::string first_line_of(const std::string& command) {
  std::FILE* pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return "";
  std::array<char, 256> buffer{};
  const bool read = std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr;
  const bool ok = ::pclose(pipe) == 0;
  std::string line = read && ok ? buffer.data() : "";
  while (!line.empty() && line.back() == '\n') line.pop_back();
  return line;
}

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos)
      return line.substr(colon + 2);
  }
  return "";
}

ordered_json or_null(const std::string& text) {
  return text.empty() ? ordered_json() : ordered_json(text);
}

}  // namespace

ordered_json describe_host() {
  ordered_json host;
  host["commit"] = or_null(first_line_of("git -C '" COLDFORGE_SOURCE_DIR
                                         "' describe --always --dirty --abbrev=12 --exclude '*'"));
  host["cpu"] = or_null(cpu_model());
  host["cores"] = std::thread::hardware_concurrency();
  host["compiler"] = __VERSION__;
#ifdef NDEBUG
  host["optimised"] = true;
#else
  host["optimised"] = false;
#endif
  return host;
}

}  // namespace coldforge::bench
