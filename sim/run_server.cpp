// One message asks for a run: a memory file with its input and the end of a pipe for its answer
// (child.h). The server reads nothing else and answers nothing.
#include "sim/run_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>

#include "sim/base/error.h"
#include "sim/child.h"
#include "sim/result_io.h"

namespace coldforge::sim {
namespace {

/// Where the server keeps its socket; no other descriptor of ours stays open in it.
constexpr int kServerSocket = 3;

struct Request {
  int input = -1;
  int answer = -1;
};

/// A letter that carries the descriptors of a request.
struct Message {
  Message() {
    header.msg_iov = &content;
    header.msg_iovlen = 1;
    header.msg_control = room;
    header.msg_controllen = sizeof(room);
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  char letter = 0;
  iovec content{&letter, 1};
  msghdr header{};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(Request))] = {};
};

[[noreturn]] void give_up(const char* what, int reason) {
  throw InfrastructureError(fmt::format("{}: {}", what, std::strerror(reason)));
}

bool send_request(int socket, const Request& request) {
  Message message;
  cmsghdr* const rights = CMSG_FIRSTHDR(&message.header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(Request));
  std::memcpy(CMSG_DATA(rights), &request, sizeof(Request));
  ssize_t sent = 0;
  while ((sent = ::sendmsg(socket, &message.header, MSG_NOSIGNAL)) < 0 && errno == EINTR) {
  }
  return sent == 1;
}

/// False when the other side is gone.
bool receive_request(int socket, Request& request) {
  Message message;
  ssize_t got = 0;
  while ((got = ::recvmsg(socket, &message.header, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  const cmsghdr* const rights = CMSG_FIRSTHDR(&message.header);
  if (got != 1 || rights == nullptr) return false;
  std::memcpy(&request, CMSG_DATA(rights), sizeof(Request));
  return true;
}

RunResult run_request(const RunServer::Run& run, int input) {
  struct stat status {};
  if (::fstat(input, &status) != 0) give_up("the input of a run", errno);
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, input, 0);
  if (bytes == MAP_FAILED) give_up("the input of a run", errno);
  const RunInput job = input_from_bytes({static_cast<const char*>(bytes), size});
  return run(job.program, job.buffers, job.options);
}

[[noreturn]] void serve(const RunServer::Run& run, int socket, pid_t parent) {
  ::dup2(socket, kServerSocket);
  // What is open in the parent must be closed when the parent closes it.
  ::close_range(kServerSocket + 1, ~0U, 0);
  Request request;
  while (receive_request(kServerSocket, request)) {
    // The parent waits for the run's process, so it has to be its child. There is one thread here
    // and no lock, so that nothing is lost by going past the C library.
    const long pid = ::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, 0);
    if (pid == 0) {
      ::close(kServerSocket);
      run_child([&] { return run_request(run, request.input); }, request.answer, parent);
    }
    ::close(request.input);
    ::close(request.answer);  // without a process, the parent reads that there is no answer
  }
  ::_exit(0);
}

/// Owns a descriptor.
struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number;
};

void write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) give_up("the input of a run", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

RunServer::RunServer(const Run& run) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    give_up("no socket for runs", errno);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) serve(run, ends[1], parent);
  const int reason = errno;
  ::close(ends[1]);
  socket_ = ends[0];
  if (pid_ < 0) {
    ::close(socket_);
    give_up("no process for runs", reason);
  }
}

RunServer::~RunServer() {
  ::close(socket_);  // which ends it
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::unique_ptr<Machine::Pending> RunServer::start(const Program& program,
                                                   const std::vector<Buffer>& buffers,
                                                   const RunOptions& options) {
  const Descriptor input(::memfd_create("coldforge-run", MFD_CLOEXEC));
  if (input.number < 0) give_up("no memory file for a run", errno);
  write_all(input.number, to_bytes(program, buffers, options));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) give_up("no pipe for a run", errno);
  const Descriptor answer(ends[1]);
  std::unique_ptr<Machine::Pending> pending = watch_child(ends[0]);
  if (!send_request(socket_, {input.number, answer.number}))
    throw InfrastructureError("the process that starts runs is gone");
  return pending;
}

}  // namespace coldforge::sim
