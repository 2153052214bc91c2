#include "agent/generator/llm/provider_error.h"

#include <nlohmann/json.hpp>

namespace coldforge::agent::llm {
namespace {

using nlohmann::json;

std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  return "";
}

std::string member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? "" : text_of(*found);
}

void read_detail(const json& detail, ProviderError& error) {
  if (detail.is_string()) error.message = detail.get<std::string>();
  if (!detail.is_array() || detail.empty() || !detail[0].is_object()) return;
  // FastAPI: [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]
  error.message = member(detail[0], "msg");
  const auto place = detail[0].find("loc");
  if (place != detail[0].end() && place->is_array() && !place->empty())
    error.param = text_of(place->back());
}

void read_object(const json& object, ProviderError& error) {
  error.message = member(object, "message");
  error.code = member(object, "code");
  if (error.code.empty()) error.code = member(object, "type");
  error.param = member(object, "param");
  if (const auto detail = object.find("detail"); detail != object.end())
    read_detail(*detail, error);
}

}  // namespace

ProviderError parse_error(std::string_view body) {
  ProviderError error;
  const json whole = json::parse(body, nullptr, /*allow_exceptions=*/false);
  const json& root = whole.is_array() && !whole.empty() ? whole[0] : whole;
  if (root.is_object()) {
    const auto inner = root.find("error");
    if (inner != root.end() && inner->is_string()) {
      error.message = inner->get<std::string>();
    } else {
      read_object(inner != root.end() && inner->is_object() ? *inner : root, error);
    }
  }
  if (error.message.empty()) error.message = std::string(body.substr(0, 1000));
  return error;
}

std::string without_key(std::string text, const std::string& key) {
  constexpr std::string_view kBlot = "***";
  constexpr std::size_t kShortestSecret = 12;
  if (key.size() < kShortestSecret) return text;
  for (std::size_t at = text.find(key); at != std::string::npos;
       at = text.find(key, at + kBlot.size()))
    text.replace(at, key.size(), kBlot);
  return text;
}

std::string clean_text(std::string_view text, const std::string& key, std::size_t bytes_max) {
  const std::string known = without_key(std::string(text.substr(0, 16 * bytes_max)), key);
  std::string line;
  for (const char c : known) {
    const bool is_blank = (c >= 0 && c <= ' ') || c == 127;
    if (!is_blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  // Through a JSON text and back: what is no UTF-8 becomes U+FFFD.
  const auto valid = [](const std::string& bytes) {
    return json::parse(json(bytes).dump(-1, ' ', false, json::error_handler_t::replace))
        .get<std::string>();
  };
  line = valid(line);
  if (line.size() <= bytes_max) return line;
  line.resize(bytes_max);
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0) == 0x80) line.pop_back();
  if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xC0) line.pop_back();
  return line + "...";
}

}  // namespace coldforge::agent::llm
