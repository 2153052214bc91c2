#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace coldforge::memory {

/// A thin owner of an SQLite connection. Every failure leaves as our own error, with the file's
/// path before it: UserError for what the user can repair (no database, damaged, not permitted),
/// InfrastructureError for what the machine did (full, I/O, locked), InternalError for wrong SQL.
class Database {
 public:
  /// `flags`: SQLITE_OPEN_..., `location`: path or file: URI.
  Database(std::string name, const std::string& location, int flags);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void execute(const std::string& sql);
  /// False if another connection is in the way; SQLite does not always wait for it.
  bool try_execute(const std::string& sql);
  std::int64_t query_integer(const std::string& sql);
  const std::string& name() const { return name_; }
  sqlite3* handle() const { return handle_; }
  [[noreturn]] void fail(int code) const;

 private:
  std::string name_;
  sqlite3* handle_ = nullptr;
};

/// A prepared statement. Parameters are bound in order, then step() or run(); columns are read in
/// order, too:
///   Statement find(db, "SELECT a, b FROM t WHERE c = ?");
///   find.bind(c);  while (find.step()) { const auto a = find.integer(); const auto b =
///   find.text(); }
class Statement {
 public:
  Statement(Database& database, const char* sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(std::string_view text);
  Statement& bind(const char* text) { return bind(std::string_view(text)); }
  Statement& bind(const std::string& text) { return bind(std::string_view(text)); }
  Statement& bind(std::int64_t number);
  Statement& bind(int number) { return bind(static_cast<std::int64_t>(number)); }
  Statement& bind(double number);
  Statement& bind_bytes(const void* bytes, std::size_t size);
  Statement& bind_null();

  /// True while there is a row. After the last one the statement is ready to be bound again.
  bool step();
  /// For statements without rows.
  void run();
  /// Forgets rows not read and bindings.
  void reset();

  std::int64_t integer();
  double real();
  std::string text();
  std::string bytes();

 private:
  void check(int code);
  Database& database_;  // outlives this
  sqlite3_stmt* statement_ = nullptr;
  int parameter_ = 0;
  int column_ = 0;
};

/// Rolls back when it goes out of scope uncommitted.
class Transaction {
 public:
  enum class Kind { Read, Write };
  Transaction(Database& database, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool is_open_ = true;
};

}  // namespace coldforge::memory
