#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "memory/embedding.h"
#include "memory/round.h"

namespace coldforge::memory {

/// An item as it lies in a bank.
struct StoredItem {
  std::int64_t sequence = 0;  ///< 1, 2, 3 ... in the order of first commit, without gaps
  std::string digest;
  std::string content;  ///< item_content() text; item_from_content() reads it
  std::uint64_t seed = 0;
  Embedding embedding;  ///< of the space asked for; empty: the bank has none
};

/// What folding an outcome did, as logged.
struct StoredFold {
  double normalised = 0.0;
  std::vector<Credit> credits;
};

/// A round as it lies in a bank. `batch.items` is empty, the digests stand for them.
struct StoredRound {
  std::int64_t sequence = 0;  ///< 1, 2, 3 ... without gaps
  std::string digest;         ///< batch_digest() when it was committed
  RoundBatch batch;
  std::vector<std::string> items;  ///< digests, in batch order
  std::vector<StoredFold> folds;   ///< one for each outcome
};

/// Vectors of one space, as a bank holds them.
struct StoredSpace {
  Space space;
  std::int64_t vectors = 0;
};

/// A vector for an item.
struct ItemVector {
  std::string item;  ///< digest
  Embedding embedding;
};

struct ReadRequest {
  std::int64_t after = 0;             ///< rounds and items that came after this sequence
  std::optional<std::int64_t> up_to;  ///< and not after this one; empty: the latest
  bool items = true;
  bool rounds = true;
  std::string space;  ///< id: whose vectors the items come with; empty: the built-in one's
  /// The values at the latest sequence; only without `up_to`. At an older one they are a fold over
  /// the rounds.
  bool values = false;
};

struct BankSlice {
  std::int64_t sequence = 0;        ///< rounds in the bank, or `up_to`
  std::vector<StoredItem> items;    ///< by sequence
  std::vector<StoredRound> rounds;  ///< by sequence
  ValueState values;
};

struct CommitResult {
  std::int64_t sequence = 0;  ///< of the round
  bool is_new = true;         ///< false: the bank had it already, nothing changed
};

/// A memory bank: an append-only log of rounds. Everything else (values, usage) is a fold over it.
///
/// A commit is all or nothing and, once it returned, survives a crash of the process (with
/// Durability::Full also of the machine). One object serves one thread; processes may share a bank.
class Store {
 public:
  virtual ~Store() = default;

  /// For messages: the path.
  virtual const std::string& name() const = 0;
  /// Number of rounds committed.
  virtual std::int64_t sequence() const = 0;
  /// The round of that name, without its contents, if it was ever committed.
  virtual std::optional<StoredRound> find_round(const std::string& round_id) const = 0;
  /// Stores a round. Retrying a stored one is a no-op. Throws
  ///   UserError            same name but another content; an event id that another round has; a
  ///   credited, chosen or
  ///                        created item that is neither in the bank nor in the batch; a bank
  ///                        opened for reading
  ///   InfrastructureError  disk full, I/O error, locked past the time-out: nothing changed, a
  ///   retry is safe
  virtual CommitResult commit(const RoundBatch& batch) = 0;
  /// One consistent view, whatever other processes do meanwhile.
  virtual BankSlice read(const ReadRequest& request) const = 0;

  /// All spaces of which there are vectors: the built-in one, which every item has a vector of,
  /// then others in the order in which they came.
  virtual std::vector<StoredSpace> spaces() const = 0;
  /// Adds vectors of a space other than the built-in one, all or nothing. An item that has one of
  /// the space keeps it, so that a bank read again is the same. Throws UserError if the bank knows
  /// the space with another number of dimensions, or does not know an item.
  virtual void add_vectors(const Space& space, const std::vector<ItemVector>& vectors) = 0;
  /// Forgets a space other than the built-in one, with its vectors; without it, nothing happens.
  virtual void drop_space(const std::string& id) = 0;

  /// The back end's own checks; one line a finding.
  virtual std::vector<std::string> check_integrity() const = 0;
};

enum class OpenMode : std::uint8_t { Read, Write, Create };  ///< Create also opens what exists

enum class Durability : std::uint8_t {
  Full,    ///< a commit survives power loss; about a millisecond more
  Normal,  ///< power loss may take the last commits, never the bank
};

struct StoreOptions {
  std::string backend = "sqlite";
  OpenMode mode = OpenMode::Create;
  Durability durability = Durability::Full;
  int lock_timeout_ms = 20000;  ///< how long a commit waits for another process
};

/// Opens a bank. Throws UserError when there is none, when the file is something else, damaged, not
/// permitted, from a newer version, or of another embedding; InfrastructureError when the machine
/// failed or another process holds it.
std::unique_ptr<Store> open_store(const std::filesystem::path& path,
                                  const StoreOptions& options = {});

/// "ram, sqlite": for help and errors.
std::string store_backends();

}  // namespace coldforge::memory
