#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace coldforge::isa {

/// Reads a JSON file whose root is an object; `shown` is how errors name the file. Throws UserError
/// with line and column for a syntax error, and for a key that occurs twice in one object (JSON
/// parsers keep either silently).
nlohmann::ordered_json read_json(const std::string& path, const std::string& shown);

/// `"vec", "left" and "acc"` for messages: the names, comma-separated, in the order given.
std::string list_of(const std::vector<std::string>& names);

/// An object of a description together with its place ("isa/spec/matrix.json: tmatmul"), so that
/// every error names both.
class JsonEntry {
 public:
  /// Throws UserError(where, "must be an object") if it is none. `json` must outlive the entry.
  JsonEntry(const nlohmann::ordered_json& json, std::string where);

  const std::string& where() const { return where_; }
  bool has(std::string_view key) const;
  std::vector<std::string> keys() const;
  /// Throws UserError for a key that is not among `known`, listing them.
  void only(std::initializer_list<const char*> known) const;

  std::string text(std::string_view key) const;
  std::string text_or(std::string_view key, std::string_view otherwise) const;
  std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high) const;
  bool flag_or(std::string_view key, bool otherwise) const;
  bool is_text(std::string_view key) const;
  /// The object under `key`, its place extended by the key.
  JsonEntry child(std::string_view key) const;

  [[noreturn]] void fail(std::string_view problem) const;
  [[noreturn]] void fail(std::string_view key, std::string_view problem) const;

 private:
  const nlohmann::ordered_json& at(std::string_view key) const;

  const nlohmann::ordered_json* json_;
  std::string where_;
};

}  // namespace coldforge::isa
