#include "tests/support/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "sim/base/file.h"

namespace coldforge::testing {

void start_and_kill(const std::vector<std::string>& arguments, std::int64_t delay_us) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    ::setpgid(0, 0);
    std::vector<std::string> words = arguments;
    std::vector<char*> argv = {const_cast<char*>(COLDFORGE_PROGRAM)};
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    if (::freopen("/dev/null", "w", stdout) == nullptr) ::_exit(127);
    if (::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(127);
    ::execv(COLDFORGE_PROGRAM, argv.data());
    ::_exit(127);
  }
  ::setpgid(child, child);
  ::usleep(static_cast<useconds_t>(delay_us));
  ::kill(-child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

ScratchFolder::ScratchFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "coldforge-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Finished run_coldforge(const std::vector<std::string>& arguments, const std::string& folder,
                       const std::vector<std::string>& environment) {
  ScratchFolder scratch;
  const std::string out = scratch / "out", err = scratch / "err";
  std::filesystem::create_directories(folder);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    const auto redirect = [](const std::string& path, int to) {
      ::dup2(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), to);
    };
    redirect(out, STDOUT_FILENO);
    redirect(err, STDERR_FILENO);
    ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
    if (::chdir(folder.c_str()) != 0) ::_exit(126);
    for (const std::string& setting : environment) ::putenv(::strdup(setting.c_str()));
    std::vector<char*> argv = {const_cast<char*>(COLDFORGE_PROGRAM)};
    for (const std::string& argument : arguments)
      argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execv(COLDFORGE_PROGRAM, argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  Finished finished;
  finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  finished.out = read_file(out);
  finished.err = read_file(err);
  return finished;
}

}  // namespace coldforge::testing
