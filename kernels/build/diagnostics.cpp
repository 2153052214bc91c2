#include <cstdlib>

#include "kernels/build/toolchain.h"

namespace coldforge::kernels {
namespace {

constexpr std::size_t kMostDiagnostics = 64;
constexpr const char* kSeverities[] = {"fatal error: ", "error: ", "warning: ", "note: "};

/// "kernel.cpp:12:5: error: text" -> file, line, column; leaves them alone if the text before the
/// severity is none.
void read_place(const std::string& place, Diagnostic& diagnostic) {
  const std::size_t colon = place.find(':');
  diagnostic.file = place.substr(0, colon);
  if (colon == std::string::npos) return;
  char* end = nullptr;
  diagnostic.line = static_cast<int>(std::strtol(place.c_str() + colon + 1, &end, 10));
  if (*end == ':') diagnostic.column = static_cast<int>(std::strtol(end + 1, nullptr, 10));
}

}  // namespace

std::vector<Diagnostic> parse_diagnostics(const std::string& log) {
  std::vector<Diagnostic> diagnostics;
  for (std::size_t begin = 0; begin < log.size() && diagnostics.size() < kMostDiagnostics;) {
    const std::size_t end = std::min(log.find('\n', begin), log.size());
    const std::string line = log.substr(begin, end - begin);
    begin = end + 1;
    for (const char* severity : kSeverities) {
      const std::size_t at = line.find(severity);
      if (at == std::string::npos) continue;
      const std::string word(severity);
      Diagnostic diagnostic;
      diagnostic.severity = word.substr(0, word.size() - 2);
      diagnostic.message = line.substr(at + word.size());
      read_place(at >= 2 ? line.substr(0, at - 2) : "", diagnostic);
      diagnostics.push_back(diagnostic);
      break;
    }
    // The linker says where a symbol is used in lines of its own: ">>> referenced by kernel.cpp:7".
    const std::size_t at = line.find(">>> referenced by kernel.cpp:");
    if (at != std::string::npos && !diagnostics.empty() &&
        diagnostics.back().file.rfind("ld.lld", 0) == 0) {
      diagnostics.back().file = "kernel.cpp";
      diagnostics.back().line = std::atoi(line.c_str() + at + 29);
    }
  }
  return diagnostics;
}

}  // namespace coldforge::kernels
