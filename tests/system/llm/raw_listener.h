#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

namespace coldforge::testing {

/// A port that reads the beginning of what comes and answers with some bytes, whatever they are:
/// for what no HTTP server would do. Then it ends its side, or waits for the other to leave.
class RawListener {
 public:
  enum class After { End, Wait };
  explicit RawListener(std::string answer, After after = After::End)
      : answer_(std::move(answer)), after_(after), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, any, &size) != 0) {
      throw std::runtime_error("no free port on the loopback interface");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~RawListener() {
    ::shutdown(listener_, SHUT_RDWR);  // ends accept()
    thread_.join();
    ::close(listener_);
  }
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;

  std::string base_url(const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port_) + "/v1";
  }

  /// Connections that the other side left.
  int departures() const { return departures_; }

 private:
  void serve() {
    for (;;) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      char request[65536];
      if (::recv(connection, request, sizeof request, 0) > 0)
        ::send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      if (after_ == After::End) ::shutdown(connection, SHUT_WR);
      while (::recv(connection, request, sizeof request, 0) > 0) {
      }
      ::close(connection);
      ++departures_;
    }
  }

  const std::string answer_;
  const After after_;
  const int listener_;
  int port_ = 0;
  std::atomic<int> departures_{0};
  std::thread thread_;
};

}  // namespace coldforge::testing
