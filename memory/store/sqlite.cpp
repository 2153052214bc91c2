#include <sqlite3.h>

#include <chrono>
#include <map>
#include <thread>

#include "memory/store/common.h"
#include "memory/store/schema.h"
#include "memory/store/sql.h"
#include "memory/store/sqlite_read.h"
#include "memory/store/sqlite_vectors.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

/// "file:" URI of a database that nobody can change; special characters of the path escaped.
std::string immutable_uri(const std::filesystem::path& path) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    if (c == '%' || c == '?' || c == '#') {
      uri += {'%', kHex[c >> 4 & 15], kHex[c & 15]};
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

/// Writes the rows of one round. The caller holds the transaction.
class RoundWriter {
 public:
  RoundWriter(Database& database, std::int64_t space) : database_(database), space_(space) {}

  /// `contents` and `item_digests`: of the batch's items.
  void write(const RoundBatch& batch, const std::string& digest,
             const std::vector<std::string>& contents, const std::vector<std::string>& item_digests,
             std::int64_t sequence);
  /// The row of an item, 0 if the bank does not have it.
  std::int64_t row_of(const std::string& digest);

 private:
  void write_items(const RoundBatch& batch, const std::vector<std::string>& contents,
                   const std::vector<std::string>& digests);
  void write_outcomes(const RoundBatch& batch);
  void write_retrievals(const RoundBatch& batch);
  /// The values that the batch's outcomes will touch, as they are now.
  ValueState load_values(const RoundBatch& batch);
  void store_normalisers(const ValueState& values);

  Database& database_;
  const std::int64_t space_;
  std::int64_t round_ = 0;
  std::map<std::string, std::int64_t> rows_;
};

std::int64_t RoundWriter::row_of(const std::string& digest) {
  if (const auto found = rows_.find(digest); found != rows_.end()) return found->second;
  Statement find(database_, "SELECT sequence FROM item WHERE digest = ?");
  find.bind(digest);
  const std::int64_t row = find.step() ? find.integer() : 0;
  if (row != 0) rows_[digest] = row;
  return row;
}

void RoundWriter::write(const RoundBatch& batch, const std::string& digest,
                        const std::vector<std::string>& contents,
                        const std::vector<std::string>& item_digests, std::int64_t sequence) {
  round_ = sequence;
  Statement insert(database_, "INSERT INTO round VALUES(?, ?, ?, ?, ?, 0)");
  insert.bind(sequence).bind(batch.round_id).bind(digest).bind(batch.snapshot_sequence);
  insert.bind(config_text(batch.config)).run();
  write_items(batch, contents, item_digests);
  write_outcomes(batch);
  write_retrievals(batch);
  Statement finish(database_,
                   "UPDATE round SET items_after = (SELECT coalesce(max(sequence), 0) FROM item) "
                   "WHERE sequence = ?");
  finish.bind(sequence).run();
}

void RoundWriter::write_items(const RoundBatch& batch, const std::vector<std::string>& contents,
                              const std::vector<std::string>& digests) {
  std::int64_t next = database_.query_integer("SELECT coalesce(max(sequence), 0) FROM item") + 1;
  Statement insert(database_,
                   "INSERT INTO item(sequence, digest, content, seed) VALUES(?, ?, ?, ?)");
  Statement insert_vector(database_, "INSERT INTO vector VALUES(?, ?, ?)");
  Statement insert_link(database_, "INSERT INTO round_item VALUES(?, ?, ?)");
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    const Item& item = batch.items[i];
    std::int64_t row = row_of(digests[i]);
    if (row == 0) {
      row = next++;
      rows_[digests[i]] = row;
      const Embedding embedding = embed(item);
      insert.bind(row).bind(digests[i]).bind(contents[i]);
      insert.bind(static_cast<std::int64_t>(item.seed)).run();
      insert_vector.bind(space_).bind(row).bind_bytes(embedding.data(), embedding.size()).run();
    }
    insert_link.bind(round_).bind(static_cast<std::int64_t>(i)).bind(row).run();
  }
}

