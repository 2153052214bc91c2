#include "sim/base/tool_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "sim/base/error.h"

namespace coldforge {
namespace {

void set_limit(int resource, std::int64_t value) {
  if (value == 0) return;
  const rlimit limit{static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
}

}  // namespace

ToolOptions unlimited_tool() {
  ToolOptions options;
  options.cpu_s = options.wall_s = options.address_bytes = options.file_bytes = 0;
  options.belongs_to_caller = true;
  return options;
}

ToolProcess::ToolProcess(const std::vector<std::string>& argv, const std::string& folder,
                         const ToolOptions& options)
    : name_(std::filesystem::path(argv.at(0)).filename().string()),
      options_(options),
      deadline_(std::chrono::steady_clock::now() + std::chrono::seconds(options.wall_s)) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw InfrastructureError(name_ + ": cannot make a pipe: " + std::strerror(errno));
  }
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const std::string tmpdir = "TMPDIR=" + folder;
  char path[] = "PATH=/usr/bin:/bin";
  char locale[] = "LC_ALL=C";
  char* const small[] = {path, locale, const_cast<char*>(tmpdir.c_str()), nullptr};
  char* const* const environment = options.belongs_to_caller ? ::environ : small;
  const int null_input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);

  // vfork, not posix_spawn: the limits and the folder must be set between fork and exec, and
  // copying the page tables of a large parent would cost more than the rest. The child only makes
  // system calls.
  const pid_t pid = ::vfork();
  if (pid == 0) {
    ::dup2(null_input, STDIN_FILENO);
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    if (::chdir(folder.c_str()) != 0) ::_exit(126);
    // An interrupt of the terminal goes to the parent only, which then kills it.
    if (!options.belongs_to_caller) ::setpgid(0, 0);
    set_limit(RLIMIT_CPU, options.cpu_s);
    set_limit(RLIMIT_AS, options.address_bytes);
    set_limit(RLIMIT_FSIZE, options.file_bytes);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::execve(arguments[0], arguments.data(), environment);
    ::_exit(127);
  }
  const int problem = errno;
  if (null_input >= 0) ::close(null_input);
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    throw InfrastructureError(name_ + ": cannot be started: " + std::strerror(problem));
  }
  pid_ = pid;
  pipe_ = ends[0];
  ::fcntl(pipe_, F_SETFL, O_NONBLOCK);
}

ToolProcess::~ToolProcess() {
  if (!ended_ && pid_ > 0) {
    if (!options_.belongs_to_caller) ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (pipe_ >= 0) ::close(pipe_);
}

bool ToolProcess::is_late() const {
  return options_.wall_s > 0 && std::chrono::steady_clock::now() >= deadline_;
}

bool ToolProcess::ready() {
  if (ended_) return true;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(pipe_, buffer, sizeof buffer);
    if (got > 0) {
      const std::size_t room = options_.output_bytes - output_.size();
      output_.append(buffer, std::min(room, static_cast<std::size_t>(got)));
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (!is_late()) return false;
      timed_out_ = true;
      ::kill(pid_, SIGKILL);
    }
    break;
  }
  while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  ended_ = true;
  return true;
}

void ToolProcess::wait() {
  while (!ready()) {
    pollfd watched{pipe_, POLLIN, 0};
    ::poll(&watched, 1, 200);
  }
}

int ToolProcess::exit_code() const {
  CF_CHECK(ended_, "the tool has not ended");
  if (timed_out_) {
    throw InfrastructureError(name_ + ": stopped after " + std::to_string(options_.wall_s) + " s");
  }
  if (WIFSIGNALED(status_)) {
    throw InfrastructureError(name_ + ": ended by signal " + std::to_string(WTERMSIG(status_)) +
                              " (" + ::strsignal(WTERMSIG(status_)) + ")");
  }
  return WEXITSTATUS(status_);
}

}  // namespace coldforge
