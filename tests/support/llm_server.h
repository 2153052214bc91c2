#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/llm_reply.h"

namespace coldforge::testing {

class TestCertificate;

/// One request as the server got it.
struct Call {
  std::string path;  ///< "/v1/chat/completions"
  std::string body;
  std::string authorization;  ///< "Bearer ..." or empty
  int ordinal = 0;            ///< 0, 1, 2 ... over all requests, in the order of arrival
};

/// How many of the server's slots were answering.
struct Occupancy {
  double mean_busy = 0.0;  ///< over the time between start_sampling() and the last arrival
  int peak_busy = 0;
  double seconds = 0.0;
};

struct LlmServerOptions {
  int slots = 64;     ///< requests answered at a time; others wait, as at a real server
  std::string model;  ///< the only one that it knows; empty: any
  std::string key;    ///< the only one that it takes; empty: any or none
  const TestCertificate* certificate = nullptr;  ///< TLS; must outlive the server
  bool keep_calls = true;                        ///< false: calls() stays empty, for long runs
};

/// Speaks the OpenAI protocol on a free port of the loopback interface: /v1/chat/completions,
/// /v1/embeddings, /v1/models. A script decides each answer of the first two; it may block, which
/// keeps the slot busy. Stops with the object, stalled answers included.
class LlmServer {
 public:
  /// Called by several threads at once.
  using Script = std::function<Reply(const Call& call)>;

  /// Without a script: reply_as_asked() with "Hello" and hash_vectors() of 64 dimensions.
  explicit LlmServer(Script script = {}, const LlmServerOptions& options = {});
  ~LlmServer();

  int port() const;
  std::string base_url() const;  ///< "http://127.0.0.1:PORT/v1"

  int call_count() const;
  std::vector<Call> calls() const;  ///< in the order of arrival

  /// From here on the occupancy of slots is integrated over time.
  void start_sampling();
  Occupancy occupancy() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// chat_reply() or stream_reply(), as the request's "stream" says.
Reply reply_as_asked(const Call& call, const std::string& text, const ReplyUsage& usage = {});
/// Answers an embeddings request: for each input a vector that depends on its bytes only.
Reply hash_vectors(const Call& call, int dims);

}  // namespace coldforge::testing
