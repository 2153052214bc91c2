#include "sim/base/cache.h"

#include <unistd.h>

#include <cstdlib>

namespace coldforge {

std::string cache_folder() {
  const auto from = [](const char* variable, const char* below) -> std::string {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0' ? std::string(value) + below : "";
  };
  for (const std::string& folder :
       {from("COLDFORGE_CACHE", ""), from("XDG_CACHE_HOME", "/coldforge"),
        from("HOME", "/.cache/coldforge")}) {
    if (!folder.empty()) return folder;
  }
  return "/tmp/coldforge-cache-" + std::to_string(::getuid());
}

}  // namespace coldforge
