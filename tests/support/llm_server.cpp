#include "tests/support/llm_server.h"

#include <httplib.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "sim/base/random.h"
#include "tests/support/test_certificate.h"

namespace coldforge::testing {
namespace {

using nlohmann::ordered_json;
using Seconds = std::chrono::duration<double>;

/// Counts busy slots and integrates them over time.
class Slots {
 public:
  explicit Slots(int count) : free_(count) {}

  void stop() {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    stopped_.notify_all();
    freed_.notify_all();
  }
  void take() {
    std::unique_lock lock(mutex_);
    advance();
    at_last_arrival_ = {area_, time_};
    freed_.wait(lock, [this] { return free_ > 0 || is_stopped_; });
    advance();
    --free_;
    ++busy_;
    peak_ = std::max(peak_, busy_);
  }
  void give_back() {
    const std::lock_guard lock(mutex_);
    advance();
    ++free_;
    --busy_;
    freed_.notify_one();
  }
  /// False if the server stops meanwhile.
  bool wait(double seconds) {
    std::unique_lock lock(mutex_);
    return !stopped_.wait_for(lock, Seconds(seconds), [this] { return is_stopped_; });
  }
  void wait_for_stop() {
    std::unique_lock lock(mutex_);
    stopped_.wait(lock, [this] { return is_stopped_; });
  }
  void start_sampling() {
    const std::lock_guard lock(mutex_);
    last_ = std::chrono::steady_clock::now();
    area_ = time_ = 0.0;
    at_last_arrival_ = {0.0, 0.0};
    peak_ = busy_;
  }
  Occupancy occupancy() const {
    const std::lock_guard lock(mutex_);
    const auto [area, time] = at_last_arrival_;
    return {time > 0.0 ? area / time : 0.0, peak_, time};
  }

 private:
  void advance() {
    const auto now = std::chrono::steady_clock::now();
    const double passed = Seconds(now - last_).count();
    area_ += passed * busy_;
    time_ += passed;
    last_ = now;
  }

  mutable std::mutex mutex_;
  std::condition_variable freed_, stopped_;
  int free_;
  int busy_ = 0, peak_ = 0;
  bool is_stopped_ = false;
  double area_ = 0.0, time_ = 0.0;  // slot-seconds, seconds
  std::pair<double, double> at_last_arrival_{0.0, 0.0};
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// One slot, from the arrival of a request until its answer is out.
class BusySlot {
 public:
  explicit BusySlot(Slots& slots) : slots_(slots) { slots_.take(); }
  ~BusySlot() { slots_.give_back(); }
  BusySlot(const BusySlot&) = delete;
  BusySlot& operator=(const BusySlot&) = delete;

 private:
  Slots& slots_;
};

/// Writes the pieces; false tells the HTTP library to close the connection.
bool write_pieces(const Reply& reply, Slots& slots, httplib::DataSink& sink) {
  for (const Piece& piece : reply.pieces) {
    for (std::size_t i = 0; i < piece.times; ++i) {
      if (piece.pause_s > 0.0 && !slots.wait(piece.pause_s)) return false;
      if (!sink.write(piece.bytes.data(), piece.bytes.size())) return false;
    }
  }
  if (reply.end == End::Stall) slots.wait_for_stop();
  return reply.end == End::Whole;
}

std::size_t length_of(const Reply& reply) {
  std::size_t length = 0;
  for (const Piece& piece : reply.pieces) length += piece.bytes.size() * piece.times;
  return std::max(length, reply.length_bytes);
}

Reply default_script(const Call& call) {
  if (call.path == "/v1/embeddings") return hash_vectors(call, 64);
  return reply_as_asked(call, "Hello");
}

}  // namespace

class LlmServer::Impl {
 public:
  Impl(Script script, const LlmServerOptions& options)
      : script_(script ? std::move(script) : default_script),
        options_(options),
        slots_(options.slots) {
    if (options.certificate == nullptr) {
      server_ = std::make_unique<httplib::Server>();
    } else {
      server_ = std::make_unique<httplib::SSLServer>(options.certificate->certificate(),
                                                     options.certificate->private_key());
    }
    // A connection keeps its thread: enough for all slots, those that wait, and some that are idle.
    const auto threads = static_cast<std::size_t>(options.slots) + 64;
    server_->new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
    server_->set_tcp_nodelay(true);
    server_->set_keep_alive_max_count(1'000'000);
    server_->set_keep_alive_timeout(1);
    const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
      serve(request, response);
    };
    server_->Post("/v1/chat/completions", answer);
    server_->Post("/v1/embeddings", answer);
    server_->Get("/v1/models", answer);
    port_ = server_->bind_to_any_port("127.0.0.1");
    if (port_ <= 0) throw std::runtime_error("no free port on the loopback interface");
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) std::this_thread::yield();
  }

