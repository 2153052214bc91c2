#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace coldforge {

/// What a tool may use; 0 = no limit. Reaching one says nothing about the input
/// (InfrastructureError): verdicts come from the tools' own counted limits.
struct ToolOptions {
  std::int64_t cpu_s = 20;
  std::int64_t wall_s = 60;
  std::int64_t address_bytes = std::int64_t{3} << 30;
  std::int64_t file_bytes = std::int64_t{16} << 20;
  std::size_t output_bytes = 256 * 1024;  ///< more is read and dropped
  /// Our own builds: the caller's environment instead of a small fixed one, and its process group,
  /// so that an interrupt of the terminal reaches the tool, too.
  bool belongs_to_caller = false;
};
/// For a tool that works on our own files, for as long as it takes.
ToolOptions unlimited_tool();

/// A tool running in a folder, its standard output and error collected; polled, so that one thread
/// can watch many.
class ToolProcess {
 public:
  /// Starts argv[0] (an absolute path) with `folder` as working directory and no input. Throws
  /// InfrastructureError if the system has no process left.
  ToolProcess(const std::vector<std::string>& argv, const std::string& folder,
              const ToolOptions& options);
  /// Kills it if it still runs.
  ~ToolProcess();
  ToolProcess(const ToolProcess&) = delete;
  ToolProcess& operator=(const ToolProcess&) = delete;

  int descriptor() const { return pipe_; }  ///< readable when ready() may have news
  /// Reads what is there, never blocks; true once the process has ended. Kills it after wall_s.
  bool ready();
  void wait();  ///< until ready()

  const std::string& output() const { return output_; }
  /// Exit status. Throws InfrastructureError if a signal ended it (limits included).
  int exit_code() const;

 private:
  bool is_late() const;

  std::string name_;
  ToolOptions options_;
  pid_t pid_ = -1;
  int pipe_ = -1;
  int status_ = 0;
  bool ended_ = false;
  bool timed_out_ = false;
  std::string output_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace coldforge
