#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace coldforge::agent::llm {

struct HttpOptions {
  double connect_timeout_s = 10.0;  ///< name, connection and TLS
  double idle_timeout_s = 120.0;    ///< silence between two bytes
  double total_timeout_s = 900.0;
  std::string ca_file;  ///< empty: the system's
  std::string proxy;    ///< empty: the environment's; "none": none
};

struct HttpRequest {
  std::string url;
  std::string body;  ///< JSON, sent by POST; empty: GET
  std::string key;   ///< sent as bearer token; empty: none
  bool first_byte_may_be_late =
      false;  ///< silence counts from the first byte of the answer on only
};

/// What comes before the body.
struct HttpHead {
  int status = 0;
  std::string content_type;  ///< lower case, without parameters
  std::string retry_after;
  std::string location;
};

enum class HttpFailure : std::uint8_t {
  None,         ///< an answer came whole, whatever its status
  Unreachable,  ///< no name, no connection, no TLS
  Untrusted,    ///< its certificate was refused, or there are none to check it with
  NotHttp,      ///< what came is no HTTP
  Silent,       ///< idle time-out
  TooLong,      ///< total time-out
  Dropped,      ///< the connection broke
  Stopped,      ///< the reader wanted no more
};

struct HttpResult {
  HttpFailure failure = HttpFailure::None;
  HttpHead head;
  std::string detail;  ///< curl's words for the failure
};

/// Sends requests by libcurl, each on a connection of its own that is kept for the next. For any
/// number of threads; blocks until the answer is whole. Only http and https; certificates are
/// verified; redirects are not followed, so that a key goes nowhere else; answers are not
/// decompressed, so that a small one cannot become large.
class HttpClient {
 public:
  /// Called with each piece of the body; false ends the request as Stopped.
  using Reader = std::function<bool(const HttpHead& head, std::string_view bytes)>;

  explicit HttpClient(HttpOptions options);
  ~HttpClient();

  HttpResult send(const HttpRequest& request, const Reader& reader);

 private:
  class Pool;
  const HttpOptions options_;
  const std::unique_ptr<Pool> pool_;
};

}  // namespace coldforge::agent::llm