  ~Impl() {
    slots_.stop();
    server_->stop();
    thread_.join();
  }

  int port() const { return port_; }
  bool is_tls() const { return options_.certificate != nullptr; }
  Slots& slots() { return slots_; }
  int call_count() const {
    const std::lock_guard lock(mutex_);
    return call_count_;
  }
  std::vector<Call> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  Call arrival(const httplib::Request& request) {
    const std::lock_guard lock(mutex_);
    const Call call{request.path, request.body, request.get_header_value("Authorization"),
                    call_count_++};
    if (options_.keep_calls) calls_.push_back(call);
    return call;
  }

  Reply decide(const Call& call) const {
    if (!options_.key.empty() && call.authorization != "Bearer " + options_.key) {
      // As hosted services do, with the key in the message.
      return error_reply(401, "Incorrect API key provided: " + call.authorization,
                         "invalid_api_key");
    }
    if (call.path == "/v1/models") {
      const std::string model = options_.model.empty() ? "test-model-1" : options_.model;
      return raw_reply(ordered_json{{"object", "list"}, {"data", {{{"id", model}}}}}.dump());
    }
    const ordered_json body = ordered_json::parse(call.body, nullptr, /*exceptions=*/false);
    if (!body.is_object()) return error_reply(400, "the request is not JSON");
    if (!options_.model.empty() && body.value("model", "") != options_.model) {
      return error_reply(404, "The model `" + body.value("model", "") + "` does not exist",
                         "model_not_found");
    }
    return script_(call);
  }

  void serve(const httplib::Request& request, httplib::Response& response) {
    const auto slot = std::make_shared<BusySlot>(slots_);
    const auto reply = std::make_shared<Reply>(decide(arrival(request)));
    response.status = reply->status;
    for (const auto& [name, value] : reply->headers) response.set_header(name, value);
    if (reply->hold_s > 0.0) slots_.wait(reply->hold_s);
    if (length_of(*reply) == 0) return;
    // The slot stays busy until the library has written the answer and lets go of the provider.
    if (reply->content_type == "text/event-stream") {
      response.set_chunked_content_provider(
          reply->content_type, [this, reply, slot](std::size_t, httplib::DataSink& sink) {
            if (!write_pieces(*reply, slots_, sink)) return false;
            sink.done();
            return true;
          });
    } else {
      response.set_content_provider(
          length_of(*reply), reply->content_type,
          [this, reply, slot](std::size_t, std::size_t, httplib::DataSink& sink) {
            return write_pieces(*reply, slots_, sink);
          });
    }
  }

  const Script script_;
  const LlmServerOptions options_;
  Slots slots_;
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  std::thread thread_;
  mutable std::mutex mutex_;
  int call_count_ = 0;
  std::vector<Call> calls_;
};

LlmServer::LlmServer(Script script, const LlmServerOptions& options)
    : impl_(std::make_unique<Impl>(std::move(script), options)) {}
LlmServer::~LlmServer() = default;

int LlmServer::port() const { return impl_->port(); }
std::string LlmServer::base_url() const {
  return (impl_->is_tls() ? "https" : "http") + std::string("://127.0.0.1:") +
         std::to_string(port()) + "/v1";
}
int LlmServer::call_count() const { return impl_->call_count(); }
std::vector<Call> LlmServer::calls() const { return impl_->calls(); }
void LlmServer::start_sampling() { impl_->slots().start_sampling(); }
Occupancy LlmServer::occupancy() const { return impl_->slots().occupancy(); }

Reply reply_as_asked(const Call& call, const std::string& text, const ReplyUsage& usage) {
  const ordered_json body = ordered_json::parse(call.body, nullptr, /*exceptions=*/false);
  const bool is_stream = body.is_object() && body.value("stream", false);
  return is_stream ? stream_reply(text, usage) : chat_reply(text, usage);
}

Reply hash_vectors(const Call& call, int dims) {
  std::vector<std::vector<double>> vectors;
  std::int64_t tokens = 0;
  const ordered_json body = ordered_json::parse(call.body);
  for (const ordered_json& input : body.at("input")) {
    const auto text = input.get<std::string>();
    tokens += static_cast<std::int64_t>(text.size() / 4 + 1);
    Random random(/*seed=*/0, stream_key(text));
    std::vector<double> vector;
    for (int i = 0; i < dims; ++i) vector.push_back(random.uniform() - 0.5);
    vectors.push_back(std::move(vector));
  }
  return embeddings_reply(vectors, tokens);
}

}  // namespace coldforge::testing
