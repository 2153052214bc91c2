#pragma once

#include <string>

namespace coldforge::kernels {

/// A fresh folder for one compilation; it and everything in it vanish with the object.
class SandboxFolder {
 public:
  SandboxFolder();
  ~SandboxFolder();
  SandboxFolder(const SandboxFolder&) = delete;
  SandboxFolder& operator=(const SandboxFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace coldforge::kernels
