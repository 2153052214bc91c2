#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "memory/store.h"

namespace coldforge::memory {

/// What the back ends share. `is_known` asks the bank for an item by digest.
///
/// Throws UserError(name, ...) if the batch credits, chose or created an item that exists nowhere.
void check_references(const RoundBatch& batch, const std::vector<std::string>& item_digests,
                      const std::function<bool(const std::string&)>& is_known,
                      const std::string& name);

/// The answer to a batch whose round is stored: nothing to do. Throws UserError if the contents
/// differ.
CommitResult answer_to_retry(const StoredRound& stored, const std::string& digest,
                             const std::string& name);

[[noreturn]] void refuse_event(const std::string& event_id, const std::string& name);

/// The vectors are what add_vectors() may be given; a violation is our own mistake.
void check_vectors(const Space& space, const std::vector<ItemVector>& vectors);
/// Throws UserError(name, ...) unless `known`, of the same id, is the same space.
void check_same_space(const Space& space, const Space& known, const std::string& name);
[[noreturn]] void refuse_vector(const std::string& item, const std::string& name);

/// The fake: a bank in memory, gone with the object. Always new, whatever the path.
std::unique_ptr<Store> make_ram_store(const std::filesystem::path& path,
                                      const StoreOptions& options);

/// One SQLite file with a write-ahead log; memory/store/schema.h describes it.
std::unique_ptr<Store> make_sqlite_store(const std::filesystem::path& path,
                                         const StoreOptions& options);

}  // namespace coldforge::memory
