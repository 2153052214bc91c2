#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace coldforge::agent::llm {

/// What a model costs, in US dollars per million tokens.
struct Price {
  double prompt = 0.0;
  double completion = 0.0;  ///< reasoning included
};

/// Where a model answers and what may be asked of it. The keys of the configuration file have the
/// names of the fields. Durations are seconds, 0 of a limit means: none.
struct Provider {
  std::string base_url;      ///< up to and with the version: "http://localhost:11434/v1"
  std::string model;         ///< as the provider names it
  std::string name;          ///< for records and a run's identity; empty: the host of base_url
  std::string key_variable;  ///< environment variable that holds the key; empty: no key is sent
  bool stream = true;        ///< answers as server-sent events: silence is noticed early

  std::string embedding_model;      ///< empty: no embeddings of this provider
  std::int64_t embedding_dims = 0;  ///< asked of the model; 0: as many as it gives

  std::int64_t requests_per_minute = 0;
  std::int64_t tokens_per_minute = 0;  ///< prompt and completion together
  std::int64_t concurrency = 16;       ///< requests under way at a time

  double connect_timeout_s = 10.0;  ///< name, connection and TLS
  double idle_timeout_s = 120.0;    ///< silence; of a plain answer only once it has begun
  double total_timeout_s = 900.0;   ///< one request, from the first to the last byte
  std::int64_t retries = 5;         ///< requests after the first that failed, for one answer
  double retry_wait_max_s = 60.0;   ///< longest pause; a server that asks for more is given up
  std::int64_t answer_bytes_max = 8 << 20;  ///< of an answer's text; more ends it as a failure

  std::string ca_file;  ///< PEM; empty: the system's certificates
  std::string proxy;    ///< URL; empty: http_proxy and the like of the environment; "none": none
  bool key_over_plain_http = false;  ///< allows a key on an unencrypted way beyond this machine

  std::map<std::string, Price> prices;  ///< by model; "*" is any other
  std::string extra_parameters = "{}";  ///< JSON object, sent with every chat request

  /// Of a model; none if the table does not know it (local models cost nothing).
  std::optional<Price> price_of(const std::string& of_model) const;
};

/// The value of an environment variable, or none.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

/// The configuration: `file`, else the file that COLDFORGE_LLM_CONFIG names, else
/// .coldforge/llm.json if it exists, else nothing; over it COLDFORGE_LLM_<KEY IN CAPITALS> for
/// every key but `prices`. Throws UserError (file or variable, key, what would be right) for a file
/// that is missing or wrong, an unknown key, a value out of range, or if base_url or model are not
/// given.
Provider load_provider(const std::optional<std::string>& file, const Environment& environment);

/// The key, empty if the provider needs none. Throws UserError if its variable is not set or holds
/// what cannot be a key. The only place that reads it; it is never logged, recorded or shown.
std::string read_key(const Provider& provider, const Environment& environment);

/// Host of a URL ("https://api.openai.com:443/v1" -> "api.openai.com"), empty if there is none.
std::string host_of(const std::string& url);

}  // namespace coldforge::agent::llm
