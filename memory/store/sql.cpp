#include "memory/store/sql.h"

#include <sqlite3.h>

#include "sim/base/error.h"

namespace coldforge::memory {

Database::Database(std::string name, const std::string& location, int flags)
    : name_(std::move(name)) {
  const int code = sqlite3_open_v2(location.c_str(), &handle_, flags, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_extended_result_codes(handle_, 1);
    return;
  }
  struct Closer {
    sqlite3* handle;
    ~Closer() { sqlite3_close(handle); }
  } closer{handle_};
  fail(code);
}

Database::~Database() { sqlite3_close(handle_); }

void Database::fail(int code) const {
  const std::string reason =
      handle_ != nullptr ? sqlite3_errmsg(handle_) : std::string(sqlite3_errstr(code));
  switch (code & 0xff) {
    case SQLITE_NOTADB:
      throw UserError(name_, "is not a memory bank: no SQLite database");
    case SQLITE_CORRUPT:
      throw UserError(name_, "is damaged: keep a copy, then import an export into a new bank");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      throw UserError(name_, "cannot be opened: check that its folder exists and may be written");
    case SQLITE_READONLY:
      throw UserError(name_, "cannot be written: check the permissions of the file and its folder");
    case SQLITE_FULL:
      throw InfrastructureError(
          name_ + ": disk full: nothing was stored, and nothing stored before is lost");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw InfrastructureError(name_ +
                                ": another process holds the bank: try again when it is done");
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      throw InfrastructureError(name_ + ": " + reason +
                                ": nothing was stored, and nothing stored before is lost");
    default:
      throw InternalError(name_ + ": SQLite: " + reason);
  }
}

void Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

bool Database::try_execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return true;
  if ((code & 0xff) == SQLITE_BUSY) return false;
  fail(code);
}

std::int64_t Database::query_integer(const std::string& sql) {
  Statement statement(*this, sql.c_str());
  return statement.step() ? statement.integer() : 0;
}

Statement::Statement(Database& database, const char* sql) : database_(database) {
  check(sqlite3_prepare_v2(database.handle(), sql, -1, &statement_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::check(int code) {
  if (code != SQLITE_OK) database_.fail(code);
}

Statement& Statement::bind(std::string_view text) {
  // An empty view may have no address, which SQLite takes for NULL.
  const char* begin = text.empty() ? "" : text.data();
  check(sqlite3_bind_text64(statement_, ++parameter_, begin, text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  check(sqlite3_bind_int64(statement_, ++parameter_, number));
  return *this;
}

Statement& Statement::bind(double number) {
  check(sqlite3_bind_double(statement_, ++parameter_, number));
  return *this;
}

Statement& Statement::bind_bytes(const void* bytes, std::size_t size) {
  check(sqlite3_bind_blob64(statement_, ++parameter_, bytes, size, SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_null() {
  check(sqlite3_bind_null(statement_, ++parameter_));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  column_ = 0;
  if (code == SQLITE_ROW) return true;
  reset();
  if (code != SQLITE_DONE) database_.fail(code);
  return false;
}

void Statement::run() { CF_CHECK(!step(), "a statement that answers rows needs step()"); }

void Statement::reset() {
  sqlite3_reset(statement_);
  parameter_ = 0;
  column_ = 0;
}

std::int64_t Statement::integer() { return sqlite3_column_int64(statement_, column_++); }

double Statement::real() { return sqlite3_column_double(statement_, column_++); }

std::string Statement::text() {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column_));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column_++));
  return text == nullptr ? std::string() : std::string(text, size);
}

std::string Statement::bytes() {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column_));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column_++));
  return bytes == nullptr ? std::string() : std::string(bytes, size);
}

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
  // A deferred transaction that reads and then writes is refused at once when another process wrote
  // meanwhile, whatever the time-out; a writer therefore takes the lock first.
  database_.execute(kind == Kind::Write ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED");
}

Transaction::~Transaction() {
  // After some errors SQLite has rolled back by itself.
  if (is_open_ && sqlite3_get_autocommit(database_.handle()) == 0) {
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  is_open_ = false;
}

}  // namespace coldforge::memory
