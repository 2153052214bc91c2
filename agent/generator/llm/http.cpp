#include "agent/generator/llm/http.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "sim/base/error.h"

namespace coldforge::agent::llm {
namespace {

using Time = std::chrono::steady_clock::time_point;

Time now() { return std::chrono::steady_clock::now(); }
double seconds_since(Time then) { return std::chrono::duration<double>(now() - then).count(); }
long to_ms(double seconds) { return std::max(1L, static_cast<long>(seconds * 1000.0)); }

void initialise_curl() {
  static const CURLcode code = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  CF_CHECK(code == CURLE_OK, "libcurl does not start");
}

/// A connection that is kept: the multi handle owns it, the easy handle is set anew for each use.
struct Connection {
  Connection() : multi(::curl_multi_init()), easy(::curl_easy_init()) {
    if (multi == nullptr || easy == nullptr) throw std::bad_alloc();
    ::curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1L);
  }
  ~Connection() {
    ::curl_easy_cleanup(easy);
    ::curl_multi_cleanup(multi);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  CURLM* const multi;
  CURL* const easy;
};

class HeaderList {
 public:
  ~HeaderList() { ::curl_slist_free_all(list_); }
  void add(const std::string& line) { list_ = ::curl_slist_append(list_, line.c_str()); }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

/// One request under way; what curl's callbacks write to.
struct Transfer {
  explicit Transfer(const HttpClient::Reader& body_reader) : reader(body_reader) {}
  const HttpClient::Reader& reader;
  HttpHead head;
  Time last_byte = now();
  bool has_begun = false;  // the first byte of the answer came
  bool is_stopped = false;
  std::exception_ptr thrown;  // by the reader; curl is C
  char error[CURL_ERROR_SIZE] = "";
};

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.last_byte = now();
  transfer.has_begun = true;
  const std::string line(data, size * count);
  if (line.rfind("HTTP/", 0) == 0) {  // of the answer, after those of "100 Continue"
    transfer.head = HttpHead{};
    transfer.head.status = std::atoi(line.c_str() + std::min(line.find(' '), line.size()));
    return size * count;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) return size * count;
  const std::string name = lower(line.substr(0, colon)), value = trimmed(line.substr(colon + 1));
  if (name == "content-type")
    transfer.head.content_type = trimmed(lower(value.substr(0, value.find(';'))));
  if (name == "retry-after") transfer.head.retry_after = value;
  if (name == "location") transfer.head.location = value;
  return size * count;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.last_byte = now();
  try {
    transfer.is_stopped = !transfer.reader(transfer.head, {data, size * count});
  } catch (...) {
    transfer.thrown = std::current_exception();
    transfer.is_stopped = true;
  }
  return transfer.is_stopped ? 0 : size * count;
}

// The evaluator forks processes that may outlive a connection and hold its socket, too. The server
// shall see it end nevertheless, and a compiler shall not inherit it.
int on_open(void*, curl_socket_t socket, curlsocktype) {
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  return CURL_SOCKOPT_OK;
}

int on_close(void*, curl_socket_t socket) {
  ::shutdown(socket, SHUT_RDWR);
  return ::close(socket);
}

HttpFailure failure_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return HttpFailure::None;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_OPERATION_TIMEDOUT:  // only that of connecting is left to curl
      return HttpFailure::Unreachable;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CERTPROBLEM:
      return HttpFailure::Untrusted;
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9: any bytes
    case CURLE_URL_MALFORMAT:
    case CURLE_WEIRD_SERVER_REPLY:
      return HttpFailure::NotHttp;
    default:
      return HttpFailure::Dropped;
  }
}

