#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "memory/store.h"
#include "memory/verify.h"
#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/random.h"
#include "tests/unit/memory/bank_fixture.h"
#include "tests/unit/memory/failing_vfs.h"

using namespace coldforge;
using namespace coldforge::memory;
using namespace coldforge::memory::test;

namespace {

StoreOptions quick() {
  StoreOptions options;
  options.durability = Durability::Normal;
  return options;
}

StoreOptions reading() {
  StoreOptions options;
  options.mode = OpenMode::Read;
  return options;
}

/// Runs SQL behind the bank's back.
void tamper(const std::filesystem::path& path, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

/// Runs `work` in a child; its exit code, or -signal.
template <typename Work>
pid_t in_child(Work&& work) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  int code = 0;
  try {
    work();
  } catch (const std::exception&) {
    code = 1;
  }
  ::_exit(code);
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// Commits rounds for ever and says so, one byte each.
[[noreturn]] void write_rounds(const std::filesystem::path& path, int acknowledge) {
  const auto store = open_store(path, quick());
  for (int number = static_cast<int>(store->sequence());; ++number) {
    store->commit(make_round(number, 2));
    if (::write(acknowledge, "+", 1) != 1) ::_exit(2);
  }
}

}  // namespace

TEST_CASE("no acknowledged round is lost when the writer is killed", "[memory][faults]") {
  const Folder folder;
  const std::filesystem::path path = folder / "bank.db";
  Random random(21, stream_key("kill"));
  std::int64_t acknowledged = 0;
  // The long form: COLDFORGE_KILLS=2000.
  const char* kills = std::getenv("COLDFORGE_KILLS");
  const int attempts = kills != nullptr ? std::atoi(kills) : 60;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t writer = in_child([&] { write_rounds(path, ends[1]); });
    ::close(ends[1]);
    char byte = 0;
    const std::uint32_t wanted = random.below(4);
    for (std::uint32_t i = 0; i < wanted; ++i) {
      REQUIRE(::read(ends[0], &byte, 1) == 1);
      ++acknowledged;
    }
    ::usleep(random.below(3000));  // somewhere in the next commit, or in opening
    ::kill(writer, SIGKILL);
    CHECK(wait_for(writer) == -SIGKILL);
    while (::read(ends[0], &byte, 1) == 1) ++acknowledged;
    ::close(ends[0]);
    const auto store = open_store(path, quick());
    // A round may have been committed without having been acknowledged.
    REQUIRE(store->sequence() >= acknowledged);
    REQUIRE(store->sequence() <= acknowledged + 1);
    acknowledged = store->sequence();
  }
  const auto store = open_store(path, quick());
  CHECK(acknowledged > 20);
  CHECK(verify(*store).findings == std::vector<std::string>{});
}

TEST_CASE("a write that fails stores nothing and loses nothing, wherever it fails",
          "[memory][faults]") {
  FailingDisk disk;
  const int code = GENERATE(SQLITE_FULL, SQLITE_IOERR_WRITE);
  int failures = 0;
  for (int writes = 0;; writes += 3) {
    const Folder folder;
    const std::filesystem::path path = folder / "bank.db";
    const auto store = open_store(path);
    store->commit(make_round(0));
    disk.fail_after(writes, code);
    std::string message;
    try {
      store->commit(make_round(1));
    } catch (const InfrastructureError& error) {
      message = error.what();
    }
    disk.heal();
    if (!disk.has_failed()) break;
    ++failures;
    if (code == SQLITE_FULL && !message.empty() && message.find("I/O") == std::string::npos) {
      CHECK(message ==
            path.string() + ": disk full: nothing was stored, and nothing stored before is lost");
    }
    // Whether the log had taken the round or not, a retry brings the same bank.
    CHECK(store->commit(make_round(1)).sequence == 2);
    CHECK(verify(*store).findings == std::vector<std::string>{});
  }
  CHECK(failures > 3);
}

