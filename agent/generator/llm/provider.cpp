#include "agent/generator/llm/provider.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <variant>
#include <vector>

#include "isa/json_file.h"
#include "sim/base/error.h"

namespace coldforge::agent::llm {
namespace {

using nlohmann::ordered_json;

constexpr char kDefaultFile[] = ".coldforge/llm.json";
constexpr double kDay = 86400.0;
constexpr std::int64_t kMany = 1'000'000'000'000;

/// One key of the file. Texts have no range.
struct Field {
  const char* key;
  std::variant<std::string Provider::*, std::int64_t Provider::*, double Provider::*,
               bool Provider::*>
      member;
  double low = 0.0;
  double high = 0.0;
};

const std::vector<Field>& fields() {
  static const std::vector<Field> all = {
      {"base_url", &Provider::base_url},
      {"model", &Provider::model},
      {"name", &Provider::name},
      {"key_variable", &Provider::key_variable},
      {"stream", &Provider::stream},
      {"embedding_model", &Provider::embedding_model},
      {"embedding_dims", &Provider::embedding_dims, 0, 65536},
      {"requests_per_minute", &Provider::requests_per_minute, 0, kMany},
      {"tokens_per_minute", &Provider::tokens_per_minute, 0, kMany},
      {"concurrency", &Provider::concurrency, 1, 1024},
      {"connect_timeout_s", &Provider::connect_timeout_s, 0.001, kDay},
      {"idle_timeout_s", &Provider::idle_timeout_s, 0.001, kDay},
      {"total_timeout_s", &Provider::total_timeout_s, 0.001, kDay},
      {"retries", &Provider::retries, 0, 100},
      {"retry_wait_max_s", &Provider::retry_wait_max_s, 0, kDay},
      {"answer_bytes_max", &Provider::answer_bytes_max, 1024, 1 << 30},
      {"ca_file", &Provider::ca_file},
      {"proxy", &Provider::proxy},
      {"key_over_plain_http", &Provider::key_over_plain_http},
  };
  return all;
}

[[noreturn]] void wrong(const std::string& where, const ordered_json& value,
                        const std::string& right) {
  throw UserError(
      where + " = " + value.dump(-1, ' ', false, ordered_json::error_handler_t::replace), right);
}

void set_field(Provider& provider, const Field& field, const ordered_json& value,
               const std::string& where) {
  if (const auto* text = std::get_if<std::string Provider::*>(&field.member)) {
    if (!value.is_string()) wrong(where, value, "must be a text");
    provider.*(*text) = value.get<std::string>();
  } else if (const auto* flag = std::get_if<bool Provider::*>(&field.member)) {
    if (!value.is_boolean()) wrong(where, value, "must be true or false");
    provider.*(*flag) = value.get<bool>();
  } else {
    const auto* whole = std::get_if<std::int64_t Provider::*>(&field.member);
    const bool is_right = whole != nullptr ? value.is_number_integer() : value.is_number();
    if (!is_right || !(value.get<double>() >= field.low && value.get<double>() <= field.high)) {
      wrong(where, value,
            fmt::format("must be a {} from {:.12g} to {:.12g}",
                        whole != nullptr ? "whole number" : "number", field.low, field.high));
    }
    if (whole != nullptr) {
      provider.*(*whole) = value.get<std::int64_t>();
    } else {
      provider.*(*std::get_if<double Provider::*>(&field.member)) = value.get<double>();
    }
  }
}

void set_prices(Provider& provider, const ordered_json& table, const std::string& where) {
  const isa::JsonEntry prices(table, where);
  for (const std::string& model : prices.keys()) {
    const isa::JsonEntry entry = prices.child(model);
    entry.only({"prompt", "completion"});
    Price price;
    for (const auto& [key, target] :
         {std::pair{"prompt", &price.prompt}, std::pair{"completion", &price.completion}}) {
      if (!entry.has(key)) entry.fail(fmt::format("needs \"{}\": dollars per million tokens", key));
      const ordered_json& value = table.at(model).at(key);
      if (!value.is_number() || !(value.get<double>() >= 0.0 && value.get<double>() <= 1e6))
        wrong(entry.where() + "." + key, value, "must be dollars per million tokens, 0 to 1000000");
      *target = value.get<double>();
    }
    provider.prices[model] = price;
  }
}

void set_extra(Provider& provider, const ordered_json& value, const std::string& where) {
  if (!value.is_object()) wrong(where, value, "must be an object of request parameters");
  for (const char* ours : {"model", "messages", "stream", "input"}) {
    if (value.contains(ours))
      throw UserError(where, fmt::format("must not set \"{}\": it is set by each request", ours));
  }
  provider.extra_parameters = value.dump();
}

void read_from_file(Provider& provider, const std::string& file) {
  const ordered_json json = isa::read_json(file, file);
  for (const auto& [key, value] : json.items()) {
    const std::string where = file + ": " + key;
    bool is_known = true;
    if (key == "prices") {
      set_prices(provider, value, where);
    } else if (key == "extra_parameters") {
      set_extra(provider, value, where);
    } else {
      is_known = false;
      for (const Field& field : fields()) {
        if (key != field.key) continue;
        set_field(provider, field, value, where);
        is_known = true;
      }
    }
    if (is_known) continue;
    std::vector<std::string> known;
    for (const Field& field : fields()) known.emplace_back(field.key);
    known.insert(known.end(), {"prices", "extra_parameters"});
    throw UserError(where, "unknown key; known are " + isa::list_of(known));
  }
}

std::string variable_of(const std::string& key) {
  std::string name = "COLDFORGE_LLM_";
  for (const char c : key) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

void read_from_environment(Provider& provider, const Environment& environment) {
  // Texts come as they are, everything else is what would stand in the file.
  for (const Field& field : fields()) {
    const std::string variable = variable_of(field.key);
    const auto text = environment(variable);
    if (!text) continue;
    const bool is_text = std::holds_alternative<std::string Provider::*>(field.member);
    const ordered_json parsed =
        is_text ? ordered_json(*text) : ordered_json::parse(*text, nullptr, /*exceptions=*/false);
    set_field(provider, field, parsed.is_discarded() ? ordered_json(*text) : parsed, variable);
  }
  const std::string variable = variable_of("extra_parameters");
  if (const auto text = environment(variable)) {
    const ordered_json parsed = ordered_json::parse(*text, nullptr, /*exceptions=*/false);
    set_extra(provider, parsed.is_discarded() ? ordered_json(*text) : parsed, variable);
  }
}

bool is_this_machine(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host.rfind("127.", 0) == 0;
}

bool has_user(const std::string& url) {
  const std::size_t begin = url.find("://");
  const std::size_t from = begin == std::string::npos ? 0 : begin + 3;
  const std::size_t at = url.find('@', from);
  return at != std::string::npos && at < url.find('/', from);
}

/// What no single key can show.
void check(Provider& provider, const std::string& where) {
  const auto need = [&](const std::string& value, const char* key, const char* example) {
    if (!value.empty()) return;
    throw UserError(where, fmt::format("needs \"{}\" (or {}), for example \"{}\"", key,
                                       variable_of(key), example));
  };
  need(provider.base_url, "base_url", "http://localhost:11434/v1");
  need(provider.model, "model", "qwen2.5-coder:7b");
  while (provider.base_url.back() == '/') provider.base_url.pop_back();
  const bool is_https = provider.base_url.rfind("https://", 0) == 0;
  const bool is_plain = provider.base_url.rfind("http://", 0) == 0;
  if (has_user(provider.base_url))
    throw UserError(where + ": base_url",
                    "must hold no user or password: name the key's variable in \"key_variable\"");
  if (!(is_https || is_plain) || host_of(provider.base_url).empty())
    throw UserError(where + ": base_url = \"" + provider.base_url + "\"",
                    "must be http://HOST/v1 or https://HOST/v1");
  if (provider.base_url.find_first_of("?# \t\r\n") != std::string::npos)
    throw UserError(where + ": base_url = \"" + provider.base_url + "\"",
                    "must have neither blanks nor ? nor #");
  if (has_user(provider.proxy))
    throw UserError(where + ": proxy",
                    "must hold no user or password: set https_proxy in the environment instead");
  if (is_plain && !provider.key_variable.empty() && !provider.key_over_plain_http &&
      !is_this_machine(host_of(provider.base_url))) {
    throw UserError(
        where + ": base_url = \"" + provider.base_url + "\"",
        "would send the key unencrypted: use https, or set \"key_over_plain_http\": true");
  }
  if (provider.name.empty()) provider.name = host_of(provider.base_url);
  if (!provider.ca_file.empty() && !std::filesystem::exists(provider.ca_file))
    throw UserError(where + ": ca_file = \"" + provider.ca_file + "\"", "no such file");
}

}  // namespace

std::optional<Price> Provider::price_of(const std::string& of_model) const {
  for (const std::string& key : {of_model, std::string("*")}) {
    if (const auto found = prices.find(key); found != prices.end()) return found->second;
  }
  return std::nullopt;
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Provider load_provider(const std::optional<std::string>& file, const Environment& environment) {
  std::optional<std::string> path = file;
  if (!path) path = environment("COLDFORGE_LLM_CONFIG");
  if (!path && std::filesystem::exists(kDefaultFile)) path = kDefaultFile;
  Provider provider;
  if (path) read_from_file(provider, *path);
  read_from_environment(provider, environment);
  check(provider,
        path.value_or("language model (no --llm-config, no " + std::string(kDefaultFile) + ")"));
  return provider;
}

std::string read_key(const Provider& provider, const Environment& environment) {
  if (provider.key_variable.empty()) return "";
  const auto key = environment(provider.key_variable);
  const std::string where = "environment variable " + provider.key_variable;
  if (!key || key->empty())
    throw UserError(where, "is not set: it must hold the key of " + provider.name);
  for (const char c : *key) {
    if (c <= ' ' || c > '~')
      throw UserError(where, "must hold printable characters without blanks or line ends");
  }
  return *key;
}

std::string host_of(const std::string& url) {
  const std::size_t begin = url.find("://");
  if (begin == std::string::npos) return "";
  const std::string authority = url.substr(begin + 3, url.find('/', begin + 3) - (begin + 3));
  if (!authority.empty() && authority.front() == '[')
    return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

}  // namespace coldforge::agent::llm
