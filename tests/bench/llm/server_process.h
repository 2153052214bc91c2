#pragma once

#include <sys/types.h>

#include <string>

#include "tests/support/llm_server.h"

namespace coldforge::bench {

/// The test server in a process of its own, so that its memory and its time are not the client's.
/// To be made before the first thread.
class ServerProcess {
 public:
  /// Each request holds one of `slots` for `hold_s`, then gets an answer of `answer_bytes`.
  ServerProcess(int slots, double hold_s, int answer_bytes);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const std::string& base_url() const { return base_url_; }
  void start_sampling();
  /// Since start_sampling().
  testing::Occupancy occupancy();

 private:
  pid_t child_ = -1;
  int to_child_ = -1;
  int from_child_ = -1;
  std::string base_url_;
};

}  // namespace coldforge::bench
