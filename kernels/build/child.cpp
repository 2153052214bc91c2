#include "kernels/build/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "sim/base/error.h"

namespace coldforge::kernels {
namespace {

void set_limit(int resource, std::int64_t value) {
  const rlimit limit{static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
}

std::string temporary_root() {
  const char* root = std::getenv("TMPDIR");
  return root != nullptr && *root != '\0' ? root : "/tmp";
}

}  // namespace

Child::Child(const std::vector<std::string>& argv, const std::string& folder,
             const ChildLimits& limits)
    : name_(std::filesystem::path(argv.at(0)).filename().string()),
      limits_(limits),
      deadline_(std::chrono::steady_clock::now() + std::chrono::seconds(limits.wall_s)) {
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
  char* const environment[] = {path, locale, const_cast<char*>(tmpdir.c_str()), nullptr};
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
    ::setpgid(0, 0);  // an interrupt of the terminal goes to the parent only, which then kills it
    set_limit(RLIMIT_CPU, limits.cpu_s);
    set_limit(RLIMIT_AS, limits.address_bytes);
    set_limit(RLIMIT_FSIZE, limits.file_bytes);
    set_limit(RLIMIT_CORE, 0);
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

Child::~Child() {
  if (!ended_ && pid_ > 0) {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (pipe_ >= 0) ::close(pipe_);
}

bool Child::ready() {
  if (ended_) return true;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(pipe_, buffer, sizeof buffer);
    if (got > 0) {
      const std::size_t room = limits_.output_bytes - output_.size();
      output_.append(buffer, std::min(room, static_cast<std::size_t>(got)));
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (std::chrono::steady_clock::now() < deadline_) return false;
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

void Child::wait() {
  while (!ready()) {
    pollfd watched{pipe_, POLLIN, 0};
    ::poll(&watched, 1, 200);
  }
}

int Child::exit_code() const {
  CF_CHECK(ended_, "the tool has not ended");
  if (timed_out_) {
    throw InfrastructureError(name_ + ": stopped after " + std::to_string(limits_.wall_s) + " s");
  }
  if (WIFSIGNALED(status_)) {
    throw InfrastructureError(name_ + ": ended by signal " + std::to_string(WTERMSIG(status_)) +
                              " (" + ::strsignal(WTERMSIG(status_)) + ")");
  }
  return WEXITSTATUS(status_);
}

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