TEST_CASE("vectors that cannot be written are stored by none or all", "[memory][faults]") {
  FailingDisk disk;
  const Space space{"test/model", 64, ""};
  int failures = 0;
  for (int writes = 0;; ++writes) {
    const Folder folder;
    const auto store = open_store(folder / "bank.db");
    store->commit(make_round(0));
    std::vector<ItemVector> vectors;
    for (const StoredItem& item : store->read({}).items)
      vectors.push_back({item.digest, Embedding(64, 1)});
    disk.fail_after(writes, SQLITE_FULL);
    try {
      store->add_vectors(space, vectors);
    } catch (const InfrastructureError&) {
    }
    disk.heal();
    const std::vector<StoredSpace> spaces = store->spaces();
    CHECK((spaces.size() == 1 || spaces[1].vectors == 4));
    store->add_vectors(space, vectors);
    CHECK(store->spaces().at(1).vectors == 4);
    CHECK(verify(*store).findings == std::vector<std::string>{});
    if (!disk.has_failed()) break;
    ++failures;
  }
  CHECK(failures > 1);
}

TEST_CASE("a bank closed on a full disk is whole when it is opened again", "[memory][faults]") {
  FailingDisk disk;
  const Folder folder;
  const std::filesystem::path path = folder / "bank.db";
  for (int number = 0; number < 6; ++number) {
    auto store = open_store(path);
    store->commit(make_round(number));
    disk.fail_after(number, SQLITE_FULL);  // closing wants to move the log into the file
    store.reset();
    CHECK(disk.has_failed());
    disk.heal();
  }
  const auto store = open_store(path);
  CHECK(store->sequence() == 6);
  CHECK(verify(*store).findings == std::vector<std::string>{});
}

TEST_CASE("several processes create and fill one bank", "[memory][faults]") {
  const Folder folder;
  const std::filesystem::path path = folder / "bank.db";
  std::vector<pid_t> writers;
  for (int writer = 0; writer < 3; ++writer) {
    writers.push_back(in_child([&] {
      const auto store = open_store(path, quick());
      for (int number = 0; number < 15; ++number) {
        RoundBatch batch = make_round(number, 2);
        batch.round_id += "/" + std::to_string(writer);
        for (Outcome& outcome : batch.outcomes) outcome.event_id += "/" + std::to_string(writer);
        store->commit(batch);
      }
    }));
  }
  for (const pid_t writer : writers) CHECK(wait_for(writer) == 0);
  const auto store = open_store(path, quick());
  CHECK(store->sequence() == 45);
  const VerifyReport report = verify(*store);
  CHECK(report.findings == std::vector<std::string>{});
  CHECK(report.items == 30);  // all three found the same ones
  CHECK(report.outcomes == 90);
}

TEST_CASE("a bank that another process holds is reported, not waited for for ever",
          "[memory][faults]") {
  const Folder folder;
  const std::filesystem::path path = folder / "bank.db";
  StoreOptions options = quick();
  options.lock_timeout_ms = 20;
  const auto store = open_store(path, options);
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  CHECK(message_of<InfrastructureError>([&] { store->commit(make_round(0)); }) ==
        path.string() + ": another process holds the bank: try again when it is done");
  CHECK(store->sequence() == 0);
  sqlite3_close(other);
  CHECK(store->commit(make_round(0)).is_new);
}

TEST_CASE("what is no bank is refused in one line and left as it is", "[memory][faults]") {
  const Folder folder;
  const std::filesystem::path path = folder / "bank.db";
  const auto message = [&](const StoreOptions& options) {
    return message_of<UserError>([&] { open_store(path, options); });
  };
  const std::string where = path.string() + ": ";

  SECTION("nothing there") {
    CHECK(message(reading()) == where + "no such memory bank");
    CHECK_FALSE(std::filesystem::exists(path));
  }
  SECTION("a folder") {
    std::filesystem::create_directory(path);
    CHECK(message({}) == where + "is a folder, not a memory bank");
  }
  SECTION("an empty file") {
    std::ofstream(path).flush();
    CHECK(message(reading()) == where + "is not a memory bank: the file is empty");
    CHECK(open_store(path)->sequence() == 0);  // what a writer killed at once leaves behind
  }
  SECTION("a text") {
    const std::string text(5000, 'x');
    std::ofstream(path) << text;
    CHECK(message({}) == where + "is not a memory bank: no SQLite database");
    CHECK(read_file(path) == text);
  }
  SECTION("a database of another program") {
    tamper(path, "CREATE TABLE song(title)");
    const std::string before = read_file(path);
    CHECK(message({}) == where + "is not a memory bank, but an SQLite database of another program");
    CHECK(read_file(path) == before);
  }
  SECTION("a bank from a newer version") {
    open_store(path)->commit(make_round(0));
    tamper(path, "PRAGMA user_version=3");
    CHECK(message({}) ==
          where + "has format 3, this coldforge knows formats up to 2: use a newer coldforge");
    tamper(path, "PRAGMA user_version=2");
    CHECK(open_store(path)->sequence() == 1);
  }
  SECTION("a bank of format 1 is read as it is, and brought up to date when it is written") {
    open_store(path)->commit(make_round(0));
    tamper(path, "ALTER TABLE outcome DROP COLUMN without");
    tamper(path, "PRAGMA user_version=1");
    CHECK(open_store(path, reading())->read({}).rounds.size() == 1);
    const auto store = open_store(path);
    store->commit(make_round(1));
    CHECK(store->read({}).rounds.size() == 2);
    CHECK(store->check_integrity().empty());
  }
  SECTION("a bank whose vectors were made otherwise") {
    open_store(path);
    tamper(path, "UPDATE space SET probe = 'x'");
    CHECK(message({}) ==
          where +
              "vectors of space coldforge-hash-1/512 were made by another program: export "
              "and import it");
  }
  SECTION("a damaged bank") {
    open_store(path)->commit(make_round(0));
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << std::string(8000, '\xff');
    file.close();
    CHECK(message({}) == where + "is damaged: keep a copy, then import an export into a new bank");
  }
}

