// A run in a process of its own: SystemC elaborates once a process, and whatever happens to the
// child becomes an answer.
//
// The child writes into a pipe who it is, then one message: a tag (what follows), the length, the
// bytes. Inputs reach it through fork() and stay copy-on-write; only what a run produces comes
// back.
#include "sim/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "sim/base/error.h"
#include "sim/result_io.h"

namespace coldforge::sim {
namespace {

enum class Tag : std::uint32_t {
  Result = 0x0cf0'0001,
  UserError = 0x0cf0'0002,
  InternalError = 0x0cf0'0003
};

struct Header {
  Tag tag;
  std::uint64_t size;
};

/// The text of a UserError that was put together in the child.
class ForwardedUserError : public UserError {
 public:
  explicit ForwardedUserError(const std::string& text)
      : UserError(text.substr(0, text.find(": ")),
                  text.find(": ") == std::string::npos ? "" : text.substr(text.find(": ") + 2)) {}
};

void write_all(int descriptor, const void* data, std::size_t size) {
  const char* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = ::write(descriptor, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) ::_exit(1);  // the parent has gone or has cancelled
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}

void send(int descriptor, Tag tag, const std::string& bytes) {
  Header header{};
  header.tag = tag;
  header.size = bytes.size();
  write_all(descriptor, &header, sizeof(header));
  write_all(descriptor, bytes.data(), bytes.size());
}

std::string describe_death(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was killed by signal {}", WTERMSIG(status));
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
    return fmt::format("ended with code {}", WEXITSTATUS(status));
  }
  return "ended without an answer";
}

class ChildRun : public Machine::Pending {
 public:
  explicit ChildRun(int descriptor) : descriptor_(descriptor) {}
  ~ChildRun() override { cancel(); }
  ChildRun(const ChildRun&) = delete;
  ChildRun& operator=(const ChildRun&) = delete;

  int descriptor() const override { return descriptor_; }

  bool ready() override {
    while (!complete() && !ended_ && read_some()) {
    }
    return complete() || ended_;
  }

  RunResult finish() override {
    while (!ready()) {
      pollfd poll_descriptor{descriptor_, POLLIN, 0};
      ::poll(&poll_descriptor, 1, -1);
    }
    const int status = reap();
    if (!complete()) throw InfrastructureError("the process of a run " + describe_death(status));
    const Header header = this->header();
    const std::string_view body =
        std::string_view(bytes_).substr(sizeof(pid_t) + sizeof(Header), header.size);
    switch (header.tag) {
      case Tag::Result:
        return from_bytes(body);
      case Tag::UserError:
        throw ForwardedUserError(std::string(body));
      case Tag::InternalError:
        throw InternalError(std::string(body));
    }
    throw InfrastructureError("the process of a run answered nonsense");
  }

  void cancel() override {
    if (descriptor_ < 0) return;  // it is over
    while (!has_pid() && !ended_) {
      pollfd poll_descriptor{descriptor_, POLLIN, 0};
      if (!read_some() && !ended_) ::poll(&poll_descriptor, 1, -1);
    }
    if (has_pid()) ::kill(pid(), SIGKILL);
    reap();
  }

 private:
  bool has_pid() const { return bytes_.size() >= sizeof(pid_t); }
  pid_t pid() const {
    pid_t pid = 0;
    std::memcpy(&pid, bytes_.data(), sizeof(pid));
    return pid;
  }
  bool has_header() const { return bytes_.size() >= sizeof(pid_t) + sizeof(Header); }
  Header header() const {
    Header header;
    std::memcpy(&header, bytes_.data() + sizeof(pid_t), sizeof(header));
    return header;
  }
  bool complete() const {
    return has_header() && bytes_.size() - sizeof(pid_t) - sizeof(Header) >= header().size;
  }

  /// False if nothing is there now.
  bool read_some() {
    char chunk[32 * 1024];
    const ssize_t got = ::read(descriptor_, chunk, sizeof(chunk));
    if (got > 0) bytes_.append(chunk, static_cast<std::size_t>(got));
    if (got > 0 && has_header() && bytes_.size() <= sizeof(chunk)) {
      // What a broken child claims is not believed without end.
      bytes_.reserve(sizeof(pid_t) + sizeof(Header) +
                     std::min<std::uint64_t>(header().size, std::uint64_t{1} << 28));
    }
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) ended_ = true;
    return got > 0 || (got < 0 && errno == EINTR);
  }

  int reap() {
    int status = 0;
    if (descriptor_ >= 0) {
      while (has_pid() && ::waitpid(pid(), &status, 0) < 0 && errno == EINTR) {
      }
      ::close(descriptor_);
      descriptor_ = -1;
    }
    ended_ = true;
    return status;
  }

  int descriptor_;  ///< -1: the child has been waited for
  std::string bytes_;
  bool ended_ = false;  ///< nothing more will come
};

}  // namespace

[[noreturn]] void run_child(const std::function<RunResult()>& run, int descriptor, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_DUMPABLE, 0);  // the parent reports a crash; nobody wants its core file
  if (::getppid() != parent) ::_exit(1);
  std::signal(SIGPIPE, SIG_IGN);
  const pid_t self = ::getpid();
  write_all(descriptor, &self, sizeof(self));
  try {
    send(descriptor, Tag::Result, to_bytes(run()));
  } catch (const UserError& error) {
    send(descriptor, Tag::UserError, error.what());
  } catch (const std::exception& error) {
    send(descriptor, Tag::InternalError, error.what());
  }
  // No destructors: the parent owns what they would flush.
  ::_exit(0);
}

std::unique_ptr<Machine::Pending> start_child(const std::function<RunResult()>& run) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw InfrastructureError(fmt::format("no pipe for a run: {}", std::strerror(errno)));
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    const int reason = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    throw InfrastructureError(fmt::format("no process for a run: {}", std::strerror(reason)));
  }
  if (pid == 0) {
    ::close(ends[0]);
    run_child(run, ends[1], parent);
  }
  ::close(ends[1]);
  return watch_child(ends[0]);
}

std::unique_ptr<Machine::Pending> watch_child(int descriptor) {
  ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  ::fcntl(descriptor, F_SETPIPE_SZ,
          1 << 20);  // fewer turns for large results; its failure costs only time
  return std::make_unique<ChildRun>(descriptor);
}

}  // namespace coldforge::sim
