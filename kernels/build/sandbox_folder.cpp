#include "kernels/build/sandbox_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "sim/base/error.h"

namespace coldforge::kernels {
namespace {

std::string temporary_root() {
  const char* root = std::getenv("TMPDIR");
  return root != nullptr && *root != '\0' ? root : "/tmp";
}

}  // namespace

SandboxFolder::SandboxFolder() {
  path_ = temporary_root() + "/coldforge-XXXXXX";
  if (::mkdtemp(path_.data()) == nullptr) {
    throw InfrastructureError(path_ + ": cannot make a folder: " + std::strerror(errno));
  }
}

SandboxFolder::~SandboxFolder() {
  std::error_code ignored;  // a leftover in the temporary folder harms nobody
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace coldforge::kernels
