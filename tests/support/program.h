#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace coldforge::testing {

/// What a finished program left.
struct Finished {
  int exit_code = -1;  ///< 128 + signal if one ended it
  std::string out;     ///< standard output
  std::string err;     ///< standard error
};

/// Runs the built `coldforge` with arguments, in `folder` (made if it is missing), with
/// `environment` added
/// ("NAME=value"), and waits.
Finished run_coldforge(const std::vector<std::string>& arguments, const std::string& folder = ".",
                       const std::vector<std::string>& environment = {});

/// Starts the built `coldforge` and kills it, its children included, after `delay_us`. It may have
/// ended before.
void start_and_kill(const std::vector<std::string>& arguments, std::int64_t delay_us);

/// A fresh folder that goes with the object.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace coldforge::testing