TEST_CASE("permissions are respected and reported", "[memory][faults]") {
  const Folder folder;
  const std::filesystem::path path = folder / "bank.db";
  open_store(path)->commit(make_round(0));
  const bool is_root = ::geteuid() == 0;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0555));
  std::filesystem::permissions(path, std::filesystem::perms(0444));
  if (is_root) REQUIRE(::seteuid(65534) == 0);  // root may do anything
  const std::string write_message =
      message_of<UserError>([&] { open_store(path)->commit(make_round(1)); });
  const std::string create_message = message_of<UserError>([&] { open_store(folder / "new.db"); });
  const std::int64_t sequence = open_store(path, reading())->sequence();
  if (is_root) REQUIRE(::seteuid(0) == 0);
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  CHECK(write_message ==
        path.string() + ": cannot be written: check the permissions of the file and its folder");
  CHECK(create_message ==
        (folder / "new.db").string() +
            ": cannot be opened: check that its folder exists and may be written");
  CHECK(sequence == 1);  // a bank on a read-only disk can be read
}

TEST_CASE("verification names what does not follow from the log", "[memory][faults]") {
  const Folder folder;
  const std::filesystem::path path = folder / "bank.db";
  for (int number = 0; number < 4; ++number) open_store(path)->commit(make_round(number));
  const auto findings_after = [&](const std::string& sql) {
    tamper(path, sql);
    return verify(*open_store(path, reading())).findings;
  };
  const std::string item = item_digest(make_round(0).items[0]).substr(0, 12);
  REQUIRE(findings_after("SELECT 1").empty());

  SECTION("a value") {
    const auto findings = findings_after("UPDATE q SET q = 0.5 WHERE item = 1 AND key = ''");
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].find("value of item " + item +
                           ", stage 2, key '': 0.5 after 4 rewards, replay gives ") == 0);
  }
  SECTION("an item") {
    const auto findings = findings_after(
        "UPDATE item SET content = replace(content, 'pass', 'fail') WHERE sequence = 1");
    CHECK(findings == std::vector<std::string>{"item " + item + " does not match its digest"});
  }
  SECTION("a reward") {
    const auto findings = findings_after("UPDATE outcome SET reward = 0.25 WHERE sequence = 16");
    CHECK(findings.front() == "round round-3 does not match its digest");
    CHECK(findings.size() > 2);
  }
  SECTION("a vector") {
    const auto findings = findings_after("UPDATE vector SET bytes = zeroblob(512) WHERE item = 1");
    CHECK(findings ==
          std::vector<std::string>{"the vector of item " + item + " does not follow from it"});
  }
  SECTION("a gap") {
    const auto findings =
        findings_after("UPDATE round SET sequence = 9, round_id = 'x' WHERE sequence = 4");
    CHECK(findings.front().find("refers to a row that does not exist") != std::string::npos);
  }
  SECTION("a normaliser") {
    const auto findings = findings_after("UPDATE normaliser SET mean = 0 WHERE stage = 2");
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].find("normaliser of stage 2: mean 0 of 8 rewards, replay gives ") == 0);
  }
}
