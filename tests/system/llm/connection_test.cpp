// Connections that fail below HTTP: certificates, wrong protocols, proxies, endless headers.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "sim/base/file.h"
#include "tests/support/program.h"
#include "tests/support/test_certificate.h"
#include "tests/system/llm/client.h"
#include "tests/system/llm/raw_listener.h"

using namespace coldforge;
using namespace coldforge::testing;
using agent::llm::ChatAnswer;
using agent::llm::ChatStatus;
using agent::llm::Provider;
using Catch::Matchers::Contains;

namespace {

ChatAnswer ask(Provider provider, int retries = 1) {
  provider.retries = retries;
  return Client(provider, "sk-secret-1").ask();
}

void check_fails(const ChatAnswer& answer, ChatStatus status, int attempts,
                 const std::vector<std::string>& words) {
  INFO(answer.reason);
  CHECK(answer.status == status);
  CHECK(answer.attempts == attempts);
  for (const std::string& word : words) CHECK_THAT(answer.reason, Contains(word));
  CHECK_THAT(answer.reason, !Contains("sk-secret-1"));
}

}  // namespace

TEST_CASE("a self-signed certificate is refused until ca_file names it", "[llm]") {
  const TestCertificate certificate;
  LlmServerOptions options;
  options.certificate = &certificate;
  LlmServer server({}, options);
  Provider provider = provider_at(server.base_url());
  check_fails(ask(provider), ChatStatus::Fatal, 1, {"certificate is not trusted", "ca_file"});
  CHECK(server.call_count() == 0);

  ScratchFolder folder;
  provider.ca_file = folder / "ca.pem";
  certificate.write_pem(provider.ca_file);
  CHECK(ask(provider).status == ChatStatus::Answered);

  const TestCertificate another;
  another.write_pem(provider.ca_file);
  check_fails(ask(provider), ChatStatus::Fatal, 1, {"certificate is not trusted"});
  write_file_atomic(provider.ca_file, "no certificate");
  check_fails(ask(provider), ChatStatus::Fatal, 1, {"certificate", "ca_file"});
}

TEST_CASE("http and https mixed up say so", "[llm]") {
  const TestCertificate certificate;
  LlmServerOptions options;
  options.certificate = &certificate;
  LlmServer with_tls({}, options);
  LlmServer without_tls;
  Provider provider = provider_at("https" + without_tls.base_url().substr(4));
  check_fails(ask(provider), ChatStatus::Fatal, 2, {"cannot be reached at https://"});
  provider = provider_at("http" + with_tls.base_url().substr(5));
  check_fails(ask(provider), ChatStatus::Failed, 2, {"connection broke", "http or https"});
}

TEST_CASE("a connection that is closed before it answers is tried again, then fails", "[llm]") {
  RawListener listener("");
  check_fails(ask(provider_at(listener.base_url())), ChatStatus::Failed, 2, {"connection broke"});
}

TEST_CASE("a connection that breaks under TLS is tried again", "[llm]") {
  const TestCertificate certificate;
  LlmServerOptions options;
  options.certificate = &certificate;
  const Reply whole = chat_reply("Hello");
  LlmServer server(
      [&](const Call& call) {
        return call.ordinal % 2 == 1 ? whole : first_bytes(whole, 40, End::Drop);
      },
      options);
  ScratchFolder folder;
  Provider provider = provider_at(server.base_url());
  provider.ca_file = folder / "ca.pem";
  certificate.write_pem(provider.ca_file);
  Client client(provider);
  for (int i = 0; i < 3; ++i) {
    const ChatAnswer answer = client.ask();
    INFO(answer.reason);
    CHECK(answer.status == ChatStatus::Answered);
    CHECK(answer.attempts == 2);
  }
}

TEST_CASE("a server sees a connection end although a forked process holds it, too", "[llm]") {
  const std::string body = body_of(chat_reply("Hello"));
  RawListener listener("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body,
                       RawListener::After::Wait);
  pid_t child = -1;
  {
    Client client(provider_at(listener.base_url()));
    REQUIRE(client.ask().status == ChatStatus::Answered);
    child = ::fork();
    if (child == 0) {
      ::pause();
      ::_exit(0);
    }
    CHECK(listener.departures() == 0);  // kept for the next request
  }
  for (int i = 0; i < 200 && listener.departures() == 0; ++i) ::usleep(10'000);
  CHECK(listener.departures() == 1);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_CASE("what speaks no HTTP ends the run", "[llm]") {
  RawListener listener("SSH-2.0-OpenSSH_9.2\r\n");
  check_fails(ask(provider_at(listener.base_url())), ChatStatus::Fatal, 1, {"does not speak HTTP"});
}

TEST_CASE("endless headers are a broken connection", "[llm]") {
  std::string headers = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 20000; ++i) headers += "X-More: 0123456789012345678901234567890123456789\r\n";
  RawListener listener(headers);
  check_fails(ask(provider_at(listener.base_url())), ChatStatus::Failed, 2, {"connection broke"});
}

TEST_CASE("a host without address and a proxy that is not there say so", "[llm]") {
  Provider provider = provider_at("http://no-such-host.invalid/v1");
  check_fails(ask(provider), ChatStatus::Fatal, 2, {"cannot be reached at http://no-such-host"});
  std::string gone;
  {
    RawListener listener("");
    gone = listener.base_url();
  }
  LlmServer server;
  provider = provider_at("http://coldforge.invalid/v1");
  provider.proxy = gone.substr(0, gone.size() - 3);
  check_fails(ask(provider), ChatStatus::Fatal, 2, {"cannot be reached", "proxy"});
}

TEST_CASE("a proxy is used if one is set", "[llm]") {
  // To a proxy, the whole address is asked; the test server answers any host.
  LlmServer server;
  Provider provider = provider_at("http://coldforge.invalid/v1");
  provider.proxy = server.base_url().substr(0, server.base_url().size() - 3);
  const ChatAnswer answer = ask(provider);
  INFO(answer.reason);
  CHECK(answer.attempts == 1);
  CHECK(answer.status == ChatStatus::Fatal);  // reached, but it knows no path with a host in it
  CHECK_THAT(answer.reason, Contains("404"));
}