void set_up(CURL* easy, const HttpRequest& request, const HttpOptions& options,
            const HeaderList& headers, Transfer& transfer) {
  const auto set = [easy](CURLoption option, auto value) {
    const CURLcode code = ::curl_easy_setopt(easy, option, value);
    CF_CHECK(code == CURLE_OK, std::string("libcurl: ") + ::curl_easy_strerror(code));
  };
  ::curl_easy_reset(easy);  // keeps the connection
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(transfer.error));
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_SOCKOPTFUNCTION, on_open);
  set(CURLOPT_CLOSESOCKETFUNCTION, on_close);
  set(CURLOPT_USERAGENT, "coldforge");
  set(CURLOPT_HTTPHEADER, headers.get());
  if (!request.body.empty()) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.c_str());
  }
  set(CURLOPT_CONNECTTIMEOUT_MS, to_ms(options.connect_timeout_s));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  if (!options.proxy.empty())
    set(CURLOPT_PROXY, options.proxy == "none" ? "" : options.proxy.c_str());
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_HEADERFUNCTION, on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
}

bool is_connected(CURL* easy) {
  curl_off_t ready_us = 0;
  ::curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
  return ready_us > 0;
}

/// Runs one transfer to its end or to a time-out of ours.
HttpFailure run(const Connection& connection, const HttpRequest& request,
                const HttpOptions& options, Transfer& transfer) {
  constexpr double kLongestPoll_s = 0.5;
  const Time start = now();
  bool was_connected = false;
  for (;;) {
    int running = 0;
    const CURLMcode code = ::curl_multi_perform(connection.multi, &running);
    CF_CHECK(code == CURLM_OK, std::string("libcurl: ") + ::curl_multi_strerror(code));
    if (running == 0) break;
    if (!was_connected && is_connected(connection.easy)) {
      was_connected = true;
      transfer.last_byte = std::max(transfer.last_byte, now());
    }
    double left_s = options.total_timeout_s - seconds_since(start);
    if (left_s <= 0.0) return HttpFailure::TooLong;
    if (was_connected && (transfer.has_begun || !request.first_byte_may_be_late)) {
      const double idle_left_s = options.idle_timeout_s - seconds_since(transfer.last_byte);
      if (idle_left_s <= 0.0) return HttpFailure::Silent;
      left_s = std::min(left_s, idle_left_s);
    }
    ::curl_multi_poll(connection.multi, nullptr, 0,
                      static_cast<int>(to_ms(std::min(left_s, kLongestPoll_s))), nullptr);
  }
  int left = 0;
  const CURLMsg* message = ::curl_multi_info_read(connection.multi, &left);
  CF_CHECK(message != nullptr && message->msg == CURLMSG_DONE, "libcurl: a transfer without end");
  const CURLcode code = message->data.result;
  if (transfer.is_stopped) return HttpFailure::Stopped;
  if (code != CURLE_OK && transfer.error[0] == '\0')
    std::snprintf(transfer.error, sizeof transfer.error, "%s", ::curl_easy_strerror(code));
  return failure_of(code);
}

}  // namespace

/// Connections that are not in use; as many as there were requests at a time.
class HttpClient::Pool {
 public:
  std::unique_ptr<Connection> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<Connection>();
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  void give_back(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

HttpClient::HttpClient(HttpOptions options)
    : options_(std::move(options)), pool_(std::make_unique<Pool>()) {
  initialise_curl();
}
HttpClient::~HttpClient() = default;

HttpResult HttpClient::send(const HttpRequest& request, const Reader& reader) {
  HeaderList headers;
  headers.add("Content-Type: application/json");
  headers.add("Accept: application/json, text/event-stream");
  headers.add("Expect:");  // no round trip before a large body
  if (!request.key.empty()) headers.add("Authorization: Bearer " + request.key);

  Transfer transfer(reader);
  std::unique_ptr<Connection> connection = pool_->take();
  set_up(connection->easy, request, options_, headers, transfer);
  ::curl_multi_add_handle(connection->multi, connection->easy);
  const HttpFailure failure = run(*connection, request, options_, transfer);
  ::curl_multi_remove_handle(connection->multi, connection->easy);  // closes what is not whole
  pool_->give_back(std::move(connection));
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  return {failure, std::move(transfer.head), static_cast<const char*>(transfer.error)};
}

}  // namespace coldforge::agent::llm