ValueState RoundWriter::load_values(const RoundBatch& batch) {
  ValueState values;
  Statement find(database_, "SELECT stage, key, q0, q, n FROM q WHERE item = ?");
  const auto load = [&](const std::string& item) {
    find.bind(row_of(item));
    while (find.step()) {
      QRow row;
      row.item = item;
      row.stage = static_cast<int>(find.integer());
      row.key = find.text();
      row.entry.q0 = find.real();
      row.entry.q = find.real();
      row.entry.n = find.integer();
      values.set(row);
    }
  };
  for (const Outcome& outcome : batch.outcomes) {
    for (const std::string& item : outcome.used) load(item);
    if (!outcome.new_start_point.empty()) load(outcome.new_start_point);
  }
  read_normalisers(database_, values);
  return values;
}

void RoundWriter::write_outcomes(const RoundBatch& batch) {
  if (batch.outcomes.empty()) return;
  ValueState values = load_values(batch);
  std::int64_t next = database_.query_integer("SELECT coalesce(max(sequence), 0) FROM outcome") + 1;
  Statement insert(database_, "INSERT INTO outcome VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  Statement find_event(database_, "SELECT 1 FROM outcome WHERE event_id = ?");
  Statement insert_credit(database_, "INSERT INTO credit VALUES(?, ?, ?, ?, ?, ?, ?)");
  Statement upsert_q(database_,
                     "INSERT INTO q VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(item, stage, key) "
                     "DO UPDATE SET q = excluded.q, n = excluded.n");
  for (const Outcome& outcome : batch.outcomes) {
    find_event.bind(outcome.event_id);
    if (find_event.step()) refuse_event(outcome.event_id, database_.name());
    const FoldedOutcome folded = values.apply(outcome, batch.config);
    const std::int64_t sequence = next++;
    insert.bind(sequence).bind(round_).bind(outcome.event_id).bind(outcome.slot).bind(outcome.task);
    insert.bind(outcome.stage).bind(outcome.key).bind(outcome.reward).bind(folded.normalised);
    if (outcome.new_start_point.empty()) {
      insert.bind_null();
    } else {
      insert.bind(row_of(outcome.new_start_point));
    }
    if (outcome.without) {
      insert.bind(*outcome.without).run();
    } else {
      insert.bind_null().run();
    }
    std::int64_t position = 0;
    for (const Credit& credit : folded.credits) {
      insert_credit.bind(sequence).bind(position++).bind(row_of(credit.item)).bind(outcome.stage);
      insert_credit.bind(credit.key).bind(credit.n).bind(credit.alpha).run();
    }
    for (const QRow& row : folded.rows) {
      upsert_q.bind(row_of(row.item)).bind(row.stage).bind(row.key);
      upsert_q.bind(row.entry.q0).bind(row.entry.q).bind(row.entry.n).run();
    }
  }
  store_normalisers(values);
}

void RoundWriter::store_normalisers(const ValueState& values) {
  Statement store(database_, "INSERT OR REPLACE INTO normaliser VALUES(?, ?, ?, ?)");
  for (int stage = 1; stage <= kStages; ++stage) {
    const NormaliserState& state = values.normaliser(stage);
    store.bind(stage).bind(state.count).bind(state.mean).bind(state.second_moment).run();
  }
}

void RoundWriter::write_retrievals(const RoundBatch& batch) {
  std::int64_t next =
      database_.query_integer("SELECT coalesce(max(sequence), 0) FROM retrieval") + 1;
  Statement insert(database_, "INSERT INTO retrieval VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  Statement insert_item(database_, "INSERT INTO retrieval_item VALUES(?, ?, ?, ?)");
  for (const RetrievalRecord& record : batch.retrievals) {
    const std::int64_t sequence = next++;
    insert.bind(sequence).bind(round_).bind(record.slot).bind(record.task).bind(record.stage);
    insert.bind(record.key).bind(record.purpose).bind(record.policy);
    insert.bind(record.pool_size).bind(record.epsilon).run();
    std::int64_t position = 0;
    for (const ChosenItem& choice : record.chosen) {
      insert_item.bind(sequence).bind(position++).bind(row_of(choice.item));
      insert_item.bind(choice.propensity).run();
    }
  }
}

class SqliteStore : public Store {
 public:
  SqliteStore(const std::filesystem::path& path, const StoreOptions& options)
      : name_(path.string()), mode_(options.mode) {
    open(path, options);
  }

  const std::string& name() const override { return name_; }

  std::int64_t sequence() const override {
    return database_->query_integer("SELECT coalesce(max(sequence), 0) FROM round");
  }

  std::optional<StoredRound> find_round(const std::string& round_id) const override {
    Statement find(*database_,
                   "SELECT sequence, digest, snapshot, config FROM round WHERE round_id = ?");
    find.bind(round_id);
    if (!find.step()) return std::nullopt;
    StoredRound round;
    round.sequence = find.integer();
    round.digest = find.text();
    round.batch.round_id = round_id;
    round.batch.snapshot_sequence = find.integer();
    round.batch.config = config_from_text(find.text(), name_);
    return round;
  }

  CommitResult commit(const RoundBatch& batch) override {
    if (mode_ == OpenMode::Read) throw UserError(name_, "is open for reading only");
    check_batch(batch);
    std::vector<std::string> contents, digests;
    for (const Item& item : batch.items) {
      contents.push_back(item_content(item));
      digests.push_back(digest_of(contents.back()));
    }
    const std::string digest = batch_digest(batch, digests);

    Transaction transaction(*database_, Transaction::Kind::Write);
    if (const auto stored = find_round(batch.round_id))
      return answer_to_retry(*stored, digest, name_);
    RoundWriter writer(*database_, space_);
    check_references(
        batch, digests, [&](const std::string& item) { return writer.row_of(item) != 0; }, name_);
    const std::int64_t round = sequence() + 1;
    writer.write(batch, digest, contents, digests, round);
    transaction.commit();
    return {round, true};
  }

  BankSlice read(const ReadRequest& request) const override {
    Transaction transaction(*database_, Transaction::Kind::Read);
    const bool is_builtin = request.space.empty() || request.space == builtin_space().id;
    const std::int64_t space = is_builtin ? space_ : find_space(*database_, request.space);
    return read_slice(*database_, space, sequence(), request);
  }

  std::vector<StoredSpace> spaces() const override {
    Transaction transaction(*database_, Transaction::Kind::Read);
    return read_spaces(*database_);
  }

  void add_vectors(const Space& space, const std::vector<ItemVector>& vectors) override {
    if (mode_ == OpenMode::Read) throw UserError(name_, "is open for reading only");
    check_vectors(space, vectors);
    Transaction transaction(*database_, Transaction::Kind::Write);
    write_vectors(*database_, space, vectors);
    transaction.commit();
  }

  void drop_space(const std::string& id) override {
    if (mode_ == OpenMode::Read) throw UserError(name_, "is open for reading only");
    CF_CHECK(id != builtin_space().id, "the built-in space stays");
    Transaction transaction(*database_, Transaction::Kind::Write);
    remove_space(*database_, id);
    transaction.commit();
  }

  std::vector<std::string> check_integrity() const override {
    std::vector<std::string> findings;
    Statement integrity(*database_, "PRAGMA integrity_check");
    while (integrity.step()) {
      const std::string line = integrity.text();
      if (line != "ok") findings.push_back("integrity check: " + line);
    }
    Statement keys(*database_, "PRAGMA foreign_key_check");
    while (keys.step()) {
      const std::string table = keys.text();
      findings.push_back("table " + table + " refers to a row that does not exist");
    }
    return findings;
  }

 private:
  void open(const std::filesystem::path& path, const StoreOptions& options);
  void connect(const std::filesystem::path& path, const StoreOptions& options);
  /// True if the file is a bank, false if it is empty; throws if it is something else.
  bool is_bank() const;
  void use_write_ahead_log(int timeout_ms);
  void create();
  void upgrade();
  void check_space();

  const std::string name_;
  const OpenMode mode_;
  std::unique_ptr<Database> database_;
  std::int64_t space_ = 0;
};

void SqliteStore::connect(const std::filesystem::path& path, const StoreOptions& options) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
  if (mode_ == OpenMode::Read) flags |= SQLITE_OPEN_READONLY;
  if (mode_ != OpenMode::Read) flags |= SQLITE_OPEN_READWRITE;
  if (mode_ == OpenMode::Create) flags |= SQLITE_OPEN_CREATE;
  // A leading "./" keeps a path that begins with "file:" from being read as a URI.
  const std::string location = path.is_absolute() ? path.string() : "./" + path.string();
  database_ = std::make_unique<Database>(name_, location, flags);
  const std::string busy = "PRAGMA busy_timeout=" + std::to_string(options.lock_timeout_ms);
  database_->execute(busy);
  if (mode_ != OpenMode::Read) return;
  try {
    database_->query_integer("PRAGMA user_version");
  } catch (const UserError&) {
    // A write-ahead log wants a file beside it even for reading. Where the folder cannot be written
    // and no log is left over, nobody writes, and the file can be read as it is.
    if (std::filesystem::exists(name_ + "-wal")) throw;
    database_ = std::make_unique<Database>(name_, immutable_uri(path), flags);
    database_->query_integer("PRAGMA user_version");
  }
}

void SqliteStore::open(const std::filesystem::path& path, const StoreOptions& options) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw UserError(name_, "is a folder, not a memory bank");
  if (mode_ != OpenMode::Create && !std::filesystem::exists(path, error)) {
    throw UserError(name_, "no such memory bank");
  }
  if (mode_ == OpenMode::Create && path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), error);
  }
  connect(path, options);
  const bool is_new = !is_bank();
  if (is_new && mode_ != OpenMode::Create)
    throw UserError(name_, "is not a memory bank: the file is empty");
  database_->execute("PRAGMA foreign_keys=ON");
  if (mode_ != OpenMode::Read) {
    if (is_new) database_->execute("PRAGMA page_size=8192");
    use_write_ahead_log(options.lock_timeout_ms);
    database_->execute(options.durability == Durability::Full ? "PRAGMA synchronous=FULL"
                                                              : "PRAGMA synchronous=NORMAL");
    database_->execute("PRAGMA wal_autocheckpoint=2000");
  }
  if (is_new) create();
  if (!is_new && mode_ != OpenMode::Read) upgrade();
  check_space();
}

