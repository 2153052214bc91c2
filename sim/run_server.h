#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "sim/run.h"

namespace coldforge::sim {

/// A small process that forks the processes of runs.
///
/// A fork copies the page tables of the whole process, and what the parent writes afterwards is
/// copied page by page: with a memory bank and the data of many tasks in it, that took longer than
/// most runs. The server is forked while the process is small and stays so; a run's input reaches
/// it through a memory file. The run's process is a child of ours, not of the server.
class RunServer {
 public:
  using Run =
      std::function<RunResult(const Program&, const std::vector<Buffer>&, const RunOptions&)>;
  /// What `run` reads must be ready: the server never sees a later change. Throws
  /// InfrastructureError if no process can be made.
  explicit RunServer(const Run& run);
  ~RunServer();  ///< runs under way go on
  RunServer(const RunServer&) = delete;
  RunServer& operator=(const RunServer&) = delete;

  /// As start_child(). Throws InfrastructureError if the server is gone.
  std::unique_ptr<Machine::Pending> start(const Program& program,
                                          const std::vector<Buffer>& buffers,
                                          const RunOptions& options);

 private:
  int socket_ = -1;
  int pid_ = -1;
};

}  // namespace coldforge::sim
