#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace coldforge::kernels {

/// What a tool may use. Reaching one of these says nothing about the input (InfrastructureError):
/// verdicts come from the tools' own counted limits.
struct ChildLimits {
  std::int64_t cpu_s = 20;
  std::int64_t wall_s = 60;
  std::int64_t address_bytes = std::int64_t{3} << 30;
  std::int64_t file_bytes = std::int64_t{16} << 20;
  std::size_t output_bytes = 256 * 1024;  ///< more is read and dropped
};

/// A tool running in a folder, its standard output and error collected; polled, so that one thread
/// can watch many.
class Child {
 public:
  /// Starts argv[0] (an absolute path) with `folder` as working directory, no input, and a small
  /// fixed environment. Throws InfrastructureError if the system has no process left.
  Child(const std::vector<std::string>& argv, const std::string& folder, const ChildLimits& limits);
  /// Kills it if it still runs.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int descriptor() const { return pipe_; }  ///< readable when ready() may have news
  /// Reads what is there, never blocks; true once the process has ended. Kills it after wall_s.
  bool ready();
  void wait();  ///< until ready()

  const std::string& output() const { return output_; }
  /// Exit status. Throws InfrastructureError if a signal ended it (limits included).
  int exit_code() const;

 private:
  std::string name_;
  ChildLimits limits_;
  pid_t pid_ = -1;
  int pipe_ = -1;
  int status_ = 0;
  bool ended_ = false;
  bool timed_out_ = false;
  std::string output_;
  std::chrono::steady_clock::time_point deadline_;
};

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