void SqliteStore::use_write_ahead_log(int timeout_ms) {
  // Two processes that create one bank meet here, and SQLite tells one of them at once that it is
  // busy.
  constexpr int kPauseMs = 5;
  const std::string pragma = "PRAGMA journal_mode=WAL";
  for (int waited_ms = 0; waited_ms < timeout_ms; waited_ms += kPauseMs) {
    if (database_->try_execute(pragma)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(kPauseMs));
  }
  database_->execute(pragma);
}

bool SqliteStore::is_bank() const {
  Transaction transaction(*database_, Transaction::Kind::Read);
  const std::int64_t tables = database_->query_integer("SELECT count(*) FROM sqlite_master");
  const std::int64_t application = database_->query_integer("PRAGMA application_id");
  const std::int64_t version = database_->query_integer("PRAGMA user_version");
  if (tables == 0 && application == 0) return false;
  if (application != kApplicationId) {
    throw UserError(name_, "is not a memory bank, but an SQLite database of another program");
  }
  if (version > kSchemaVersion) {
    throw UserError(name_, "has format " + std::to_string(version) +
                               ", this coldforge knows formats up to " +
                               std::to_string(kSchemaVersion) + ": use a newer coldforge");
  }
  return true;
}

/// A bank that is only read stays in its format: readers know the older ones.
void SqliteStore::upgrade() {
  if (database_->query_integer("PRAGMA user_version") == kSchemaVersion) return;
  Transaction transaction(*database_, Transaction::Kind::Write);
  // Another process may have been faster.
  if (database_->query_integer("PRAGMA user_version") == kSchemaVersion) return;
  database_->execute(kAddWithout);
  database_->execute("PRAGMA user_version=" + std::to_string(kSchemaVersion));
  transaction.commit();
}

