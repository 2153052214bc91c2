#include "tests/bench/llm/server_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace coldforge::bench {
namespace {

// The parent writes one letter, the child answers where there is an answer.
constexpr char kStart = 's', kReport = 'r';

template <class T>
void put(int file, const T& value) {
  if (::write(file, &value, sizeof value) != static_cast<ssize_t>(sizeof value)) ::_exit(1);
}

template <class T>
bool get(int file, T& value) {
  return ::read(file, &value, sizeof value) == static_cast<ssize_t>(sizeof value);
}

/// A model writes while it thinks: the time passes between the events of a stream, before a plain
/// answer.
void think(testing::Reply& reply, double seconds) {
  constexpr std::size_t kPauses = 20;
  const std::size_t step = std::max<std::size_t>(1, reply.pieces.size() / kPauses);
  if (reply.pieces.size() < kPauses) {
    reply.hold_s = seconds;
    return;
  }
  const std::size_t pauses = (reply.pieces.size() + step - 1) / step;
  for (std::size_t i = 0; i < reply.pieces.size(); i += step)
    reply.pieces[i].pause_s = seconds / static_cast<double>(pauses);
}

[[noreturn]] void serve(int commands, int answers, int slots, double hold_s, int answer_bytes) {
  const std::string text(static_cast<std::size_t>(answer_bytes), 'x');
  testing::LlmServerOptions options;
  options.slots = slots;
  options.keep_calls = false;
  testing::LlmServer server(
      [&](const testing::Call& call) {
        testing::Reply reply = testing::reply_as_asked(call, text, {100, 200, 0});
        think(reply, hold_s);
        return reply;
      },
      options);
  put(answers, server.port());
  for (char command = 0; get(commands, command);) {
    if (command == kStart) {
      server.start_sampling();
      put(answers, command);
    }
    if (command == kReport) put(answers, server.occupancy());
  }
  ::_exit(0);
}

}  // namespace

ServerProcess::ServerProcess(int slots, double hold_s, int answer_bytes) {
  int commands[2], answers[2];
  if (::pipe(commands) != 0 || ::pipe(answers) != 0) throw std::runtime_error("no pipe");
  child_ = ::fork();
  if (child_ < 0) throw std::runtime_error("no process");
  if (child_ == 0) {
    ::close(commands[1]);
    ::close(answers[0]);
    serve(commands[0], answers[1], slots, hold_s, answer_bytes);
  }
  ::close(commands[0]);
  ::close(answers[1]);
  to_child_ = commands[1];
  from_child_ = answers[0];
  int port = 0;
  if (!get(from_child_, port)) throw std::runtime_error("the server did not start");
  base_url_ = "http://127.0.0.1:" + std::to_string(port) + "/v1";
}

ServerProcess::~ServerProcess() {
  ::close(to_child_);  // ends the child
  ::close(from_child_);
  ::waitpid(child_, nullptr, 0);
}

void ServerProcess::start_sampling() {
  put(to_child_, kStart);
  char done = 0;
  if (!get(from_child_, done)) throw std::runtime_error("the server died");
}

testing::Occupancy ServerProcess::occupancy() {
  put(to_child_, kReport);
  testing::Occupancy occupancy;
  if (!get(from_child_, occupancy)) throw std::runtime_error("the server died");
  return occupancy;
}

}  // namespace coldforge::bench
