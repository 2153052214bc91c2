#include "isa/json_file.h"

#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::isa {

using nlohmann::ordered_json;

namespace {
constexpr int kMaxDepth = 32;  // a description needs 6
}

ordered_json read_json(const std::string& path, const std::string& shown) {
  const std::string text = read_file(path);
  std::vector<std::set<std::string>> open_objects;
  std::string twice;
  bool too_deep = false;
  const auto watch = [&](int depth, ordered_json::parse_event_t event, ordered_json& parsed) {
    too_deep = too_deep || depth > kMaxDepth;
    if (event == ordered_json::parse_event_t::object_start) open_objects.emplace_back();
    if (event == ordered_json::parse_event_t::object_end) open_objects.pop_back();
    if (event == ordered_json::parse_event_t::key) {
      const auto key = parsed.get<std::string>();
      if (!open_objects.back().insert(key).second && twice.empty()) twice = key;
    }
    return true;
  };
  ordered_json json;
  try {
    json = ordered_json::parse(text, watch);
  } catch (const ordered_json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error ...": the
    // place is enough.
    std::string message = error.what();
    message = message.substr(message.find("] ") + 2);
    if (message.rfind("parse error at ", 0) == 0) message = message.substr(15);
    throw UserError(shown, "is not JSON: " + message);
  }
  if (too_deep) {
    throw UserError(shown, "is nested deeper than " + std::to_string(kMaxDepth) + " levels");
  }
  if (!twice.empty()) throw UserError(shown, "key \"" + twice + "\" occurs twice in one object");
  if (!json.is_object()) throw UserError(shown, "must be an object");
  return json;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

JsonEntry::JsonEntry(const ordered_json& json, std::string where)
    : json_(&json), where_(std::move(where)) {
  if (!json.is_object()) fail("must be an object");
}

void JsonEntry::fail(std::string_view problem) const { throw UserError(where_, problem); }

void JsonEntry::fail(std::string_view key, std::string_view problem) const {
  throw UserError(where_ + ": " + std::string(key), problem);
}

bool JsonEntry::has(std::string_view key) const { return json_->contains(std::string(key)); }

std::vector<std::string> JsonEntry::keys() const {
  std::vector<std::string> names;
  for (const auto& item : json_->items()) names.push_back(item.key());
  return names;
}

void JsonEntry::only(std::initializer_list<const char*> known) const {
  for (const auto& key : keys()) {
    bool found = false;
    for (const char* name : known) found = found || key == name;
    if (!found) fail(key, "unknown; known are " + list_of({known.begin(), known.end()}));
  }
}

const ordered_json& JsonEntry::at(std::string_view key) const {
  const auto found = json_->find(std::string(key));
  if (found == json_->end()) fail(key, "missing");
  return *found;
}

std::string JsonEntry::text(std::string_view key) const {
  const auto& value = at(key);
  if (!value.is_string()) fail(key, "must be a string");
  // Texts end up in one-line comments of generated sources.
  for (const char c : value.get_ref<const std::string&>()) {
    if (static_cast<unsigned char>(c) < ' ') fail(key, "must be one line of text");
  }
  return value.get<std::string>();
}

std::string JsonEntry::text_or(std::string_view key, std::string_view otherwise) const {
  return has(key) ? text(key) : std::string(otherwise);
}

std::int64_t JsonEntry::integer(std::string_view key, std::int64_t low, std::int64_t high) const {
  const auto& value = at(key);
  // Unsigned values above 2^63 - 1 would wrap in get<int64_t>; as double they fail the range.
  if (!value.is_number_integer() || value.get<double>() < static_cast<double>(low) ||
      value.get<double>() > static_cast<double>(high)) {
    fail(std::string(key) + " = " + value.dump(),
         "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value.get<std::int64_t>();
}

bool JsonEntry::flag_or(std::string_view key, bool otherwise) const {
  if (!has(key)) return otherwise;
  const auto& value = at(key);
  if (!value.is_boolean()) fail(key, "must be true or false");
  return value.get<bool>();
}

bool JsonEntry::is_text(std::string_view key) const { return at(key).is_string(); }

JsonEntry JsonEntry::child(std::string_view key) const {
  return JsonEntry(at(key), where_ + ": " + std::string(key));
}

}  // namespace coldforge::isa