void SqliteStore::create() {
  Transaction transaction(*database_, Transaction::Kind::Write);
  // Another process may have been faster.
  if (database_->query_integer("SELECT count(*) FROM sqlite_master") != 0) return;
  database_->execute(kSchema);
  database_->execute("PRAGMA application_id=" + std::to_string(kApplicationId));
  database_->execute("PRAGMA user_version=" + std::to_string(kSchemaVersion));
  const Space& space = builtin_space();
  Statement insert(*database_, "INSERT INTO space(name, dims, probe) VALUES(?, ?, ?)");
  insert.bind(space.id).bind(space.dims).bind(space.probe).run();
  transaction.commit();
}

void SqliteStore::check_space() {
  const Space& space = builtin_space();
  Statement find(*database_, "SELECT id, probe FROM space WHERE name = ?");
  find.bind(space.id);
  if (!find.step())
    throw UserError(name_, "has no vectors of space " + space.id + ": export and import it");
  space_ = find.integer();
  if (find.text() != space.probe) {
    throw UserError(name_, "vectors of space " + space.id +
                               " were made by another program: export and import it");
  }
}

}  // namespace

std::unique_ptr<Store> make_sqlite_store(const std::filesystem::path& path,
                                         const StoreOptions& options) {
  return std::make_unique<SqliteStore>(path, options);
}

}  // namespace coldforge::memory
